#define BOOST_TEST_MODULE presence_pace

#include "actors/core/presence_pace.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using namespace std::chrono_literals;

namespace {

using state = wire::presence_state;

struct fixture {
  core::presence_pace pace;
  core::presence_pace::time now{}; ///< Of a clock that has just begun.

  bool becomes(state x) {
    pace.becomes(x, now);
    return pace.take_due(now);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(presence_pace_test, fixture)

BOOST_AUTO_TEST_CASE(who_comes_is_told_at_once) {
  BOOST_TEST(becomes(state::online));
  BOOST_TEST((pace.told() == state::online));
  BOOST_TEST((pace.deadline() == core::presence_pace::time::max()));
}

BOOST_AUTO_TEST_CASE(of_changes_in_a_row_the_last_is_told_after_a_while) {
  becomes(state::online);
  BOOST_TEST(!becomes(state::away));
  BOOST_TEST((pace.deadline() == now + limits::presence_every));
  BOOST_TEST(!becomes(state::online));
  BOOST_TEST(!becomes(state::away));
  now += limits::presence_every;
  BOOST_TEST(pace.take_due(now));
  BOOST_TEST((pace.told() == state::away));
}

BOOST_AUTO_TEST_CASE(a_change_that_is_taken_back_is_never_told) {
  becomes(state::online);
  becomes(state::away);
  becomes(state::online);
  now += 1h;
  BOOST_TEST(!pace.take_due(now));
}

BOOST_AUTO_TEST_CASE(who_leaves_is_there_for_a_while) {
  becomes(state::online);
  now += 1min;
  BOOST_TEST(!becomes(state::offline));
  BOOST_TEST((pace.told() == state::online));
  now += limits::presence_grace - 1us;
  BOOST_TEST(!pace.take_due(now));
  now += 1us;
  BOOST_TEST(pace.take_due(now));
  BOOST_TEST((pace.told() == state::offline));
}

BOOST_AUTO_TEST_CASE(a_hundred_flaps_are_told_as_often_as_time_allows) {
  auto told = 0;
  for (auto i = 0; i < 100; ++i) {
    told += becomes(i % 2 == 0 ? state::online : state::away);
    now += 100ms;
    told += pace.take_due(now);
  }
  BOOST_TEST(told <= 1 + 10s / limits::presence_every);
}

BOOST_AUTO_TEST_SUITE_END()
