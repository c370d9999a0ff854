#include "persistence/rocks_store.hpp"
#include "tests/persistence/rows.hpp"

#include <iostream>

// Writes batches to a store until it is killed, and says which it has: for
// rocks_crash_test. A program of its own, for RocksDB's threads do not outlive a
// fork.
//
//   store_writer DIR FAMILIES MEMTABLE-BYTES LOG-BYTES FIRST-BATCH at-once|behind plain|encrypted

using namespace parley;
using namespace parley::testing;

namespace {

/// A message in each of some shards, durably.
status write_at_once(store& rows, uint64_t seq) {
  effect x;
  for (unsigned i = 0; i < 8; ++i)
    x.put(keys::message(conversation_in(i * 8), seq), number(seq));
  return write(rows, x);
}

/// An entry of a log, durably; the message that it stands for, behind.
status write_log_and_rows(store& rows, uint64_t seq) {
  auto row = put(keys::message(conversation_in(5), seq), seq);
  row.put(keys::applied({5}), number(seq));
  auto logged = write(rows, put(keys::log_entry({5}, seq), seq));
  return logged.ok() ? write_behind(rows, row) : logged;
}

} // namespace

int main(int, char** argv) {
  rocks_options options;
  options.families = std::stoull(argv[2]);
  options.memtable_bytes = std::stoull(argv[3]);
  options.log_bytes = std::stoull(argv[4]);
  options.reserve_bytes = 0;
  if (std::string{argv[7]} == "encrypted")
    options.cipher = some_cipher();
  auto write_one = std::string{argv[6]} == "behind" ? write_log_and_rows : write_at_once;
  std::unique_ptr<store> rows;
  auto done = open_rocks_store(argv[1], options, rows);
  for (auto seq = std::stoull(argv[5]); done.ok(); ++seq)
    if (done = write_one(*rows, seq); done.ok())
      std::cout << seq << std::endl;
  std::cerr << done.text << std::endl;
  return 1;
}
