#define BOOST_TEST_MODULE receive_order
#include <boost/test/unit_test.hpp>

#include "tools/client/receive_order.hpp"

using namespace parley;
using parley::client::receive_order;
using verdict = receive_order::verdict;
using namespace std::chrono_literals;

namespace {

constexpr client::steady_time t0 = client::steady_time{} + 1h;

struct fixture {
  bool delivers(seq_t seq) {
    return uut.push(seq, bytes, t0) == verdict::deliver;
  }

  bool waits(seq_t seq) {
    return uut.push(seq, bytes, t0) == verdict::wait;
  }

  bool drops(seq_t seq) {
    return uut.push(seq, bytes, t0) == verdict::duplicate;
  }

  size_t released() {
    size_t count = 0;
    while (uut.next(t0))
      ++count;
    return count;
  }

  receive_order uut;
  std::string bytes = std::string(16, 'x');
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_receive_order, fixture)

BOOST_AUTO_TEST_CASE(begins_with_whatever_is_pushed_first) {
  BOOST_TEST(delivers(17));
  BOOST_TEST(delivers(18));
  BOOST_TEST(uut.held() == 18u);
}

BOOST_AUTO_TEST_CASE(keeps_a_message_until_its_predecessor_came) {
  BOOST_TEST(delivers(1));
  BOOST_TEST(waits(3));
  BOOST_TEST(released() == 0u);
  BOOST_TEST(delivers(2));
  BOOST_TEST(released() == 1u);
  BOOST_TEST(uut.held() == 3u);
}

BOOST_AUTO_TEST_CASE(drops_what_it_has) {
  BOOST_TEST(delivers(1));
  BOOST_TEST(drops(1));
  BOOST_TEST(waits(3));
  BOOST_TEST(waits(3));
  BOOST_TEST(delivers(2));
  BOOST_TEST(released() == 1u);
}

BOOST_AUTO_TEST_CASE(fills_the_place_of_an_own_message) {
  BOOST_TEST(delivers(1));
  BOOST_TEST(waits(3));
  uut.sent(2, t0);
  BOOST_TEST(released() == 1u);
  BOOST_TEST(uut.held() == 3u);
}

BOOST_AUTO_TEST_CASE(passes_an_own_message_that_was_acknowledged_early) {
  BOOST_TEST(delivers(1));
  uut.sent(3, t0);
  BOOST_TEST(delivers(2));
  BOOST_TEST(released() == 0u);
  BOOST_TEST(uut.held() == 3u);
}

BOOST_AUTO_TEST_CASE(does_not_let_an_own_message_set_the_beginning) {
  uut.sent(3, t0);
  BOOST_TEST(delivers(1)); // The peer wrote before us.
  BOOST_TEST(delivers(2));
  BOOST_TEST(released() == 0u);
  BOOST_TEST(uut.held() == 3u);
}

BOOST_AUTO_TEST_CASE(acknowledges_only_what_was_pushed_and_handed_over) {
  BOOST_TEST(!uut.take_ack());
  delivers(1);
  waits(4);
  uut.sent(2, t0);
  BOOST_TEST(uut.take_ack().value() == 2u);
  delivers(3);
  released();
  uut.sent(5, t0);
  BOOST_TEST(uut.held() == 5u);
  BOOST_TEST(uut.take_ack().value() == 4u); // 5 was never pushed.
  BOOST_TEST(!uut.take_ack());
}

BOOST_AUTO_TEST_CASE(acknowledges_a_duplicate_again) {
  delivers(1);
  uut.take_ack();
  drops(1);
  BOOST_TEST(uut.take_ack().value() == 1u);
}

BOOST_AUTO_TEST_CASE(acknowledges_after_a_reconnect_no_more_than_was_pushed_again) {
  delivers(1);
  delivers(2);
  delivers(3);
  uut.take_ack();
  uut.disconnected();
  BOOST_TEST(!uut.take_ack());
  drops(2);
  BOOST_TEST(uut.take_ack().value() == 2u);
}

BOOST_AUTO_TEST_CASE(reads_a_hole_only_after_a_while) {
  delivers(1);
  waits(4);
  BOOST_TEST(!uut.missing(t0 + 999ms));
  auto hole = uut.missing(t0 + 1s);
  BOOST_REQUIRE(hole);
  BOOST_TEST(hole->from == 2u);
  BOOST_TEST(hole->to == 3u);
  BOOST_TEST((uut.wakes_at() == t0 + 1s));
}

BOOST_AUTO_TEST_CASE(reads_a_hole_at_once_where_an_own_change_may_stand) {
  delivers(1);
  uut.changed(2);
  BOOST_TEST(!uut.missing(t0));
  waits(3);
  BOOST_TEST(uut.missing(t0).has_value());
}

BOOST_AUTO_TEST_CASE(reads_the_next_holes_at_once_where_one_had_to_be_read) {
  BOOST_TEST(delivers(1));
  for (seq_t seq = 3; seq <= 9; seq += 2)
    BOOST_TEST(waits(seq));
  BOOST_TEST(!uut.missing(t0));
  BOOST_REQUIRE(uut.missing(t0 + 1s));
  BOOST_TEST(uut.pushed() == 9u);
  uut.asked(t0 + 1s);
  BOOST_TEST(!uut.missing(t0 + 1s)); // Until history is there.
  BOOST_TEST((uut.read(2, bytes, t0 + 1s) == verdict::deliver));
  BOOST_TEST(released() == 1u);
  auto next = uut.missing(t0 + 1s);
  BOOST_REQUIRE(next);
  BOOST_TEST(next->from == 4u);
  BOOST_TEST(waits(11)); // Pushed later: its own hole may fill by itself.
  for (seq_t seq = 4; seq <= 9; ++seq)
    uut.read(seq, bytes, t0 + 1s);
  BOOST_TEST(uut.held() == 9u);
}

BOOST_AUTO_TEST_CASE(reads_a_hole_at_once_when_too_much_waits) {
  delivers(1);
  for (seq_t seq = 3; seq < 3 + receive_order::reorder_limit; ++seq)
    BOOST_TEST(waits(seq));
  BOOST_TEST(uut.missing(t0).has_value());
}

BOOST_AUTO_TEST_CASE(notices_what_it_had_no_room_for) {
  delivers(1);
  auto last = 3 + receive_order::reorder_limit;
  for (seq_t seq = 3; seq <= last; ++seq)
    waits(seq);
  delivers(2);
  BOOST_TEST(released() == receive_order::reorder_limit);
  auto hole = uut.missing(t0 + 1s);
  BOOST_REQUIRE(hole);
  BOOST_TEST(hole->from == last);
  BOOST_TEST(hole->to == last);
}

BOOST_AUTO_TEST_CASE(continues_with_what_history_had) {
  delivers(1);
  waits(4);
  BOOST_TEST((uut.read(2, bytes, t0) == verdict::deliver));
  BOOST_TEST((uut.read(3, bytes, t0) == verdict::deliver));
  BOOST_TEST(released() == 1u);
  BOOST_TEST(!uut.wakes_at());
}

BOOST_AUTO_TEST_CASE(skips_what_is_not_for_this_device) {
  delivers(5);
  waits(10);
  uut.begins_at(10, t0);
  BOOST_TEST(released() == 1u);
  BOOST_TEST(uut.held() == 10u);
}

BOOST_AUTO_TEST_CASE(never_goes_back) {
  delivers(5);
  uut.begins_at(1, t0);
  uut.begins_at(0, t0);
  BOOST_TEST(uut.held() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
