#include "schema/effect.hpp"
#include "schema/frame.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

BOOST_AUTO_TEST_SUITE(frame_test)

BOOST_AUTO_TEST_CASE(copies_share_the_bytes) {
  frame x{"12345678abcdefgh"};
  auto y = x;
  BOOST_TEST(y.bytes() == "12345678abcdefgh");
  BOOST_TEST((y.bytes().data() == x.bytes().data()));
  BOOST_TEST(y.words().size() == 2u);
}

BOOST_AUTO_TEST_CASE(bytes_are_aligned) {
  std::string_view bytes{"x12345678"};
  frame x{bytes.substr(1)};
  BOOST_TEST(reinterpret_cast<uintptr_t>(x.bytes().data()) % frame::word == 0u);
}

BOOST_AUTO_TEST_CASE(an_empty_frame_is_empty) {
  BOOST_TEST(frame{}.empty());
  BOOST_TEST(frame{}.size_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(an_effect_counts_its_bytes) {
  effect x;
  x.put(keys::starts(), frame{"12345678"});
  x.erase(keys::format());
  BOOST_TEST(x.rows.size() == 2u);
  BOOST_TEST(x.bytes == 8u);
  BOOST_TEST(x.rows[1].value.empty());
}

BOOST_AUTO_TEST_SUITE_END()
