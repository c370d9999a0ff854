#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tests/schema/hex.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

using namespace parley;
using namespace parley::testing;
using namespace std::string_literals;

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(identity_test)

BOOST_AUTO_TEST_CASE(names_are_folded) {
  BOOST_TEST(normalize_name("Alice.B_c-9").value() == "alice.b_c-9");
  BOOST_TEST(normalize_name("x").value() == "x");
  BOOST_TEST(normalize_name(std::string(limits::name_bytes, 'x')).has_value());
}

BOOST_DATA_TEST_CASE(bad_names_are_refused,
                     data::make({"", "a b", "a/b", "\xc3\xa4", "a\n", "a:b", "a@b", "\x01"})) {
  BOOST_TEST(!normalize_name(sample));
}

BOOST_AUTO_TEST_CASE(names_have_a_limit_and_no_zero) {
  BOOST_TEST(!normalize_name(std::string(limits::name_bytes + 1, 'x')));
  BOOST_TEST(!normalize_name("a\0b"s));
}

// DO NOT CHANGE: these ids are in keys on disk.
BOOST_AUTO_TEST_CASE(golden_ids) {
  auto alice = user_of("alice");
  auto bob = user_of("bob");
  auto direct = direct_conversation(alice, bob);
  auto room = room_conversation(alice, device_id{1}, 2);
  BOOST_TEST(alice.high == 0xa1e49fd972ec34e0ull);
  BOOST_TEST(alice.low == 0x6a452bf730e78642ull);
  BOOST_TEST(direct.high == 0xd37a7455cc7bf70dull);
  BOOST_TEST(direct.low == 0xe2aa33700bb911d9ull);
  BOOST_TEST(room.high == 0xc05c5a8c3626f55cull);
  BOOST_TEST(room.low == 0x2f8f6b9560afe730ull);
  BOOST_TEST(digest_of("", "hello") == 0xfbf127161ca21eeaull);
  BOOST_TEST(digest_of("kind", "hello") == 0xd2f058d03364b54dull);
}

BOOST_AUTO_TEST_CASE(a_direct_conversation_is_the_same_from_both_ends) {
  auto alice = user_of("alice");
  auto bob = user_of("bob");
  BOOST_TEST((direct_conversation(alice, bob) == direct_conversation(bob, alice)));
  BOOST_TEST((direct_conversation(alice, alice) != direct_conversation(alice, bob)));
}

BOOST_AUTO_TEST_CASE(a_repeated_request_names_the_same_room) {
  auto alice = user_of("alice");
  BOOST_TEST(
    (room_conversation(alice, device_id{1}, 2) == room_conversation(alice, device_id{1}, 2)));
  BOOST_TEST(
    (room_conversation(alice, device_id{1}, 2) != room_conversation(alice, device_id{1}, 3)));
  BOOST_TEST(
    (room_conversation(alice, device_id{1}, 2) != room_conversation(alice, device_id{2}, 2)));
}

BOOST_AUTO_TEST_CASE(digests_tell_kinds_and_bodies_apart) {
  std::set<uint64_t> digests{digest_of("", "a"),  digest_of("", "b"), digest_of("k", "a"),
                             digest_of("k", "b"), digest_of("a", ""), digest_of("", "")};
  BOOST_TEST(digests.size() == 6u);
}

BOOST_AUTO_TEST_CASE(users_spread_over_all_shards) {
  std::set<int> shards;
  for (int i = 0; i < 1000; ++i)
    shards.insert(shard_of(user_of("user" + std::to_string(i))).value);
  BOOST_TEST(shards.size() == shard_count);
}

BOOST_AUTO_TEST_CASE(tokens_are_secret_and_hashed) {
  auto token = make_token();
  BOOST_TEST(token.size() == limits::token_bytes);
  BOOST_TEST(hex(token) != hex(make_token()));
  BOOST_TEST(hash_token(token).size() == 32u);
  BOOST_TEST(same_secret(hash_token(token), hash_token(token)));
  BOOST_TEST(!same_secret(hash_token(token), hash_token(make_token())));
  BOOST_TEST(!same_secret("ab", "abc"));
}

const char* const good_text[] = {
  "plain",
  "eight by", // One whole word.
  "\xc2\x80",
  "\xdf\xbf",
  "\xe0\xa0\x80",
  "\xed\x9f\xbf",
  "\xee\x80\x80",
  "\xef\xbf\xbf",
  "\xf0\x90\x80\x80",
  "\xf4\x8f\xbf\xbf",
  "gr\xc3\xbc\xc3\x9f"
  "e aus K\xc3\xb6ln, \xf0\x9f\x91\x8b",
};

const char* const bad_text[] = {
  "\x80", // A continuation alone.
  "\xbf",
  "\xc0\x80", // Too long for what it says.
  "\xc1\xbf",
  "\xe0\x9f\xbf",
  "\xf0\x8f\xbf\xbf",
  "\xed\xa0\x80", // Surrogates.
  "\xed\xbf\xbf",
  "\xf4\x90\x80\x80", // Beyond U+10FFFF.
  "\xf5\x80\x80\x80",
  "\xff",
  "\xc3", // Cut off.
  "\xe2\x82",
  "\xf0\x9f\x91",
  "\xc3(",
  "\xe2(\xa1",
  "\xe2\x82(",
  "\xf0\x9f(\x8b",
  "12345678\xff",
  "1234567\xc3",
};

BOOST_DATA_TEST_CASE(well_formed_text_is_utf8, data::make(good_text)) {
  BOOST_TEST(is_utf8(sample));
}

BOOST_DATA_TEST_CASE(malformed_text_is_not_utf8, data::make(bad_text)) {
  BOOST_TEST(!is_utf8(sample));
}

BOOST_AUTO_TEST_CASE(utf8_is_judged_the_same_at_every_offset) {
  for (size_t before = 0; before < 17; ++before) {
    auto padding = std::string(before, 'x');
    BOOST_TEST(is_utf8(padding + "\xf0\x9f\x91\x8b" + padding));
    BOOST_TEST(!is_utf8(padding + "\xf0\x9f\x91" + padding));
  }
  BOOST_TEST(is_utf8(""));
  BOOST_TEST(is_utf8("\0"s));
}

BOOST_AUTO_TEST_CASE(bytes_survive_as_digits) {
  std::string bytes{"\x00\x01\x7f\x80\xff", 5};
  BOOST_TEST(to_hex(bytes) == "00017f80ff");
  BOOST_TEST(from_hex("00017f80ff").value() == bytes);
  BOOST_TEST(from_hex("00017F80FF").value() == bytes);
  BOOST_TEST(to_hex("") == "");
  BOOST_TEST(from_hex("").value() == "");
}

BOOST_DATA_TEST_CASE(what_is_not_pairs_of_digits_is_nothing,
                     data::make({"0", "123", "0g", "0x12", "12 34", " 12", "12\n", "-1", "+1"})) {
  BOOST_TEST(!from_hex(sample));
}

BOOST_AUTO_TEST_SUITE_END()
