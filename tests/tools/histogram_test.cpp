#define BOOST_TEST_MODULE histogram
#include <boost/test/unit_test.hpp>

#include "tools/swarm/histogram.hpp"

#include <cstdint>

using parley::swarm::histogram;

BOOST_AUTO_TEST_CASE(has_nothing_to_say_while_empty) {
  histogram uut;
  BOOST_TEST(uut.percentile(0.5) == 0u);
  BOOST_TEST(uut.max() == 0u);
}

BOOST_AUTO_TEST_CASE(is_exact_for_small_values) {
  histogram uut;
  for (uint64_t i = 1; i <= 100; ++i)
    uut.record(i);
  BOOST_TEST(uut.percentile(0.5) == 50u);
  BOOST_TEST(uut.percentile(0.99) == 99u);
  BOOST_TEST(uut.percentile(1) == 100u);
}

BOOST_AUTO_TEST_CASE(is_right_to_two_percent_for_large_values) {
  for (uint64_t x : {1000u, 12345u, 999'999u, 60'000'000u}) {
    histogram uut;
    uut.record(x);
    uut.record(x * 100);
    auto found = uut.percentile(0.5);
    BOOST_TEST(found >= x);
    BOOST_TEST(found <= x + x / 50);
  }
}

BOOST_AUTO_TEST_CASE(never_says_more_than_the_maximum) {
  histogram uut;
  uut.record(1'000'001);
  BOOST_TEST(uut.percentile(0.999) == 1'000'001u);
}

BOOST_AUTO_TEST_CASE(takes_any_value) {
  histogram uut;
  uut.record(0);
  uut.record(UINT64_MAX);
  BOOST_TEST(uut.count() == 2u);
  BOOST_TEST(uut.max() == UINT64_MAX);
  BOOST_TEST(uut.percentile(1) == UINT64_MAX);
}
