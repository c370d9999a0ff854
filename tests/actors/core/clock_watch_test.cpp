#define BOOST_TEST_MODULE clock_watch

#include "actors/core/clock_watch.hpp"

#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace parley;
using namespace std::chrono_literals;

namespace {

struct fixture {
  core::clock_watch watch;
  time_us wall = 1'700'000'000'000'000;
  std::chrono::microseconds steady = 1h;

  fixture() {
    BOOST_TEST(look() == 0);
  }

  time_us look() {
    return watch.leap(wall, steady);
  }

  void pass(std::chrono::microseconds time) {
    wall += time.count();
    steady += time;
  }

  /// The wall is set.
  static constexpr time_us by(std::chrono::microseconds x) {
    return x.count();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(clock_watch_test, fixture)

BOOST_AUTO_TEST_CASE(a_clock_that_goes_is_believed_however_long_nobody_looks) {
  for (auto time : {1us, 1'000'000us, 86'400'000'000us, 31'536'000'000'000us}) {
    pass(time);
    BOOST_TEST(look() == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_leap_forward_is_believed_when_it_has_stood) {
  wall += by(24h);
  BOOST_TEST(look() == by(24h));
  pass(limits::leap_stands - 1s);
  BOOST_TEST(look() == by(24h));
  pass(1s);
  BOOST_TEST(look() == 0);
  pass(1s);
  BOOST_TEST(look() == 0);
}

BOOST_AUTO_TEST_CASE(a_leap_that_is_taken_back_never_was) {
  for (int i = 0; i < 3; ++i) {
    wall += by(24h);
    BOOST_TEST(look() == by(24h));
    pass(limits::leap_stands / 2);
    BOOST_TEST(look() == by(24h));
    wall -= by(24h);
    BOOST_TEST(look() == 0);
  }
}

BOOST_AUTO_TEST_CASE(back_is_believed_at_once_and_forth_again_is_a_leap) {
  wall -= by(48h);
  BOOST_TEST(look() == 0);
  wall += by(48h);
  BOOST_TEST(look() == by(48h));
}

BOOST_AUTO_TEST_CASE(a_leap_upon_a_leap_has_to_stand_anew) {
  wall += by(1h);
  look();
  pass(limits::leap_stands - 1s);
  wall += by(24h * 365);
  BOOST_TEST(look() == by(24h * 365 + 1h));
  pass(limits::leap_stands - 1s);
  BOOST_TEST(look() == by(24h * 365 + 1h));
  pass(1s);
  BOOST_TEST(look() == 0);
}

BOOST_AUTO_TEST_CASE(corrections_are_no_leaps_however_many) {
  for (int i = 0; i < 1000; ++i) {
    wall += by(limits::leap_least / 2);
    BOOST_TEST(look() == 0);
    wall += by(100ms);
    BOOST_TEST(look() == 0);
  }
}

BOOST_AUTO_TEST_CASE(threads_that_look_at_the_same_time_agree) {
  wall += by(24h);
  std::atomic<size_t> wrong{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this, &wrong] {
      for (int j = 0; j < 10'000; ++j)
        wrong += watch.leap(wall + j, steady + std::chrono::microseconds{j}) != by(24h);
    });
  threads.clear();
  BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
