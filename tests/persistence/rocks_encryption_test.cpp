#include "persistence/rocks_encryption.hpp"

#include "tests/persistence/rows.hpp"
#include "tests/support/disk_search.hpp"

#include <boost/test/unit_test.hpp>

#include <rocksdb/env.h>

#include <fstream>

using namespace parley;
using namespace parley::testing;

namespace {

struct fixture {
  temporary_directory dir;
  std::string path = dir.path() / "file";
  std::unique_ptr<rocksdb::Env> env = encrypted_env(some_cipher());

  void write(const std::string& text) {
    BOOST_REQUIRE(rocksdb::WriteStringToFile(env.get(), text, path, true).ok());
  }

  /// What RocksDB reads.
  rocksdb::Status read(std::string& out) {
    return rocksdb::ReadFileToString(env.get(), path, &out);
  }

  /// What is there.
  std::string bytes() const {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rocks_encryption_test, fixture)

BOOST_AUTO_TEST_CASE(what_was_written_is_read_and_not_seen) {
  write("words that somebody wrote");
  std::string found;
  BOOST_TEST(read(found).ok());
  BOOST_TEST(found == "words that somebody wrote");
  BOOST_TEST(places_of("words", dir.path()).empty());
}

BOOST_AUTO_TEST_CASE(a_file_written_again_is_hidden_by_another_stream) {
  write("words that somebody wrote");
  auto before = bytes();
  write("words that somebody wrote");
  BOOST_TEST(bytes().size() == before.size());
  BOOST_TEST(bytes().substr(disk_cipher::header_bytes) != before.substr(disk_cipher::header_bytes));
}

BOOST_AUTO_TEST_CASE(a_header_says_nothing_of_the_memory_that_it_was_made_in) {
  write("x");
  BOOST_TEST(bytes().substr(disk_cipher::header_used_bytes,
                            disk_cipher::header_bytes - disk_cipher::header_used_bytes)
             == std::string(disk_cipher::header_bytes - disk_cipher::header_used_bytes, '\0'));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_there_is_not_begun_at_its_end) {
  write("words that somebody wrote");
  auto before = bytes();
  std::unique_ptr<rocksdb::WritableFile> file;
  BOOST_TEST(!env->ReopenWritableFile(path, &file, {}).ok());
  BOOST_TEST((bytes() == before));
}

BOOST_AUTO_TEST_CASE(a_file_without_a_header_is_an_error) {
  for (auto& text : {std::string(10, 'x'), std::string(2 * disk_cipher::header_bytes, 'x')}) {
    std::ofstream{path} << text;
    std::string found;
    BOOST_TEST(read(found).IsCorruption());
  }
}

BOOST_AUTO_TEST_SUITE_END()
