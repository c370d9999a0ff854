#define BOOST_TEST_MODULE visibility

#include "actors/core/visibility.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

namespace {

/// In at 3, out at 7, in again at 20.
record::mailbox twice() {
  record::mailbox box;
  begin_stay(box, 3);
  box.left = 7;
  begin_stay(box, 20);
  return box;
}

} // namespace

BOOST_AUTO_TEST_CASE(shows_each_stay_and_nothing_between) {
  auto box = twice();
  BOOST_TEST(visible_from(box, 1).value() == 3u);
  BOOST_TEST(visible_from(box, 7).value() == 7u);
  BOOST_TEST(visible_from(box, 8).value() == 20u);
  BOOST_TEST(visible_from(box, 25).value() == 25u);
}

BOOST_AUTO_TEST_CASE(ends_with_the_last_stay) {
  auto box = twice();
  BOOST_TEST(visible_end(box, 100) == 100u);
  box.left = 30;
  BOOST_TEST(visible_end(box, 100) == 30u);
  BOOST_TEST(!visible_from(box, 31));
}

BOOST_AUTO_TEST_CASE(forgets_the_oldest_stay_when_there_are_too_many) {
  record::mailbox box;
  for (seq_t i = 1; i <= limits::stays_per_member + 3; ++i) {
    begin_stay(box, i * 10);
    box.left = i * 10 + 5;
  }
  BOOST_TEST(box.earlier.size() == limits::stays_per_member);
  BOOST_TEST(visible_begin(box) == 30u);
}
