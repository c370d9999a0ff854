#include "persistence/data_directory.hpp"
#include "persistence/raft_rows.hpp"
#include "persistence/rocks_store.hpp"
#include "tests/persistence/rows.hpp"
#include "tests/support/read_row.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <random>

// Bytes that rot on the disk: what is read is right, or refused with the name of the
// file. Never is a row wrong, and never is one missing without a word.

using namespace parley;
using namespace parley::testing;

namespace data = boost::unit_test::data;
namespace fs = std::filesystem;

namespace {

std::string read_all(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_all(const fs::path& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary} << bytes;
}

constexpr seq_t rows_in_all = 60;

/// A value that does not compress, and is of several blocks now and then.
frame value_of(seq_t seq) {
  std::mt19937_64 dice{seq};
  std::vector<uint64_t> words(seq % 10 == 0 ? 10'000 : 100);
  for (auto& x : words)
    x = dice();
  return frame{{reinterpret_cast<const char*>(words.data()), words.size() * sizeof(uint64_t)}};
}

key place_of(seq_t seq) {
  return keys::message(conversation_in(seq % 64), seq);
}

struct fixture {
  temporary_directory place;
  fs::path dir = place.path() / "data";
  fs::path well = place.path() / "well"; ///< As it was, to begin from again.
  rocks_options options;
  std::unique_ptr<store> rows;
  std::mt19937_64 dice{1};

  fixture() {
    options.reserve_bytes = 0;
    options.families = 2;
  }

  status open() {
    rows.reset();
    return open_rocks_store(dir, options, rows);
  }

  void write_rows(seq_t first, seq_t last) {
    for (auto seq = first; seq <= last; ++seq) {
      effect x;
      x.put(place_of(seq), value_of(seq));
      BOOST_REQUIRE(write(*rows, x).ok());
    }
  }

  /// What is there now is what each trial begins with.
  void remember() {
    rows.reset();
    fs::copy(dir, well, fs::copy_options::recursive);
  }

  void begin_again() {
    rows.reset();
    fs::remove_all(dir);
    fs::copy(well, dir, fs::copy_options::recursive);
  }

  /// Files of RocksDB with this in their names, the last one first.
  std::vector<fs::path> files(const std::string& words) {
    std::vector<fs::path> result;
    for (auto& x : fs::directory_iterator{rocksdb_directory(dir)})
      if (x.path().filename().string().find(words) != std::string::npos && x.file_size() > 0)
        result.push_back(x.path());
    std::sort(result.rbegin(), result.rend());
    return result;
  }

  fs::path only(const std::string& words) {
    auto found = files(words);
    BOOST_REQUIRE(!found.empty());
    return found[0];
  }

  /// In place; twice is as if never.
  void flip(const fs::path& path, size_t at, uint8_t bits) {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekg(static_cast<std::streamoff>(at));
    auto byte = static_cast<char>(file.get() ^ bits);
    file.seekp(static_cast<std::streamoff>(at));
    BOOST_REQUIRE(file.put(byte).flush());
  }

  uint8_t some_bits() {
    return static_cast<uint8_t>(1 + dice() % 255);
  }

  /// Whether the words are one line for the operator, who learns what to do.
  static bool explains(const status& done) {
    auto has = [&](const char* x) { return done.text.find(x) != std::string::npos; };
    return has("is damaged") && has("docs/operations.md") && !has("\n");
  }

  static bool names(const status& done, const fs::path& file) {
    return explains(done) && done.text.find(file.filename()) != std::string::npos;
  }

  /// Row by row and all at once: right, or an error that names the file. How many
  /// could be read.
  size_t read_everything(const fs::path& damaged, seq_t last = rows_in_all) {
    size_t result = 0;
    for (seq_t seq = 1; seq <= last; ++seq) {
      std::optional<std::string> found;
      if (auto read = parley::read_row(*rows, place_of(seq), found); !read.ok()) {
        BOOST_REQUIRE_MESSAGE(names(read, damaged), damaged << ": " << read.text);
        continue;
      }
      BOOST_REQUIRE_MESSAGE(found, "row " << seq << " is missing without a word");
      BOOST_REQUIRE(*found == value_of(seq).bytes());
      ++result;
    }
    for (unsigned shard = 0; shard < shard_count; ++shard) {
      auto expected = shard == 0 ? seq_t{64} : seq_t{shard};
      auto right = true;
      auto count = 0;
      auto read = rows->scan(keys::messages(conversation_in(shard), 1, 1 << 30),
                             [&](std::string_view, std::string_view value) {
                               right = right && value == value_of(expected).bytes();
                               return ++count != 0;
                             });
      BOOST_REQUIRE(right);
      BOOST_REQUIRE(!read.ok() || count == (expected <= last));
      BOOST_REQUIRE_MESSAGE(read.ok() || names(read, damaged), read.text);
    }
    return result;
  }

  /// Refused, or right in all that it says. Whether it was opened. Of a sorted file
  /// that cannot be opened RocksDB names the manifest that has its name.
  bool is_refused_or_right(const fs::path& damaged) {
    auto opened = open();
    BOOST_REQUIRE_MESSAGE(opened.ok() || explains(opened), opened.text);
    if (opened.ok())
      (void)read_everything(damaged);
    return opened.ok();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(damage_test, fixture)

// -- the log -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_flipped_byte_in_a_log_is_named_before_anything_is_forgotten) {
  BOOST_REQUIRE(open().ok());
  std::vector<size_t> begins; // Of records.
  for (seq_t seq = 1; seq <= rows_in_all; ++seq) {
    begins.push_back(fs::file_size(only(".log")));
    write_rows(seq, seq);
  }
  rows.reset();
  auto log = only(".log");
  std::vector<std::pair<size_t, uint8_t>> flips;
  for (int i = 0; i < 50; ++i)
    flips.emplace_back(dice() % begins.back(), some_bits());
  for (auto record : {begins[0], begins[rows_in_all - 2]})
    for (size_t i = 0; i < 7; ++i) // Sum, length and kind: any bit of them.
      for (int bit = 0; bit < 8; ++bit)
        flips.emplace_back(record + i, static_cast<uint8_t>(1 << bit));
  for (auto [at, bits] : flips) {
    flip(log, at, bits);
    auto damaged = read_all(log);
    auto opened = open();
    BOOST_REQUIRE_MESSAGE(names(opened, log), "byte " << at << ": " << opened.text);
    BOOST_REQUIRE(read_all(log) == damaged); // Which is all that one needs to try again.
    flip(log, at, bits);
  }
}

/// It cannot be told from one that a crash tore.
BOOST_AUTO_TEST_CASE(only_the_last_record_of_a_log_may_be_taken_for_torn) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, rows_in_all);
  auto begin = fs::file_size(only(".log"));
  write_rows(rows_in_all + 1, rows_in_all + 1);
  remember();
  auto log = only(".log");
  auto size = fs::file_size(log);
  for (auto at = begin; at < size; at += at < begin + 8 ? 1 : 150) {
    begin_again();
    flip(log, at, some_bits());
    BOOST_REQUIRE_MESSAGE(open().ok(), "byte " << at);
    BOOST_REQUIRE(read_everything(log) == rows_in_all);
    BOOST_REQUIRE(!read_row(*rows, place_of(rows_in_all + 1)));
  }
}

BOOST_AUTO_TEST_CASE(a_torn_write_is_cut_off_whatever_pages_of_it_are_there) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, rows_in_all - 1);
  auto begin = fs::file_size(only(".log"));
  write_rows(rows_in_all, rows_in_all); // Of several blocks.
  remember();
  auto log = only(".log");
  auto whole = read_all(log);
  constexpr size_t page = 4096;
  for (int i = 0; i < 20; ++i) {
    begin_again();
    auto torn = whole;
    for (auto at = begin / page + 1; at < whole.size() / page; ++at)
      if (dice() % 2 == 0)
        torn.replace(at * page, page, page, '\0');
    torn.resize(begin + 1 + dice() % (whole.size() - begin - 1));
    write_all(log, torn);
    auto opened = open();
    BOOST_REQUIRE_MESSAGE(opened.ok(), opened.text);
    BOOST_REQUIRE(read_everything(log, rows_in_all - 1) == rows_in_all - 1);
  }
}

