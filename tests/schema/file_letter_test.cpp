#include "schema/file_letter.hpp"

#include "tests/schema/hex.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace parley;
using namespace parley::testing;

namespace {

const file_letter letter{
  file_word::part, {1, 2}, *file_ref::of("a hash of thirty-two bytes .....", 77), 64, "some bytes"};

} // namespace

BOOST_AUTO_TEST_SUITE(file_letter_test)

BOOST_AUTO_TEST_CASE(a_letter_survives_the_round_trip) {
  auto x = decode_file_letter(encode(letter).bytes());
  BOOST_REQUIRE(x);
  BOOST_TEST((x->what == file_word::part));
  BOOST_TEST((x->user == user_id{1, 2}));
  BOOST_TEST((x->file == letter.file));
  BOOST_TEST(x->offset == 64u);
  BOOST_TEST(x->data == "some bytes");
}

// DO NOT CHANGE: nodes of other versions see these bytes.
BOOST_AUTO_TEST_CASE(golden_bytes) {
  BOOST_TEST(hex(encode(letter).bytes())
             == "000000000e000000 0000000005000200 0200000000000000 0100000000000000"
                " 0200000000000000 4d00000000000000 4000000000000000 0500000002010000"
                " 1100000052000000 612068617368206f 6620746869727479 2d74776f20627974"
                " 6573202e2e2e2e2e 736f6d6520627974 6573000000000000");
}

BOOST_AUTO_TEST_CASE(a_hash_that_is_none_is_no_letter) {
  BOOST_TEST(!file_ref::of("short", 1));
  BOOST_TEST(!decode_file_letter(""));
}

BOOST_AUTO_TEST_CASE(damaged_bytes_decode_to_something_or_nothing_and_never_crash) {
  auto whole = encode(letter);
  std::mt19937 dice{1};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes{whole.bytes()};
    for (auto n = dice() % 4 + 1; n > 0; --n)
      bytes[dice() % bytes.size()] = static_cast<char>(dice());
    bytes.resize(dice() % 4 == 0 ? dice() % bytes.size() / 8 * 8 : bytes.size());
    frame aligned{bytes};
    if (auto decoded = decode_file_letter(aligned.bytes()))
      encode(*decoded);
  }
}

BOOST_AUTO_TEST_CASE(a_file_is_named_by_the_first_half_of_its_hash) {
  BOOST_TEST((letter.file.id() == file_id{0x612068617368206f, 0x6620746869727479}));
}

BOOST_AUTO_TEST_SUITE_END()
