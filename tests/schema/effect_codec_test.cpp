#include "schema/effect_codec.hpp"

#include "tests/schema/hex.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace parley;
using namespace parley::testing;

namespace {

const conversation_id room{1, 2};

effect sets_and_deletes() {
  effect x;
  x.put(keys::message(room, 1), frame{"0123456789abcdef"});
  x.erase(keys::message(room, 2));
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(effect_codec_test)

BOOST_AUTO_TEST_CASE(many_effects_become_one_in_their_order) {
  effect second;
  second.put(keys::message(room, 1), frame{"replaced"});
  std::vector<effect> both{sets_and_deletes(), second};
  auto x = decode_effects(encode_effects(both));
  BOOST_REQUIRE(x);
  BOOST_REQUIRE(x->rows.size() == 3u);
  BOOST_TEST((x->rows[0].key == keys::message(room, 1)));
  BOOST_TEST(x->rows[0].value.bytes() == "0123456789abcdef");
  BOOST_TEST((x->rows[1].key == keys::message(room, 2)));
  BOOST_TEST(x->rows[1].value.empty());
  BOOST_TEST(x->rows[2].value.bytes() == "replaced");
  BOOST_TEST(x->bytes == 24u);
}

BOOST_AUTO_TEST_CASE(values_are_views_that_keep_the_entry_alive) {
  std::vector<effect> one{sets_and_deletes()};
  auto entry = encode_effects(one);
  auto first = entry.bytes().data();
  auto last = first + entry.size_bytes();
  auto x = decode_effects(entry);
  entry = {};
  auto value = x->rows[0].value;
  BOOST_TEST((value.bytes().data() > first && value.bytes().data() < last));
  BOOST_TEST(reinterpret_cast<uintptr_t>(value.bytes().data()) % frame::word == 0u);
  x.reset();
  BOOST_TEST(value.bytes() == "0123456789abcdef");
}

BOOST_AUTO_TEST_CASE(a_packed_entry_does_the_same_in_fewer_bytes) {
  effect many;
  for (seq_t i = 1; i <= 20; ++i)
    many.put(keys::message(room, i), frame{std::string(200, static_cast<char>('a' + i))});
  auto entry = encode_effects({&many, 1});
  auto packed = pack(entry);
  BOOST_TEST(packed.size_bytes() < entry.size_bytes() / 2);
  auto x = decode_effects(packed);
  BOOST_REQUIRE(x);
  BOOST_TEST(hex(encode_effects({&*x, 1}).bytes()) == hex(entry.bytes()));
}

BOOST_AUTO_TEST_CASE(what_does_not_get_smaller_is_not_packed) {
  std::mt19937_64 random{1};
  std::string noise(16, ' ');
  for (auto& x : noise)
    x = static_cast<char>(random());
  effect one;
  one.put(keys::message(room, 1), frame{noise});
  auto entry = encode_effects({&one, 1});
  BOOST_TEST(decode_effects(pack(entry)).has_value());
  BOOST_TEST(pack(frame{}).empty());
}

BOOST_AUTO_TEST_CASE(hostile_packed_bytes_are_swallowed) {
  effect many;
  for (seq_t i = 1; i <= 20; ++i)
    many.put(keys::message(room, i), frame{std::string(200, static_cast<char>('a' + i))});
  std::string good{pack(encode_effects({&many, 1})).bytes()};
  std::mt19937_64 random{1};
  size_t damaged = 0;
  for (int round = 0; round < 10'000; ++round) {
    auto bytes = good;
    for (auto flips = random() % 4 + 1; flips != 0; --flips)
      bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    damaged += !decode_effects(frame{bytes});
  }
  BOOST_TEST(damaged > 5'000u);
}

// DO NOT CHANGE: disks hold these bytes.
BOOST_AUTO_TEST_CASE(golden_bytes) {
  effect x;
  x.put(keys::format(), frame{"01234567"});
  BOOST_TEST(hex(encode_effects({&x, 1}).bytes())
             == "0000000007000000 0000000000000100 0100000017000000 0400000000000200"
                " 0500000012000000 0500000042000000 ff66000000000000 3031323334353637");
}

BOOST_AUTO_TEST_CASE(keys_that_are_none_and_broken_words_are_nothing) {
  effect nameless;
  nameless.put(key{}, frame{"01234567"});
  BOOST_TEST(!decode_effects(encode_effects({&nameless, 1})));
  BOOST_TEST(!decode_effects(frame{"what is this for"}));
}

BOOST_AUTO_TEST_CASE(hostile_bytes_are_swallowed) {
  std::mt19937_64 random{1};
  std::vector<effect> one{sets_and_deletes()};
  auto good = encode_effects(one);
  for (int round = 0; round < 10'000; ++round) {
    std::string bytes{good.bytes()};
    for (auto flips = random() % 4 + 1; flips != 0; --flips)
      bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    if (auto x = decode_effects(frame{bytes}))
      BOOST_REQUIRE(!encode_effects({&*x, 1}).empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()
