#define BOOST_TEST_MODULE device_window

#include "actors/core/device_window.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using namespace std::chrono_literals;

namespace {

constexpr conversation_id one{1, 1};
constexpr conversation_id two{2, 2};

} // namespace

BOOST_AUTO_TEST_CASE(is_full_after_so_many_messages) {
  device_window window;
  for (seq_t seq = 1; seq <= limits::device_window; ++seq) {
    BOOST_TEST_REQUIRE(window.has_room(10));
    window.push(one, seq, 10, {});
  }
  BOOST_TEST(!window.has_room(10));
  BOOST_TEST(window.room() == 0u);
  window.acknowledge(one, 1);
  BOOST_TEST(window.has_room(10));
}

BOOST_AUTO_TEST_CASE(is_full_after_so_many_bytes) {
  device_window window;
  window.push(one, 1, limits::device_window_bytes - 10, {});
  BOOST_TEST(window.has_room(10));
  BOOST_TEST(!window.has_room(11));
}

BOOST_AUTO_TEST_CASE(always_takes_one_message) {
  BOOST_TEST(device_window{}.has_room(10 * limits::device_window_bytes));
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_is_cumulative_in_its_conversation) {
  device_window window;
  window.push(one, 1, 10, {});
  window.push(two, 7, 10, {});
  window.push(one, 2, 10, {});
  window.push(one, 3, 10, {});
  window.acknowledge(one, 2);
  BOOST_TEST(window.size() == 2u);
  BOOST_TEST((window.take_all() == std::vector{two, one}));
  BOOST_TEST(window.empty());
  BOOST_TEST(window.has_room(limits::device_window_bytes));
}

BOOST_AUTO_TEST_CASE(what_a_much_later_push_overtook_is_lost) {
  device_window window;
  window.push(one, 1, 10, 0s);
  window.push(two, 1, 10, 4s);
  window.push(one, 2, 10, 4s);
  window.push(two, 2, 10, 6s);
  window.acknowledge(two, 1);
  BOOST_TEST(window.take_lost(5s).empty());
  window.acknowledge(two, 2);
  BOOST_TEST((window.take_lost(5s) == std::vector{one}));
  BOOST_TEST(window.empty());
}

BOOST_AUTO_TEST_CASE(what_is_only_late_is_not_lost) {
  device_window window;
  window.push(one, 1, 10, 0s);
  window.push(two, 1, 10, 0s);
  window.push(two, 2, 10, 100s);
  window.acknowledge(two, 1);
  BOOST_TEST(window.take_lost(5s).empty());
}
