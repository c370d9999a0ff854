#define BOOST_TEST_MODULE online_times

#include "actors/core/online_times.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

namespace {

constexpr time_us second = 1'000'000;
constexpr time_us hour = 3600 * second;
constexpr time_us day = 24 * hour;
constexpr time_us monday = 20'000 * day;

wire::online_session from_to(time_us start, time_us end) {
  return {{7}, start, end, false};
}

/// "day:seconds ..", days counted from monday.
std::string days_of(std::vector<wire::online_session> sessions, time_us since = 0,
                    time_us until = monday + 100 * day) {
  std::string result;
  for (auto& x : core::online_times_of(std::move(sessions), since, until).days)
    result += " " + std::to_string((x.start - monday) / day) + ":" + std::to_string(x.seconds);
  return result.empty() ? result : result.substr(1);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_day_has_what_its_sessions_took_together) {
  BOOST_TEST(days_of({}) == "");
  BOOST_TEST(days_of({from_to(monday + hour, monday + 2 * hour),
                      from_to(monday + 3 * hour, monday + 5 * hour)})
             == "0:10800");
}

BOOST_AUTO_TEST_CASE(who_is_there_with_two_devices_is_there_once) {
  BOOST_TEST(
    days_of({from_to(monday + 2 * hour, monday + 5 * hour), from_to(monday, monday + 3 * hour),
             from_to(monday + hour, monday + 2 * hour)})
    == "0:18000");
}

BOOST_AUTO_TEST_CASE(a_session_over_midnight_counts_for_each_of_its_days) {
  BOOST_TEST(days_of({from_to(monday + 23 * hour, monday + 2 * day + hour)})
             == "0:3600 1:86400 2:3600");
}

BOOST_AUTO_TEST_CASE(only_what_was_asked_for_counts) {
  auto all = {from_to(monday, monday + 4 * hour), from_to(monday + 6 * hour, monday + 8 * hour)};
  BOOST_TEST(days_of(all, monday + 3 * hour, monday + 7 * hour) == "0:7200");
  BOOST_TEST(days_of(all, monday + 4 * hour + 1, monday + 6 * hour) == "");
}

BOOST_AUTO_TEST_CASE(sessions_are_shown_whole_and_oldest_first) {
  auto found = core::online_times_of({from_to(monday + 6 * hour, monday + 8 * hour),
                                      from_to(monday, monday + 4 * hour),
                                      from_to(monday - 9 * hour, monday - 8 * hour)},
                                     monday + 3 * hour, monday + 7 * hour)
                 .sessions;
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].start == monday);
  BOOST_TEST(found[0].end == monday + 4 * hour);
  BOOST_TEST(found[1].end == monday + 8 * hour);
}
