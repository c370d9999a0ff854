#include "persistence/disk_cipher.hpp"

#include "schema/identity.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

using namespace parley;

namespace {

const std::string key(disk_cipher::key_bytes, 'k');
const disk_cipher cipher{key};

/// The header that has this nonce.
std::string header_of(const std::string& nonce) {
  auto result = "Parley-1" + from_hex(nonce).value();
  result.resize(disk_cipher::header_bytes, '\0');
  return result;
}

std::string applied(const std::string& header, uint64_t position, std::string bytes) {
  BOOST_REQUIRE(cipher.apply(disk_cipher::nonce_in(header).value(), position, bytes));
  return bytes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(disk_cipher_test)

// What another program makes of them, with the keys that BLAKE2b makes of 32 times 'k':
//   printf 'To be, or not to be' | openssl enc -aes-256-ctr -iv NONCE -K
//   printf '\1\2...\40' | openssl enc -aes-256-ecb -nopad -K
BOOST_AUTO_TEST_CASE(what_is_on_disk_is_what_it_was) {
  BOOST_TEST(
    to_hex(applied(header_of("00112233445566778899aabbccddeeff"), 0, "To be, or not to be"))
    == "afb9df3ddd57c4349f7e2f65e026bd7b417864");
  BOOST_TEST(
    to_hex(applied(header_of("fffffffffffffffffffffffffffffffe"), 0, std::string(64, ' ')))
    == "1a441d3eb14472d2ee66f4dc11cf9ebb6e903cd92d57b8f97e81d61a7c1257d050927339ca9a22d893bd5e6e45b8f56d0c4a5688f5add63e3120c14c90b6893b");
  std::string name;
  for (char c = 1; c <= 32; ++c)
    name += c;
  BOOST_TEST(to_hex(cipher.hide_name(name))
             == "0ad143c200038bd9794ee2954c1bc846ae771976eb8ceca5b9e0db83dd19c74a");
  BOOST_TEST(
    unseal(key,
           from_hex("000102030405060708090a0b1eb5910e77b5e50726ef41e40b7fd666fbe2ac96c41f25424926")
             .value())
      .value()
    == "the secret");
}

BOOST_AUTO_TEST_CASE(a_part_is_what_it_is_in_the_whole) {
  std::mt19937_64 random{1};
  std::string text(3000, '\0');
  std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random()); });
  auto header = header_of("fffffffffffffffffffffffffffffff0"); // Its counter carries over.
  auto whole = applied(header, 0, text);
  BOOST_TEST((whole != text));
  for (int i = 0; i < 1000; ++i) {
    auto at = random() % text.size();
    auto length = random() % (text.size() - at + 1);
    BOOST_REQUIRE(applied(header, at, whole.substr(at, length)) == text.substr(at, length));
  }
}

BOOST_AUTO_TEST_CASE(no_two_files_are_hidden_alike) {
  std::string text(100, 'x');
  auto one = disk_cipher::new_header();
  auto other = disk_cipher::new_header();
  BOOST_TEST(one.size() == disk_cipher::header_bytes);
  BOOST_TEST(applied(one, 4096, text) != applied(other, 4096, text));
}

BOOST_AUTO_TEST_CASE(another_key_shows_noise) {
  auto header = disk_cipher::new_header();
  auto text = applied(header, 4096, "To be, or not to be");
  disk_cipher other{std::string(disk_cipher::key_bytes, 'l')};
  BOOST_REQUIRE(other.apply(disk_cipher::nonce_in(header).value(), 4096, text));
  BOOST_TEST(text != "To be, or not to be");
}

BOOST_AUTO_TEST_CASE(what_is_no_header_has_no_nonce) {
  auto header = disk_cipher::new_header();
  auto used = disk_cipher::header_used_bytes;
  BOOST_TEST(disk_cipher::nonce_in(header.substr(0, used)).has_value());
  BOOST_TEST(!disk_cipher::nonce_in(header.substr(0, used - 1)));
  BOOST_TEST(!disk_cipher::nonce_in(""));
  BOOST_TEST(!disk_cipher::nonce_in(std::string(disk_cipher::header_bytes, '\0')));
}

BOOST_AUTO_TEST_CASE(a_hidden_name_comes_back) {
  auto name = make_token();
  BOOST_TEST(cipher.hide_name(name) != name);
  BOOST_TEST(cipher.show_name(cipher.hide_name(name)) == name);
}

BOOST_AUTO_TEST_CASE(what_is_sealed_opens_unchanged_with_its_key_only) {
  auto sealed = seal(key, "the secret").value();
  BOOST_TEST(unseal(key, sealed).value() == "the secret");
  BOOST_TEST(sealed.find("secret") == std::string::npos);
  BOOST_TEST(seal(key, "the secret").value() != sealed);
  BOOST_TEST(!unseal(std::string(disk_cipher::key_bytes, 'l'), sealed));
  for (size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 1;
    BOOST_TEST(!unseal(key, changed));
    BOOST_TEST(!unseal(key, sealed.substr(0, i)));
  }
}

BOOST_AUTO_TEST_CASE(a_key_has_32_bytes) {
  BOOST_TEST(!seal("short", "the secret"));
  BOOST_TEST(!unseal("short", seal(key, "the secret").value()));
}

BOOST_AUTO_TEST_SUITE_END()