BOOST_AUTO_TEST_CASE(records_that_a_user_wrote_into_a_row_that_was_torn_are_none) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, rows_in_all - 1);
  auto log = only(".log");
  auto records = read_all(log).substr(0, 8000);
  effect x;
  x.put(place_of(rows_in_all), frame{records});
  BOOST_REQUIRE(write(*rows, x).ok());
  remember();
  auto size = fs::file_size(log);
  for (size_t cut = 1; cut < records.size(); cut += 97) {
    begin_again();
    fs::resize_file(log, size - cut);
    auto opened = open();
    BOOST_REQUIRE_MESSAGE(opened.ok(), cut << " bytes: " << opened.text);
    BOOST_REQUIRE(read_everything(log, rows_in_all - 1) == rows_in_all - 1);
  }
}

/// A family that was flushed goes on in a new log; the other one needs both.
BOOST_AUTO_TEST_CASE(the_last_record_of_a_log_is_missed_when_another_log_follows) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, 40);
  auto first = only(".log");
  rows->flush({1});
  for (int i = 0; i < 1000 && only(".log") == first; ++i)
    ::usleep(10'000);
  BOOST_REQUIRE(only(".log") == first); // The second one is empty yet.
  write_rows(41, rows_in_all);
  BOOST_REQUIRE_EQUAL(files(".log").size(), 2u);
  rows.reset();
  auto size = fs::file_size(first);
  for (size_t back = 1; back < 700; back += back < 10 ? 1 : 40) {
    auto bits = some_bits();
    flip(first, size - back, bits);
    auto opened = open();
    BOOST_REQUIRE_MESSAGE(names(opened, first), "byte -" << back << ": " << opened.text);
    flip(first, size - back, bits);
  }
}

