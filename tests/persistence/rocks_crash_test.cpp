#include "persistence/data_directory.hpp"
#include "persistence/rocks_store.hpp"
#include "tests/persistence/rows.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/read_row.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

// store_writer writes and says which batches it has acknowledged until it is
// killed; this process then opens the store and counts.

using namespace parley;
using namespace parley::testing;

namespace {

constexpr unsigned rooms = 8; ///< That store_writer writes to at once.

std::vector<std::string> writer_command(const std::filesystem::path& dir,
                                        const rocks_options& options, uint64_t seq,
                                        const std::string& how) {
  return {STORE_WRITER,
          dir,
          std::to_string(options.families),
          std::to_string(options.memtable_bytes),
          std::to_string(options.log_bytes),
          std::to_string(seq),
          how,
          options.cipher ? "encrypted" : "plain"};
}

/// The last batch that it said it has; 0: none.
uint64_t last_said(const child_process& writer) {
  auto said = writer.out();
  said.resize(said.rfind('\n') + 1);
  auto begin = said.rfind('\n', said.size() < 2 ? 0 : said.size() - 2) + 1;
  return said.empty() ? 0 : std::stoull(said.substr(begin));
}

/// Lets it acknowledge `count` batches, then kills it. Returns the last one that
/// it acknowledged.
uint64_t write_and_kill(const std::filesystem::path& dir, const rocks_options& options,
                        uint64_t seq, uint64_t count, const std::string& how = "at-once") {
  child_process writer{writer_command(dir, options, seq, how)};
  wait_until("batches are written", [&] { return last_said(writer) + 1 >= seq + count; });
  writer.kill();
  return last_said(writer);
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

BOOST_AUTO_TEST_CASE(an_encrypted_store_loses_nothing_either) {
  options.cipher = some_cipher();
  options.memtable_bytes = 256 << 10;
  options.log_bytes = 512 << 10;
  uint64_t last = 0;
  for (uint64_t count : {1, 20, 2000, 50}) {
    last = write_and_kill(dir, options, last + 1, count);
    auto whole = whole_batches(*open());
    BOOST_TEST(whole >= last);
    BOOST_TEST(whole <= last + 1);
    last = whole;
  }
}

BOOST_AUTO_TEST_CASE(what_was_written_behind_is_as_some_flush_found_it) {
  options.memtable_bytes = 1 << 20;
  auto last = write_and_kill(dir, options, 1, 3000, "behind");
  auto rows = open();
  auto found = numbers(*rows, keys::messages(conversation_in(5), 1, 1 << 30));
  auto applied = read_row(*rows, keys::applied({5}));
  BOOST_REQUIRE(applied);
  BOOST_TEST(number_in(*applied) == found.size());
  BOOST_TEST(found.size() < last);
  for (size_t i = 0; i < found.size(); ++i)
    BOOST_REQUIRE(found[i] == i + 1);
  BOOST_TEST(numbers(*rows, keys::log_entries({5}, 1, 1 << 30)).size() >= last);
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
  child_process writer{writer_command(dir, options, 1, "at-once")};
  wait_until("a batch is written", [&] { return last_said(writer) != 0; });
  std::unique_ptr<store> rows;
  auto done = open_rocks_store(dir, options, rows);
  BOOST_TEST(done.text == "data directory " + dir.string() + " is used by another node");
  writer.kill();
  BOOST_TEST(open_rocks_store(dir, options, rows).text == "");
}

BOOST_AUTO_TEST_SUITE_END()
