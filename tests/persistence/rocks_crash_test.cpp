#include "persistence/data_directory.hpp"
#include "persistence/rocks_store.hpp"
#include "tests/persistence/rows.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

// A child process writes and reports each acknowledged batch through a pipe
// until it is killed; the parent then opens the store and counts.

using namespace parley;
using namespace parley::testing;

namespace {

constexpr unsigned rooms = 8;

effect batch_of(uint64_t seq) {
  effect x;
  for (unsigned i = 0; i < rooms; ++i)
    x.put(keys::message(conversation_in(i * 8), seq), number(seq));
  return x;
}

/// Writes batches 1, 2, 3 ... from `seq` on; never returns.
[[noreturn]] void write_until_killed(const std::filesystem::path& dir, const rocks_options& options,
                                     uint64_t seq, int report) {
  std::unique_ptr<store> rows;
  if (!open_rocks_store(dir, options, rows).ok())
    ::_exit(1);
  for (;; ++seq) {
    if (!write(*rows, batch_of(seq)).ok() || ::write(report, &seq, sizeof seq) != sizeof seq)
      ::_exit(2);
  }
}

/// Lets a child write until it has acknowledged `count` batches, then kills
/// it. Returns the last batch that it acknowledged.
uint64_t write_and_kill(const std::filesystem::path& dir, const rocks_options& options,
                        uint64_t seq, uint64_t count) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    write_until_killed(dir, options, seq, ends[1]);
  }
  ::close(ends[1]);
  uint64_t last = 0;
  uint64_t next = 0;
  while (::read(ends[0], &next, sizeof next) == sizeof next) {
    last = next;
    if (last + 1 == seq + count)
      ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int how = 0;
  BOOST_REQUIRE(::waitpid(child, &how, 0) == child);
  BOOST_REQUIRE(WIFSIGNALED(how));
  return last;
}

/// The last batch of which every row is there; batches are all or nothing.
uint64_t whole_batches(const store& rows) {
  uint64_t last = last_number(rows, keys::messages(conversation_in(0), 1, 1 << 30));
  for (unsigned i = 0; i < rooms; ++i) {
    auto found = numbers(rows, keys::messages(conversation_in(i * 8), 1, 1 << 30));
    BOOST_REQUIRE(found.size() == last);
    for (size_t j = 0; j < found.size(); ++j)
      BOOST_REQUIRE(found[j] == j + 1);
  }
  return last;
}

struct fixture {
  temporary_directory place;
  std::filesystem::path dir = place.path() / "data";
  rocks_options options;

  fixture() {
    options.reserve_bytes = 0;
    options.families = 4;
  }

  std::unique_ptr<store> open() {
    std::unique_ptr<store> rows;
    auto done = open_rocks_store(dir, options, rows);
    BOOST_REQUIRE_MESSAGE(done.ok(), done.text);
    return rows;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rocks_crash_test, fixture)

BOOST_AUTO_TEST_CASE(a_killed_process_loses_nothing_that_was_acknowledged) {
  uint64_t last = 0;
  for (uint64_t count : {1, 20, 300, 50}) {
    last = write_and_kill(dir, options, last + 1, count);
    auto whole = whole_batches(*open());
    BOOST_TEST(whole >= last); // The next one may have been on its way.
    BOOST_TEST(whole <= last + 1);
    last = whole;
  }
}

BOOST_AUTO_TEST_CASE(flushes_in_between_change_nothing) {
  options.memtable_bytes = 256 << 10;
  options.log_bytes = 512 << 10;
  auto last = write_and_kill(dir, options, 1, 3000);
  auto whole = whole_batches(*open());
  BOOST_TEST(whole >= last);
  BOOST_TEST(whole <= last + 1);
}

BOOST_AUTO_TEST_CASE(a_torn_end_of_the_log_is_cut_off) {
  auto last = write_and_kill(dir, options, 1, 30);
  std::filesystem::path log;
  for (auto& entry : std::filesystem::directory_iterator{rocksdb_directory(dir)})
    if (entry.path().extension() == ".log" && std::filesystem::file_size(entry.path()) > 0)
      log = std::max(log, entry.path());
  BOOST_REQUIRE(!log.empty());
  std::ofstream{log, std::ios::app | std::ios::binary} << std::string(13, '\x05');
  BOOST_TEST(whole_batches(*open()) >= last);
}

BOOST_AUTO_TEST_CASE(a_second_process_is_refused_until_the_first_is_dead) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0)
    write_until_killed(dir, options, 1, ends[1]);
  uint64_t seq = 0;
  BOOST_REQUIRE(::read(ends[0], &seq, sizeof seq) == sizeof seq);
  std::unique_ptr<store> rows;
  auto done = open_rocks_store(dir, options, rows);
  BOOST_TEST(done.text == "data directory " + dir.string() + " is used by another node");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  BOOST_TEST(open_rocks_store(dir, options, rows).text == "");
}

BOOST_AUTO_TEST_SUITE_END()
