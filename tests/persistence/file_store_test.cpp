#include "persistence/file_store.hpp"

#include "persistence/disk_cipher.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tests/support/disk_search.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <random>

using namespace parley;
using namespace parley::testing;

namespace {

namespace fs = std::filesystem;

constexpr size_t piece = limits::file_piece_bytes;
const user_id ada{1, 2};
const user_id bob{3, 4};

std::string text_of(size_t size, char seed = 'a') {
  std::string result(size, seed);
  for (size_t i = 0; i < size; ++i)
    result[i] = static_cast<char>(seed + i % 7 + i / piece);
  return result;
}

file_ref ref_of(const std::string& text) {
  sha256 hash;
  hash.feed(text);
  return *file_ref::of(hash.finish(), text.size());
}

const auto plain_and_encrypted = boost::unit_test::data::make({false, true});

struct fixture {
  temp_dir dir;
  std::shared_ptr<const disk_cipher> cipher;
  std::unique_ptr<file_store> files;

  void start(bool encrypted) {
    if (encrypted)
      cipher = std::make_shared<disk_cipher>(std::string(disk_cipher::key_bytes, 'k'));
    restart();
  }

  void restart() {
    files.reset();
    BOOST_REQUIRE(file_store::open(dir.path(), 0, cipher, files).ok());
  }

  upload_key put(user_id user, const std::string& text) {
    upload_key key{user, ref_of(text)};
    BOOST_REQUIRE(files->append(key, 0, text).ok());
    return key;
  }

  status complete(const upload_key& key) {
    auto work = files->complete_soon(key);
    status result;
    while (!work->step(result))
      continue;
    return result;
  }

  file_ref store(const std::string& text, user_id user = ada) {
    auto key = put(user, text);
    BOOST_TEST(complete(key).ok());
    return key.file;
  }

  /// All of it, piece by piece; the code of what went wrong.
  ec read(const file_ref& file, std::string& out) {
    out.clear();
    while (out.size() < file.size) {
      std::string part;
      if (auto done = files->read(file, out.size(), part); !done.ok())
        return done.code;
      out += part;
    }
    return ec::none;
  }

  std::vector<fs::path> files_below(const char* name) {
    std::vector<fs::path> result;
    for (auto& x : fs::recursive_directory_iterator{dir.path() / "files" / name})
      if (x.is_regular_file())
        result.push_back(x.path());
    return result;
  }

  /// Where the only one is that there is.
  fs::path content() {
    return files_below("contents").at(0);
  }

  size_t count(const char* below) {
    return files_below(below).size();
  }

