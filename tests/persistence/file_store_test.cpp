#include "persistence/file_store.hpp"

#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tests/support/temp_dir.hpp"

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

struct fixture {
  temp_dir dir;
  std::unique_ptr<file_store> files;

  fixture() {
    restart();
  }

  void restart() {
    files.reset();
    BOOST_REQUIRE(file_store::open(dir.path(), 0, files).ok());
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

  fs::path content(const file_ref& file) {
    auto name = to_hex(file.hash_bytes());
    return dir.path() / "files/contents" / name.substr(0, 2) / name;
  }

  /// Files below a directory.
  size_t count(const char* below) {
    auto all = fs::recursive_directory_iterator{dir.path() / "files" / below};
    return static_cast<size_t>(
      std::count_if(begin(all), end(all), [](auto& x) { return x.is_regular_file(); }));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_store_test, fixture)

BOOST_AUTO_TEST_CASE(what_came_piece_by_piece_is_read_piece_by_piece) {
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

BOOST_AUTO_TEST_CASE(an_upload_is_where_it_was_after_a_restart) {
  auto text = text_of(5000);
  upload_key key{ada, ref_of(text)};
  BOOST_TEST(!files->length(key));
  BOOST_REQUIRE(files->append(key, 0, text.substr(0, 3000)).ok());
  restart();
  BOOST_TEST(files->length(key).value() == 3000u);
  BOOST_REQUIRE(files->append(key, 3000, text.substr(3000)).ok());
  BOOST_TEST(complete(key).ok());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_those_of_the_hash_are_gone) {
  auto text = text_of(5000);
  upload_key key{ada, ref_of(text)};
  text[4000] ^= 1;
  BOOST_REQUIRE(files->append(key, 0, text).ok());
  BOOST_TEST((complete(key).code == ec::bad_file));
  BOOST_TEST(!files->length(key));
  BOOST_TEST(!files->has(key.file));
}

BOOST_AUTO_TEST_CASE(a_content_is_there_once_and_each_user_has_to_have_all_of_it) {
  auto text = text_of(5000);
  auto file = store(text);
  BOOST_TEST(files->complete({ada, file}));
  BOOST_TEST(!files->complete({bob, file}));
  BOOST_TEST(!files->length({bob, file}));
  store(text, bob);
  BOOST_TEST(files->complete({bob, file}));
  BOOST_TEST(count("contents") == 1u);
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_is_found_in_its_piece_and_put_aside) {
  auto file = store(text_of(3 * piece));
  std::fstream out{content(file), std::ios::in | std::ios::out | std::ios::binary};
  out.seekp(piece + 77);
  out.put('\0');
  out.close();
  std::string found;
  BOOST_TEST(files->read(file, 0, found).ok());
  auto damage = files->read(file, piece, found);
  BOOST_TEST((damage.code == ec::file_damaged));
  BOOST_TEST(damage.text.find(to_hex(file.hash_bytes())) != std::string::npos);
  BOOST_TEST((files->read(file, 0, found).code == ec::unknown_file));
  BOOST_TEST(count("damaged") == 1u);
}

BOOST_AUTO_TEST_CASE(a_changed_byte_anywhere_is_found_and_never_served) {
  auto text = text_of(2 * piece + 100);
  auto file = store(text);
  std::ifstream in{content(file), std::ios::binary};
  std::string well{std::istreambuf_iterator<char>{in}, {}};
  std::mt19937 dice{1};
  for (size_t i = 0; i < 300; ++i) {
    auto at = i < 24 ? well.size() - 1 - i : dice() % well.size(); // Its checksums, too.
    auto rotten = well;
    rotten[at] = static_cast<char>(rotten[at] ^ (1 + dice() % 255));
    std::ofstream{content(file), std::ios::binary} << rotten;
    std::string found;
    BOOST_REQUIRE_MESSAGE(read(file, found) == ec::file_damaged, "byte " << at);
    BOOST_REQUIRE(text.starts_with(found));
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_was_cut_is_found) {
  auto file = store(text_of(3 * piece));
  fs::resize_file(content(file), 2 * piece);
  std::string found;
  BOOST_TEST((files->read(file, 0, found).code == ec::file_damaged));
}

BOOST_AUTO_TEST_CASE(what_comes_again_heals_what_went_bad_unseen) {
  auto text = text_of(2 * piece);
  auto file = store(text);
  std::fstream out{content(file), std::ios::in | std::ios::out | std::ios::binary};
  out.put('\0');
  out.close();
  store(text, bob);
  std::string found;
  BOOST_TEST((read(file, found) == ec::none));
  BOOST_TEST((found == text));
}

BOOST_AUTO_TEST_CASE(a_crash_before_the_second_name_leaves_nothing_but_the_upload) {
  auto text = text_of(piece);
  auto key = put(ada, text);
  std::ofstream{dir.path() / "files/uploads/00000000000000010000000000000002"
                  / (to_hex(key.file.hash_bytes()) + "-" + std::to_string(piece)),
                std::ios::app}
    << "half a checksum";
  restart();
  BOOST_TEST(!files->has(key.file));
  BOOST_TEST(files->length(key).value() == piece);
  BOOST_TEST(complete(key).ok());
  std::string found;
  BOOST_TEST((read(key.file, found) == ec::none));
}

BOOST_AUTO_TEST_CASE(a_file_may_be_empty) {
  auto file = store("");
  BOOST_TEST(files->has(file));
  std::string found = "x";
  BOOST_TEST(files->read(file, 0, found).ok());
  BOOST_TEST(found.empty());
}

BOOST_AUTO_TEST_CASE(one_upload_too_many_takes_the_place_of_the_oldest) {
  std::vector<upload_key> keys;
  for (size_t i = 0; i <= limits::uploads_per_user; ++i) {
    keys.push_back({ada, ref_of("text " + std::to_string(i))});
    BOOST_REQUIRE(files->append(keys.back(), 0, "te").ok());
    auto path = dir.path() / "files/uploads/00000000000000010000000000000002"
                / (to_hex(keys.back().file.hash_bytes()) + "-6");
    fs::last_write_time(path, fs::file_time_type::clock::now()
                                - std::chrono::minutes{60 - static_cast<long>(i)});
  }
  BOOST_TEST(!files->length(keys[0]));
  for (size_t i = 1; i < keys.size(); ++i)
    BOOST_TEST(files->length(keys[i]).has_value());
}

BOOST_AUTO_TEST_CASE(contents_are_listed_by_their_first_byte_and_since_when) {
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

BOOST_AUTO_TEST_CASE(uploads_that_nothing_came_for_are_dropped) {
  auto key = put(ada, text_of(100));
  files->drop_uploads(file_store::wall_time::clock::now() - std::chrono::hours{1});
  BOOST_TEST(files->length(key).has_value());
  files->drop_uploads(file_store::wall_time::clock::now() + std::chrono::hours{1});
  BOOST_TEST(!files->length(key));
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_nearly_full_takes_no_more) {
  BOOST_REQUIRE(file_store::open(dir.path(), ~uint64_t{0} / 2, files).ok());
  BOOST_TEST((files->append({ada, ref_of("x")}, 0, "x").code == ec::storage_full));
}

BOOST_AUTO_TEST_SUITE_END()
