#include "persistence/data_directory.hpp"
#include "persistence/rocks_store.hpp"
#include "tests/persistence/rows.hpp"
#include "tests/support/disk_search.hpp"
#include "tests/support/read_row.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <rocksdb/db.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace parley;
using namespace parley::testing;

namespace fs = std::filesystem;

namespace {

struct fixture {
  temporary_directory place;
  fs::path dir = place.path() / "data";
  rocks_options options;
  std::unique_ptr<store> rows;

  fixture() {
    options.reserve_bytes = 0;
  }

  status open() {
    rows.reset();
    return open_rocks_store(dir, options, rows);
  }

  bool refused_with(std::string_view words) {
    auto done = open();
    BOOST_TEST_MESSAGE(done.text);
    return !done.ok() && !rows && done.text.find(words) != std::string::npos
           && done.text.find('\n') == std::string::npos;
  }
};

/// A small file system of its own, where the tests may mount one.
struct mounted {
  explicit mounted(const fs::path& at) : path(at) {
    fs::create_directories(at);
    ok = ::mount("none", at.c_str(), "tmpfs", 0, "size=16m") == 0;
  }

  ~mounted() {
    if (ok)
      ::umount2(path.c_str(), MNT_DETACH);
  }

  fs::path path;
  bool ok;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rocks_store_test, fixture)

BOOST_AUTO_TEST_CASE(makes_its_directory_and_keeps_rows_when_reopened) {
  BOOST_TEST(open().text == "");
  for (unsigned shard = 0; shard < shard_count; ++shard)
    BOOST_TEST(write(*rows, put(keys::conversation(conversation_in(shard)), shard)).ok());
  BOOST_TEST(open().text == "");
  for (unsigned shard = 0; shard < shard_count; ++shard)
    BOOST_TEST(number_in(read_row(*rows, keys::conversation(conversation_in(shard))).value())
               == shard);
}

BOOST_AUTO_TEST_CASE(marks_its_format_and_opens_a_later_one_that_it_knows) {
  BOOST_TEST(open().ok());
  BOOST_TEST(number_in(read_row(*rows, keys::format()).value()) == record::format_without_bursts);
  BOOST_TEST(write(*rows, put(keys::format(), record::format_version)).ok());
  BOOST_TEST(open().text == "");
}

BOOST_AUTO_TEST_CASE(keeps_the_families_it_was_made_with) {
  options.families = 16;
  BOOST_TEST(open().ok());
  BOOST_TEST(write(*rows, put(keys::conversation(conversation_in(63)), 63)).ok());
  options.families = 4;
  BOOST_TEST(open().text == "");
  BOOST_TEST(number_in(read_row(*rows, keys::conversation(conversation_in(63))).value()) == 63u);
}

BOOST_AUTO_TEST_CASE(moves_what_earlier_builds_kept_beside_the_log) {
  options.families = 2;
  BOOST_REQUIRE(open().ok());
  rows.reset();
  auto at = keys::replacing({40});
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  auto opened =
    rocksdb::DB::Open({}, rocksdb_directory(dir).string(),
                      {{"default", {}}, {"rows-0-of-2", {}}, {"rows-1-of-2", {}}}, &handles, &db);
  BOOST_REQUIRE_MESSAGE(opened.ok(), opened.ToString());
  BOOST_REQUIRE(db->Put({}, rocksdb::Slice{at.bytes().data(), at.bytes().size()},
                        rocksdb::Slice{number(1).bytes().data(), number(1).size_bytes()})
                  .ok());
  for (auto x : handles)
    (void)db->DestroyColumnFamilyHandle(x);
  delete db;
  BOOST_REQUIRE(open().ok());
  BOOST_TEST(read_row(*rows, at).has_value());
  BOOST_TEST(write(*rows, erase(at)).ok());
  BOOST_REQUIRE(open().ok());
  BOOST_TEST(!read_row(*rows, at));
}

BOOST_AUTO_TEST_CASE(opens_an_empty_directory_and_the_root_of_a_volume) {
  fs::create_directories(dir / "lost+found");
  BOOST_TEST(open().text == "");
}

BOOST_AUTO_TEST_CASE(refuses_a_foreign_directory) {
  fs::create_directories(dir);
  std::ofstream{dir / "thesis.txt"} << "years of work";
  BOOST_TEST(refused_with("holds something else (thesis.txt)"));
  BOOST_TEST(!fs::exists(dir / "rocksdb"));
}

BOOST_AUTO_TEST_CASE(refuses_a_foreign_database) {
  fs::create_directories(rocksdb_directory(dir));
  rocksdb::DB* db = nullptr;
  rocksdb::Options foreign;
  foreign.create_if_missing = true;
  BOOST_REQUIRE(rocksdb::DB::Open(foreign, rocksdb_directory(dir).string(), &db).ok());
  BOOST_REQUIRE(db->Put({}, "some", "thing").ok());
  delete db;
  BOOST_TEST(refused_with("holds no Parley store"));
  BOOST_TEST(rocksdb::DB::Open(foreign, rocksdb_directory(dir).string(), &db).ok()); // Unharmed.
  delete db;
}

BOOST_AUTO_TEST_CASE(refuses_a_file) {
  std::ofstream{dir} << "a file";
  BOOST_TEST(refused_with("is a file"));
}

BOOST_AUTO_TEST_CASE(refuses_what_another_node_uses) {
  BOOST_TEST(open().ok());
  std::unique_ptr<store> second;
  auto done = open_rocks_store(dir, options, second);
  BOOST_TEST(done.text == "data directory " + dir.string() + " is used by another node");
  BOOST_TEST(!second);
  BOOST_TEST(write(*rows, put(keys::starts(), 1)).ok()); // The first one goes on.
}

BOOST_AUTO_TEST_CASE(refuses_another_format) {
  BOOST_TEST(open().ok());
  BOOST_TEST(write(*rows, put(keys::format(), 77)).ok());
  BOOST_TEST(
    refused_with("has format 77; this program knows " + std::to_string(record::format_version)));
}

BOOST_AUTO_TEST_CASE(refuses_a_damaged_manifest) {
  BOOST_TEST(open().ok());
  rows.reset();
  for (auto& entry : fs::directory_iterator{rocksdb_directory(dir)})
    if (entry.path().filename().string().starts_with("MANIFEST"))
      fs::resize_file(entry.path(), 10);
  BOOST_TEST(refused_with("is damaged"));
}

BOOST_AUTO_TEST_CASE(refuses_a_store_that_lost_its_head) {
  BOOST_TEST(open().ok());
  rows.reset();
  fs::remove(rocksdb_directory(dir) / "CURRENT");
  BOOST_TEST(refused_with("is damaged"));
}

BOOST_AUTO_TEST_CASE(a_store_that_died_while_it_was_made_is_made_again) {
  fs::create_directories(rocksdb_directory(dir));
  std::ofstream{rocksdb_directory(dir) / "LOCK"};
  std::ofstream{rocksdb_directory(dir) / "000001.dbtmp"};
  BOOST_TEST(open().text == "");
}

BOOST_AUTO_TEST_CASE(an_encrypted_store_keeps_rows_when_reopened_and_is_none_without_its_key) {
  options.cipher = some_cipher();
  BOOST_TEST(open().text == "");
  BOOST_TEST(write(*rows, put(keys::starts(), 3)).ok());
  BOOST_TEST(open().text == "");
  BOOST_TEST(number_in(read_row(*rows, keys::starts()).value()) == 3u);
  auto right = std::exchange(
    options.cipher, std::make_shared<disk_cipher>(std::string(disk_cipher::key_bytes, 'l')));
  BOOST_TEST(refused_with("is damaged"));
  options.cipher.reset();
  BOOST_TEST(refused_with("is damaged"));
  options.cipher = right;
  BOOST_TEST(open().text == "");
  BOOST_TEST(number_in(read_row(*rows, keys::starts()).value()) == 3u);
}

BOOST_AUTO_TEST_CASE(nothing_of_an_encrypted_store_is_read_on_the_disk) {
  auto at = keys::member(conversation_in(1), {0x6d61726b, 0x6b657921});
  effect change;
  change.put(at, frame{"words that stand in every row..."});
  for (auto encrypted : {false, true}) {
    dir = place.path() / (encrypted ? "encrypted" : "plain");
    options.cipher = encrypted ? some_cipher() : nullptr;
    for (auto flushed : {false, true}) {
      BOOST_REQUIRE(open().ok());
      BOOST_REQUIRE(rows->write({&change, 1}).ok());
      if (flushed)
        BOOST_REQUIRE(compact(*rows).ok());
      for (auto what : {std::string_view{"words that stand"}, at.bytes().substr(2)})
        BOOST_TEST(places_of(what, dir).empty() == encrypted);
      rows.reset();
      BOOST_TEST(places_of("words that stand", dir).empty() == encrypted);
    }
    for (auto what : {"rows-0-of-1", "[default]"}) // In RocksDB's options, and in its log.
      BOOST_TEST(places_of(what, dir).empty() == encrypted);
  }
}

BOOST_AUTO_TEST_CASE(refuses_writes_below_the_reserve) {
  BOOST_TEST(open().ok());
  BOOST_TEST(write(*rows, put(keys::starts(), 1)).ok());
  options.reserve_bytes = 1ull << 60;
  BOOST_TEST(open().text == "");
  for (int i = 0; i < 3; ++i)
    BOOST_TEST((write(*rows, put(keys::starts(), 2)).code == ec::storage_full));
  BOOST_TEST(number_in(read_row(*rows, keys::starts()).value()) == 1u);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_refused_early_and_recovers) {
  mounted small{dir};
  if (!small.ok) {
    BOOST_TEST_MESSAGE("skipped: no file system can be mounted here");
    return;
  }
  options.reserve_bytes = 8 << 20;
  BOOST_TEST(open().text == "");
  effect large;
  large.put(keys::message(conversation_in(1), 1), frame{std::string(64 << 10, 'x')});
  status done;
  for (int i = 0; i < 1000 && done.ok(); ++i)
    done = rows->write({&large, 1});
  BOOST_TEST((done.code == ec::storage_full));
  BOOST_TEST(fs::space(dir).available >= options.reserve_bytes / 2);
  BOOST_TEST(::mount("none", dir.c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0);
  ::usleep(150'000); // Longer than the file system is not asked.
  BOOST_TEST(write(*rows, put(keys::starts(), 2)).text == "");
  rows.reset();
}

BOOST_DATA_TEST_CASE_F(fixture, a_write_that_meets_a_full_disk_poisons_and_loses_nothing,
                       boost::unit_test::data::make({false, true}), encrypted) {
  if (encrypted)
    options.cipher = some_cipher();
  mounted small{dir};
  if (!small.ok) {
    BOOST_TEST_MESSAGE("skipped: no file system can be mounted here");
    return;
  }
  BOOST_TEST(open().text == "");
  uint64_t acknowledged = 0;
  auto large = [](uint64_t seq) {
    effect x;
    x.put(keys::message(conversation_in(1), seq), frame{std::string(64 << 10, 'x')});
    return x;
  };
  while (write(*rows, large(acknowledged + 1)).ok())
    ++acknowledged;
  auto again = write(*rows, put(keys::starts(), 1));
  BOOST_TEST_MESSAGE(again.text);
  BOOST_TEST((again.code == ec::storage_failed));
  BOOST_TEST(acknowledged > 0u);
  rows.reset();
  BOOST_TEST(::mount("none", dir.c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0);
  BOOST_TEST(open().text == "");
  size_t found = 0;
  auto count = [&found](std::string_view, std::string_view) { return ++found != 0; };
  BOOST_TEST(rows->scan(keys::messages(conversation_in(1), 1, acknowledged), count).ok());
  BOOST_TEST(found == acknowledged);
  rows.reset();
}

BOOST_AUTO_TEST_CASE(a_full_disk_at_the_start_is_told) {
  mounted small{dir};
  if (!small.ok) {
    BOOST_TEST_MESSAGE("skipped: no file system can be mounted here");
    return;
  }
  fs::create_directories(rocksdb_directory(dir));
  {
    std::ofstream filler{rocksdb_directory(dir) / "LOG.filler"};
    std::string block(1 << 20, 'x');
    while (filler << block << std::flush)
      continue;
  }
  auto done = open();
  BOOST_TEST_MESSAGE(done.text);
  BOOST_TEST((done.code == ec::storage_full));
}

BOOST_AUTO_TEST_CASE(a_read_only_file_system_is_told) {
  mounted small{dir};
  if (!small.ok) {
    BOOST_TEST_MESSAGE("skipped: no file system can be mounted here");
    return;
  }
  BOOST_TEST(open().ok());
  rows.reset();
  BOOST_TEST(::mount("none", dir.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  BOOST_TEST(refused_with("cannot be written: Read-only file system"));
}

BOOST_AUTO_TEST_CASE(a_directory_without_permission_is_told) {
  if (::geteuid() == 0) {
    BOOST_TEST_MESSAGE("skipped: root may write everywhere");
    return;
  }
  fs::create_directories(dir);
  fs::permissions(dir, fs::perms::owner_read | fs::perms::owner_exec);
  BOOST_TEST(refused_with("cannot be created: Permission denied"));
  fs::permissions(dir, fs::perms::owner_all);
}

BOOST_AUTO_TEST_SUITE_END()
