#define BOOST_TEST_MODULE rate_limit

#include "actors/core/rate_limit.hpp"
#include "actors/core/user_rates.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>
#include <vector>

using namespace parley;
using namespace parley::core;
using namespace std::chrono_literals;

namespace {

constexpr rate ten_then_one_a_minute{60s, 10};

unsigned takes(rate_limit& x, unsigned wanted, rate_limit::time now) {
  unsigned got = 0;
  for (unsigned i = 0; i < wanted; ++i)
    got += x.take(ten_then_one_a_minute, now);
  return got;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limit_test)

BOOST_AUTO_TEST_CASE(a_burst_then_one_at_a_time) {
  rate_limit x;
  BOOST_TEST(takes(x, 20, 1h) == 10u);
  BOOST_TEST(takes(x, 20, 1h + 59s) == 0u);
  BOOST_TEST(takes(x, 20, 1h + 60s) == 1u);
  BOOST_TEST(takes(x, 20, 1h + 180s) == 2u);
}

BOOST_AUTO_TEST_CASE(a_rest_gives_no_more_than_a_burst) {
  rate_limit x;
  takes(x, 20, 1h);
  BOOST_TEST(takes(x, 20, 48h) == 10u);
}

BOOST_AUTO_TEST_CASE(what_is_refused_costs_nothing) {
  rate_limit x;
  takes(x, 1000, 1h);
  BOOST_TEST((x.forgotten_at() == 1h + 10min));
}

BOOST_AUTO_TEST_CASE(what_did_not_count_is_there_again) {
  rate_limit x;
  takes(x, 10, 1h);
  BOOST_TEST(!x.allows(ten_then_one_a_minute, 1h));
  x.give_back(ten_then_one_a_minute);
  BOOST_TEST(x.allows(ten_then_one_a_minute, 1h));
  BOOST_TEST(takes(x, 2, 1h) == 1u);
}

BOOST_AUTO_TEST_CASE(a_look_takes_nothing) {
  rate_limit x;
  for (auto i = 0; i < 100; ++i)
    BOOST_TEST(x.allows(ten_then_one_a_minute, 1h));
  BOOST_TEST((x.forgotten_at() <= 1h));
}

BOOST_AUTO_TEST_CASE(no_rate_is_no_limit) {
  rate_limit x;
  for (auto i = 0; i < 100'000; ++i)
    BOOST_REQUIRE(x.take({}, 1h));
}

BOOST_AUTO_TEST_CASE(threads_together_get_what_one_would) {
  rate_limit x;
  constexpr rate many{1s, 1000};
  std::atomic<unsigned> got{0};
  std::vector<std::thread> all;
  for (auto i = 0; i < 4; ++i)
    all.emplace_back([&] {
      for (auto j = 0; j < 10'000; ++j)
        got += x.take(many, 1h);
    });
  for (auto& each : all)
    each.join();
  BOOST_TEST(got == 1000u);
}

BOOST_AUTO_TEST_CASE(the_connections_of_a_user_share_one) {
  user_rates all;
  BOOST_TEST(!all.bounded());
  all.rule({1ms, 4000});
  BOOST_TEST(all.bounded());
  auto ada = all.of({1, 1}, 1h);
  BOOST_TEST(all.of({1, 1}, 1h) == ada);
  BOOST_TEST(all.of({2, 2}, 1h) != ada);
}

BOOST_AUTO_TEST_CASE(users_who_are_gone_and_paid_are_forgotten) {
  user_rates all;
  all.rule({1s, 10});
  auto here = all.of({1, 1}, 1h);
  (void)all.of({2, 2}, 1h)->take({1s, 10}, 2h); // Owes something until then.
  for (uint64_t i = 3; i <= limits::users_remembered + 1; ++i)
    (void)all.of({i, i}, 1h);
  BOOST_TEST(all.size() == 3u);
  BOOST_TEST(all.of({1, 1}, 1h) == here);
}

BOOST_AUTO_TEST_SUITE_END()
