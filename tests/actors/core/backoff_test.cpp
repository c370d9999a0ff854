#define BOOST_TEST_MODULE backoff

#include "actors/core/backoff.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(doubles_up_to_the_most) {
  BOOST_TEST(backoff(1s, 0, 60s, 0, 7).count() == 1'000'000);
  BOOST_TEST(backoff(1s, 3, 60s, 0, 7).count() == 8'000'000);
  BOOST_TEST(backoff(1s, 30, 60s, 0, 7).count() == 60'000'000);
}

BOOST_AUTO_TEST_CASE(moves_by_no_more_than_the_jitter) {
  for (uint64_t random = 0; random < 5000; ++random) {
    auto wait = backoff(10s, 0, 60s, 0.2, random);
    BOOST_TEST_REQUIRE((wait >= 8s && wait <= 12s));
  }
  BOOST_TEST((backoff(10s, 0, 60s, 0.2, 0) != backoff(10s, 0, 60s, 0.2, 2000)));
}
