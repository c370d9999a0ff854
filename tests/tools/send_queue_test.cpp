#define BOOST_TEST_MODULE send_queue
#include <boost/test/unit_test.hpp>

#include "schema/limits.hpp"
#include "tools/client/send_queue.hpp"
#include "tools/client/sends.hpp"

using namespace parley;
using parley::client::send_queue;
using namespace std::chrono_literals;

namespace {

constexpr client::steady_time t0 = client::steady_time{} + 1h;
constexpr time_us wall = 1'000'000;

struct fixture {
  uint64_t push(std::string body) {
    return uut.push({}, std::move(body), wall);
  }

  send_queue::outgoing take(client::steady_time at = t0) {
    auto out = uut.take(at);
    BOOST_REQUIRE(out);
    return *out;
  }

  send_queue uut;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_send_queue, fixture)

BOOST_AUTO_TEST_CASE(gives_counters_that_rise_even_if_the_clock_does_not) {
  auto a = uut.push({}, "a", wall);
  auto b = uut.push({}, "b", wall);
  auto c = uut.push({}, "c", wall - 1000);
  BOOST_TEST(a == static_cast<uint64_t>(wall));
  BOOST_TEST(b == a + 1);
  BOOST_TEST(c == b + 1);
}

BOOST_AUTO_TEST_CASE(takes_messages_in_the_order_they_were_pushed) {
  auto a = push("a");
  auto b = push("b");
  BOOST_TEST(take().counter == a);
  BOOST_TEST(take().counter == b);
  BOOST_TEST(!uut.take(t0));
}

BOOST_AUTO_TEST_CASE(names_the_predecessor_while_that_is_unacknowledged) {
  auto a = push("a");
  push("b");
  BOOST_TEST(take().previous == 0u);
  BOOST_TEST(take().previous == a);
}

BOOST_AUTO_TEST_CASE(names_no_predecessor_once_that_is_acknowledged) {
  auto a = push("a");
  push("b");
  take();
  BOOST_TEST(uut.acknowledged(a).has_value());
  BOOST_TEST(take().previous == 0u);
}

BOOST_AUTO_TEST_CASE(keeps_at_most_the_credit_in_flight) {
  for (size_t i = 0; i < limits::credit_sends + 1; ++i)
    push("x");
  uint64_t first = take().counter;
  for (size_t i = 1; i < limits::credit_sends; ++i)
    take();
  BOOST_TEST(!uut.take(t0));
  uut.acknowledged(first);
  BOOST_TEST(uut.take(t0).has_value());
}

BOOST_AUTO_TEST_CASE(repeats_everything_in_order_with_the_same_counters_after_a_disconnect) {
  auto a = push("a");
  auto b = push("b");
  take();
  take();
  uut.disconnected();
  BOOST_TEST(take().counter == a);
  auto again = take();
  BOOST_TEST(again.counter == b);
  BOOST_TEST(again.previous == a);
  BOOST_TEST(again.what->body == "b");
}

BOOST_AUTO_TEST_CASE(waits_before_it_repeats_a_postponed_message_and_sends_nothing_else) {
  auto a = push("a");
  push("b");
  take();
  uut.postponed(a, t0 + 100ms);
  BOOST_TEST(!uut.take(t0 + 99ms));
  BOOST_TEST((uut.wakes_at() == t0 + 100ms));
  BOOST_TEST(take(t0 + 100ms).counter == a);
}

BOOST_AUTO_TEST_CASE(repeats_a_postponed_message_before_later_ones) {
  auto a = push("a");
  auto b = push("b");
  auto c = push("c");
  take();
  take();
  uut.postponed(a, t0);
  uut.postponed(b, t0); // out_of_order, because of a
  BOOST_TEST(take().counter == a);
  BOOST_TEST(take().counter == b);
  BOOST_TEST(take().counter == c);
}

BOOST_AUTO_TEST_CASE(corrects_the_predecessor_when_one_in_between_is_refused) {
  auto a = push("a");
  auto b = push("b");
  auto c = push("c");
  take();
  take();
  BOOST_TEST(take().previous == b);
  BOOST_TEST(uut.refused(b)->body == "b");
  uut.postponed(c, t0); // out_of_order: b is nowhere
  auto again = take();
  BOOST_TEST(again.counter == c);
  BOOST_TEST(again.previous == a);
}

BOOST_AUTO_TEST_CASE(messages_and_changes_have_one_order) {
  conversation_id chat{1, 2};
  auto a = push("a");
  auto b = uut.push(client::special_send(chat, {5, wire::revision_kind::recall}), 1);
  auto first = take();
  auto second = take();
  BOOST_TEST(second.counter == b);
  BOOST_TEST(second.previous == a);
  auto text = wire::decode_client(client::request_of(1, chat, "bob", first));
  BOOST_TEST(std::get<wire::send>(text->body).user == "bob");
  auto change = wire::decode_client(client::request_of(2, chat, "bob", second));
  auto& body = std::get<wire::revise>(change->body);
  BOOST_TEST((body.conversation == chat));
  BOOST_TEST(body.counter == b);
  BOOST_TEST(body.previous == a);
  BOOST_TEST(body.what.target == 5u);
}

BOOST_AUTO_TEST_CASE(ignores_answers_to_messages_that_are_gone) {
  auto a = push("a");
  take();
  BOOST_TEST(uut.acknowledged(a).has_value());
  BOOST_TEST(!uut.acknowledged(a).has_value());
  uut.postponed(a, t0);
  BOOST_TEST(uut.in_flight() == 0u);
  BOOST_TEST(uut.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