BOOST_AUTO_TEST_CASE(a_torn_log_that_was_read_already_harms_nobody) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, 30);
  rows.reset();
  auto log = only(".log");
  auto torn = read_all(log) + std::string(50, '\5');
  write_all(log, torn);
  BOOST_REQUIRE(open().ok());
  write_rows(31, rows_in_all);
  rows.reset();
  write_all(log, torn); // Its end was not on the disk when the power went.
  BOOST_REQUIRE_EQUAL(files(".log").size(), 2u);
  BOOST_TEST(open().text == "");
  BOOST_TEST(read_everything(log) == rows_in_all);
}

// -- everything else ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_flipped_byte_in_a_sorted_file_is_named_and_never_served) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, rows_in_all);
  BOOST_REQUIRE(compact(*rows).ok());
  remember();
  for (auto& file : files(".sst")) {
    auto size = fs::file_size(file);
    std::vector<size_t> places;
    for (size_t i = 0; i < 20; ++i)
      places.push_back(dice() % size);
    for (size_t i = 1; i <= 53; i += 1 + dice() % 4)
      places.push_back(size - i); // Where it says where everything is.
    for (auto at : places) {
      begin_again();
      flip(file, at, some_bits());
      BOOST_TEST_INFO(file << " byte " << at);
      (void)is_refused_or_right(file);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_in_a_file_of_large_rows_is_named_and_never_served) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, rows_in_all);
  BOOST_REQUIRE(compact(*rows).ok());
  remember();
  size_t flips = 0;
  size_t noticed = 0;
  for (auto& file : files(".blob")) {
    auto size = fs::file_size(file);
    std::vector<size_t> places;
    for (size_t i = 0; i < 20; ++i)
      places.push_back(dice() % size);
    for (size_t i = 0; i < 32; i += 1 + dice() % 3) { // Its head and its foot.
      places.push_back(i);
      places.push_back(size - 1 - i);
    }
    for (auto at : places) {
      begin_again();
      flip(file, at, some_bits());
      BOOST_TEST_INFO(file << " byte " << at);
      BOOST_REQUIRE(open().ok());
      noticed += read_everything(file) < rows_in_all;
      ++flips;
    }
  }
  BOOST_TEST(noticed > flips / 2); // The others were in what nobody needs.
}