  /// Changes a byte of the file, which begins behind a header if it is encrypted.
  void damage(uint64_t at) {
    std::fstream file{content(), std::ios::in | std::ios::out | std::ios::binary};
    at += cipher ? disk_cipher::header_bytes : 0;
    file.seekg(static_cast<std::streamoff>(at));
    auto changed = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(changed);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(file_store_test)

BOOST_DATA_TEST_CASE_F(fixture, what_came_piece_by_piece_is_read_piece_by_piece,
                       plain_and_encrypted, encrypted) {
  start(encrypted);
  auto text = text_of(3 * piece + 5);
  upload_key key{ada, ref_of(text)};
  for (size_t at = 0; at < text.size(); at += 1000)
    BOOST_REQUIRE(files->append(key, at, text.substr(at, 1000)).ok());
  BOOST_TEST(!files->has(key.file));
  BOOST_TEST(complete(key).ok());
  std::string found;
  BOOST_TEST((read(key.file, found) == ec::none));
  BOOST_TEST((found == text));
  BOOST_REQUIRE(files->read(key.file, piece + 10, found).ok());
  BOOST_TEST((found == text.substr(piece + 10, piece - 10)));
}

BOOST_DATA_TEST_CASE_F(fixture, an_upload_is_where_it_was_after_a_restart, plain_and_encrypted,
                       encrypted) {
  start(encrypted);
  auto text = text_of(5000);
  upload_key key{ada, ref_of(text)};
  BOOST_TEST(!files->length(key));
  BOOST_REQUIRE(files->append(key, 0, text.substr(0, 3000)).ok());
  restart();
  BOOST_TEST(files->length(key).value() == 3000u);
  BOOST_REQUIRE(files->append(key, 3000, text.substr(3000)).ok());
  BOOST_TEST(complete(key).ok());
}

BOOST_DATA_TEST_CASE_F(fixture, bytes_that_are_not_those_of_the_hash_are_gone, plain_and_encrypted,
                       encrypted) {
  start(encrypted);
  auto text = text_of(5000);
  upload_key key{ada, ref_of(text)};
  text[4000] ^= 1;
  BOOST_REQUIRE(files->append(key, 0, text).ok());
  BOOST_TEST((complete(key).code == ec::bad_file));
  BOOST_TEST(!files->length(key));
  BOOST_TEST(!files->has(key.file));
}

BOOST_DATA_TEST_CASE_F(fixture, a_content_is_there_once_and_each_user_has_to_have_all_of_it,
                       plain_and_encrypted, encrypted) {
  start(encrypted);
  auto text = text_of(5000);
  auto file = store(text);
  BOOST_TEST(files->complete({ada, file}));
  BOOST_TEST(!files->complete({bob, file}));
  BOOST_TEST(!files->length({bob, file}));
  store(text, bob);
  BOOST_TEST(files->complete({bob, file}));
  BOOST_TEST(count("contents") == 1u);
}

BOOST_DATA_TEST_CASE_F(fixture, a_flipped_bit_is_found_in_its_piece_and_put_aside,
                       plain_and_encrypted, encrypted) {
  start(encrypted);
  auto file = store(text_of(3 * piece));
  damage(piece + 77);
  std::string found;
  BOOST_TEST(files->read(file, 0, found).ok());
  auto damage = files->read(file, piece, found);
  BOOST_TEST((damage.code == ec::file_damaged));
  BOOST_TEST(damage.text.find(to_hex(file.hash_bytes())) != std::string::npos);
  BOOST_TEST((files->read(file, 0, found).code == ec::unknown_file));
  BOOST_TEST(count("damaged") == 1u);
}

BOOST_DATA_TEST_CASE_F(fixture, a_changed_byte_anywhere_is_found_and_never_served,
                       plain_and_encrypted, encrypted) {
  start(encrypted);
  auto text = text_of(2 * piece + 100);
  auto file = store(text);
  auto place = content();
  std::ifstream in{place, std::ios::binary};
  std::string well{std::istreambuf_iterator<char>{in}, {}};
  auto begin = encrypted ? disk_cipher::header_bytes : 0;
  std::mt19937 dice{1};
  for (size_t i = 0; i < 300; ++i) {
    auto at = i < 24 ? well.size() - 1 - i // Its checksums, too.
                     : begin + dice() % (well.size() - begin);
    auto rotten = well;
    rotten[at] = static_cast<char>(rotten[at] ^ (1 + dice() % 255));
    std::ofstream{place, std::ios::binary} << rotten;
    std::string found;
    BOOST_REQUIRE_MESSAGE(read(file, found) == ec::file_damaged, "byte " << at);
    BOOST_REQUIRE(text.starts_with(found));
  }
}

BOOST_DATA_TEST_CASE_F(fixture, a_file_that_was_cut_is_found, plain_and_encrypted, encrypted) {
  start(encrypted);
  auto file = store(text_of(3 * piece));
  fs::resize_file(content(), 2 * piece);
  std::string found;
  BOOST_TEST((files->read(file, 0, found).code == ec::file_damaged));
}

BOOST_DATA_TEST_CASE_F(fixture, what_comes_again_heals_what_went_bad_unseen, plain_and_encrypted,
                       encrypted) {
  start(encrypted);
  auto text = text_of(2 * piece);
  auto file = store(text);
  damage(0);
  store(text, bob);
  std::string found;
  BOOST_TEST((read(file, found) == ec::none));
  BOOST_TEST((found == text));
}

BOOST_DATA_TEST_CASE_F(fixture, a_crash_before_the_second_name_leaves_nothing_but_the_upload,
                       plain_and_encrypted, encrypted) {
  start(encrypted);
  auto text = text_of(piece);
  auto key = put(ada, text);
  std::ofstream{files_below("uploads").at(0), std::ios::app} << "half a checksum";
  restart();
  BOOST_TEST(!files->has(key.file));
  BOOST_TEST(files->length(key).value() == piece);
  BOOST_TEST(complete(key).ok());
  std::string found;
  BOOST_TEST((read(key.file, found) == ec::none));
}

BOOST_DATA_TEST_CASE_F(fixture, a_file_may_be_empty, plain_and_encrypted, encrypted) {
  start(encrypted);
  auto file = store("");
  BOOST_TEST(files->has(file));
  std::string found = "x";
  BOOST_TEST(files->read(file, 0, found).ok());
  BOOST_TEST(found.empty());
}

BOOST_DATA_TEST_CASE_F(fixture, one_upload_too_many_takes_the_place_of_the_oldest,
                       plain_and_encrypted, encrypted) {
  start(encrypted);
  std::vector<upload_key> keys;
  for (size_t i = 0; i <= limits::uploads_per_user; ++i) {
    keys.push_back({ada, ref_of("text " + std::to_string(i))});
    BOOST_REQUIRE(files->append(keys.back(), 0, "te").ok());
    for (auto& path : files_below("uploads")) // The last one becomes the youngest.
      fs::last_write_time(path, fs::last_write_time(path) - std::chrono::minutes{1});
  }
  BOOST_TEST(!files->length(keys[0]));
  for (size_t i = 1; i < keys.size(); ++i)
    BOOST_TEST(files->length(keys[i]).has_value());
}

BOOST_DATA_TEST_CASE_F(fixture, contents_are_listed_by_their_first_byte_and_since_when,
                       plain_and_encrypted, encrypted) {
  start(encrypted);
  auto file = store(text_of(100));
  auto before = file_store::wall_time::clock::now() - std::chrono::hours{1};
  size_t found = 0;
  for (unsigned first = 0; first < 256; ++first)
    files->list(static_cast<uint8_t>(first), [&](std::string_view hash, auto since) {
      BOOST_TEST(hash == file.hash_bytes());
      BOOST_TEST(first == static_cast<uint8_t>(hash[0]));
      BOOST_TEST((since > before));
      ++found;
    });
  BOOST_TEST(found == 1u);
  files->remove(file.hash_bytes());
  BOOST_TEST(!files->has(file));
}

BOOST_DATA_TEST_CASE_F(fixture, uploads_that_nothing_came_for_are_dropped, plain_and_encrypted,
                       encrypted) {
  start(encrypted);
  auto key = put(ada, text_of(100));
  files->drop_uploads(file_store::wall_time::clock::now() - std::chrono::hours{1});
  BOOST_TEST(files->length(key).has_value());
  files->drop_uploads(file_store::wall_time::clock::now() + std::chrono::hours{1});
  BOOST_TEST(!files->length(key));
}

BOOST_DATA_TEST_CASE_F(fixture, a_disk_that_is_nearly_full_takes_no_more, plain_and_encrypted,
                       encrypted) {
  start(encrypted);
  BOOST_REQUIRE(file_store::open(dir.path(), ~uint64_t{0} / 2, cipher, files).ok());
  BOOST_TEST((files->append({ada, ref_of("x")}, 0, "x").code == ec::storage_full));
}

BOOST_FIXTURE_TEST_CASE(a_plain_content_lies_under_its_hash, fixture) {
  start(false);
  auto file = store(text_of(100));
  auto name = to_hex(file.hash_bytes());
  BOOST_TEST((content() == dir.path() / "files/contents" / name.substr(0, 2) / name));
  BOOST_TEST(files_below("uploads").at(0).parent_path().filename()
             == "00000000000000010000000000000002");
}

BOOST_FIXTURE_TEST_CASE(bytes_and_names_of_encrypted_files_tell_nothing, fixture) {
  start(true);
  std::string marker = "an unlikely string of words";
  store(marker);
  auto open = put(bob, marker + marker);
  for (auto& what : {marker, to_hex(ref_of(marker).hash_bytes()), to_hex(open.file.hash_bytes()),
                     std::string{"00000000000000010000000000000002"}})
    BOOST_TEST(places_of(what, dir.path()).empty());
  cipher.reset();
  restart();
  BOOST_TEST(!files->has(ref_of(marker)));
}

BOOST_FIXTURE_TEST_CASE(an_encrypted_file_that_lost_its_header_is_damaged_or_begins_anew, fixture) {
  start(true);
  auto text = text_of(piece);
  auto file = store(text);
  std::string nothing(disk_cipher::header_bytes, '\0');
  auto lose_header = [&](const fs::path& path) {
    std::fstream{path, std::ios::in | std::ios::out | std::ios::binary} << nothing;
  };
  lose_header(content());
  std::string found;
  BOOST_TEST((files->read(file, 0, found).code == ec::file_damaged));
  upload_key key{bob, ref_of(text_of(5000))};
  BOOST_REQUIRE(files->append(key, 0, text_of(5000).substr(0, 3000)).ok());
  for (auto& path : files_below("uploads"))
    lose_header(path);
  BOOST_REQUIRE(files->append(key, 3000, text_of(5000).substr(3000)).ok());
  BOOST_TEST((complete(key).code == ec::bad_file));
  put(bob, text_of(5000));
  BOOST_TEST(complete(key).ok());
}

BOOST_AUTO_TEST_SUITE_END()