BOOST_AUTO_TEST_CASE(a_file_of_large_rows_that_is_missing_or_short_is_named) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, rows_in_all);
  BOOST_REQUIRE(compact(*rows).ok());
  remember();
  auto file = only(".blob");
  auto size = fs::file_size(file);
  for (auto left : {size - 1, size / 2, size_t{10}, size_t{0}}) {
    begin_again();
    left == 0 ? (void)fs::remove(file) : fs::resize_file(file, left);
    BOOST_TEST_INFO("bytes left: " << left);
    if (auto opened = open(); opened.ok())
      BOOST_REQUIRE(read_everything(file) < rows_in_all);
    else
      BOOST_REQUIRE_MESSAGE(explains(opened), opened.text);
  }
}

BOOST_DATA_TEST_CASE(a_compaction_that_meets_damage_stops_writes_and_names_it,
                     data::make({".sst", ".blob"}), kind) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, rows_in_all);
  BOOST_REQUIRE(compact(*rows).ok());
  rows.reset();
  auto file = only(kind);
  flip(file, fs::file_size(file) / 2, some_bits());
  BOOST_REQUIRE(open().ok());
  write_rows(1, rows_in_all / 2);
  auto stopped = compact(*rows);
  BOOST_TEST(names(stopped, file), file << ": " << stopped.text);
  auto refused = write(*rows, put(keys::starts(), 1));
  BOOST_TEST(names(refused, file), refused.text);
  BOOST_TEST((refused.code == ec::storage_failed));
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_in_a_manifest_is_named_before_anything_is_forgotten) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, 30);
  BOOST_REQUIRE(compact(*rows).ok());
  write_rows(31, rows_in_all);
  BOOST_REQUIRE(compact(*rows).ok());
  remember();
  auto manifest = only("MANIFEST");
  auto bytes = read_all(manifest);
  std::vector<std::pair<size_t, uint8_t>> flips;
  for (size_t at = 0; at + 7 <= bytes.size(); at += 7 + static_cast<uint8_t>(bytes[at + 4])) {
    BOOST_REQUIRE(bytes[at + 5] == 0); // A record of less than 256 bytes.
    flips.emplace_back(at + 5, 0x40);  // Is longer than the file.
    flips.emplace_back(at + 6, 4);     // Is from an earlier life of a file that is used again.
  }
  for (int i = 0; i < 60; ++i)
    flips.emplace_back(dice() % bytes.size(), some_bits());
  size_t refused = 0;
  for (auto [at, bits] : flips) {
    begin_again();
    flip(manifest, at, bits);
    BOOST_TEST_INFO("byte " << at << " of " << bytes.size());
    refused += !is_refused_or_right(manifest);
  }
  BOOST_TEST(refused > flips.size() / 2);
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_in_the_pointer_to_the_manifest_is_named) {
  BOOST_REQUIRE(open().ok());
  write_rows(1, rows_in_all);
  remember();
  auto current = rocksdb_directory(dir) / "CURRENT";
  for (size_t at = 0; at < fs::file_size(current); ++at) {
    begin_again();
    flip(current, at, static_cast<uint8_t>(1 << at % 8));
    auto opened = open();
    BOOST_REQUIRE_MESSAGE(!opened.ok(), "byte " << at);
    BOOST_REQUIRE_MESSAGE(opened.text.find("is damaged") != std::string::npos, opened.text);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_entry_of_the_log_of_a_raft_group_is_named) {
  BOOST_REQUIRE(open().ok());
  effect x;
  raft::found_alone({9}, node_id{1}, x);
  for (raft::index_t i = 2; i < 300; ++i)
    x.put(keys::log_entry({9}, i), value_of(i));
  BOOST_REQUIRE(write(*rows, x).ok());
  BOOST_REQUIRE(compact(*rows).ok());
  remember();
  auto file = only(".sst");
  for (int i = 0; i < 10; ++i) {
    begin_again();
    flip(file, fs::file_size(file) / 10 + dice() % (fs::file_size(file) / 2), some_bits());
    BOOST_REQUIRE(open().ok());
    raft::persisted found;
    auto loaded = raft::load_group(*rows, {9}, found);
    BOOST_REQUIRE_MESSAGE(names(loaded, file), loaded.text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
