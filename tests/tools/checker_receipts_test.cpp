#include <boost/test/unit_test.hpp>

#include "tests/tools/checker_histories.hpp"

using namespace parley;
using namespace parley::checker;

namespace {

receipt told(device_id d, user_id of, seq_t delivered, seq_t read) {
  return {d, chat, of, delivered, read};
}

reads says_read(device_id d, seq_t seq) {
  return {d, chat, seq};
}

has_read is_read(device_id d, seq_t seq) {
  return {d, chat, seq};
}

/// Bob got two messages and read the first one.
history half_read() {
  return with(good(), {says_read(bob, 1), is_read(bob, 1)});
}

uint64_t receipts_of(const history& x) {
  auto judged = check(x);
  BOOST_TEST(judged.faults() == judged.receipts);
  return judged.receipts;
}

} // namespace

BOOST_AUTO_TEST_SUITE(finds_receipts)

BOOST_AUTO_TEST_CASE(of_what_nobody_got) {
  BOOST_TEST(receipts_of(with(half_read(), {told(ada, bob_himself, 3, 1)})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_what_was_got_only_afterwards) {
  BOOST_TEST(
    receipts_of(with(without_last(good()), {told(ada, bob_himself, 2, 0), gets(bob, 2, ada, 2)}))
    == 1u);
}

BOOST_AUTO_TEST_CASE(of_what_was_got_and_not_read) {
  BOOST_TEST(receipts_of(with(half_read(), {told(ada, bob_himself, 2, 2)})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_what_somebody_else_read) {
  BOOST_TEST(receipts_of(with(half_read(), {in(eve, 0), told(ada, eve_herself, 1, 1)})) == 1u);
}

BOOST_AUTO_TEST_CASE(that_go_back) {
  BOOST_TEST(
    receipts_of(with(half_read(), {told(ada, bob_himself, 2, 1), told(ada, bob_himself, 1, 1)}))
    == 1u);
  BOOST_TEST(
    receipts_of(with(half_read(), {told(ada, bob_himself, 2, 1), told(ada, bob_himself, 2, 0)}))
    == 1u);
}

BOOST_AUTO_TEST_CASE(that_stay_behind_what_was_got) {
  BOOST_TEST(receipts_of(with(half_read(), {rest{}, told(ada, bob_himself, 1, 1)})) == 1u);
}

BOOST_AUTO_TEST_CASE(that_stay_behind_what_was_read) {
  BOOST_TEST(receipts_of(with(half_read(), {rest{}, told(ada, bob_himself, 2, 0)})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_an_own_message_that_never_appears) {
  BOOST_TEST(receipts_of(with(good(), {sends(bob, 1), told(ada, bob_himself, 3, 3)})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_a_place_where_somebody_else_wrote_meanwhile) {
  BOOST_TEST(receipts_of(with(good(), {sends(bob, 1), told(ada, bob_himself, 3, 3), sends(ada, 3),
                                       stored(ada, 3, 3), stored(bob, 1, 4), gets(ada, 4, bob, 1),
                                       gets(bob, 3, ada, 3)}))
             == 1u);
}

BOOST_AUTO_TEST_CASE(of_a_stay_before_it_begins) {
  BOOST_TEST(receipts_of(with(good(), {in(eve, 3), told(ada, eve_herself, 3, 2)})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_the_users_own_that_stay_behind) {
  BOOST_TEST(receipts_of(with(half_read(), {rest{}, counted{bob, chat, 2, 0, 2}})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_the_users_own_that_do_not_know_what_they_wrote) {
  BOOST_TEST(receipts_of(with(good(), {rest{}, counted{ada, chat, 2, 0, 2}})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_who_left_and_came_back) {
  auto back =
    with(good(), {in(eve, 1, 2), gets(eve, 1, ada, 1), gets(eve, 2, ada, 2), sends(ada, 3),
                  stored(ada, 3, 3), gets(bob, 3, ada, 3), in(eve, 3), gets(eve, 3, ada, 3)});
  BOOST_TEST(receipts_of(with(back, {rest{}, told(ada, eve_herself, 2, 2)})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_the_users_own_that_are_ahead) {
  BOOST_TEST(receipts_of(with(half_read(), {counted{bob, chat, 2, 2, 0}})) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(allows_receipts)

BOOST_AUTO_TEST_CASE(of_what_was_got_and_read) {
  BOOST_TEST(check(with(half_read(), {told(ada, bob_himself, 1, 0), told(ada, bob_himself, 2, 1),
                                      rest{}, told(ada, bob_himself, 2, 1)}))
               .ok());
}

BOOST_AUTO_TEST_CASE(that_are_behind_while_something_happens) {
  BOOST_TEST(check(with(half_read(), {told(ada, bob_himself, 1, 0)})).ok());
}

BOOST_AUTO_TEST_CASE(of_a_read_that_is_not_answered_yet) {
  BOOST_TEST(check(with(good(), {says_read(bob, 2), told(ada, bob_himself, 2, 2)})).ok());
}

BOOST_AUTO_TEST_CASE(of_a_read_that_was_never_answered_to_be_there_or_not) {
  BOOST_TEST(check(with(good(), {says_read(bob, 2), rest{}, told(ada, bob_himself, 2, 2)})).ok());
  BOOST_TEST(check(with(good(), {says_read(bob, 2), rest{}, told(ada, bob_himself, 2, 0)})).ok());
}

BOOST_AUTO_TEST_CASE(that_reach_at_rest_what_they_have_to) {
  BOOST_TEST(
    check(with(half_read(), {rest{}, told(ada, bob_himself, 1, 0), told(ada, bob_himself, 2, 1)}))
      .ok());
}

BOOST_AUTO_TEST_CASE(that_begin_anew_on_another_connection) {
  BOOST_TEST(check(with(half_read(), {told(ada, bob_himself, 2, 1), connected{ada},
                                      told(ada, bob_himself, 1, 0)}))
               .ok());
}

BOOST_AUTO_TEST_CASE(of_an_event_that_the_user_caused) {
  BOOST_TEST(check(with(good(), {gets(ada, 3, bob, 0), told(ada, bob_himself, 3, 3)})).ok());
}

BOOST_AUTO_TEST_CASE(of_what_another_device_of_the_user_got) {
  BOOST_TEST(
    check({belongs{ada, ada_herself}, belongs{adas_phone, ada_herself}, in(ada), in(adas_phone),
           in(bob), sends(bob, 1), stored(bob, 1, 1), gets(adas_phone, 1, bob, 1),
           told(bob, ada_herself, 1, 0), gets(ada, 1, bob, 1)})
      .ok());
}

BOOST_AUTO_TEST_CASE(of_an_own_message_that_nobody_saw_yet) {
  BOOST_TEST(check(with(good(), {sends(bob, 1), told(ada, bob_himself, 3, 3), stored(bob, 1, 3),
                                 gets(ada, 3, bob, 1)}))
               .ok());
}

BOOST_AUTO_TEST_CASE(that_say_nothing_of_an_own_message) {
  BOOST_TEST(check(with(good(), {rest{}, told(bob, ada_herself, 0, 0)})).ok());
}

BOOST_AUTO_TEST_CASE(of_what_lies_before_a_stay) {
  BOOST_TEST(check(with(good(), {told(ada, eve_herself, 2, 2), in(eve, 3)})).ok());
}

BOOST_AUTO_TEST_CASE(of_who_has_left_to_stay_as_they_are) {
  BOOST_TEST(check(with(good(), {in(eve, 1, 2), gets(eve, 1, ada, 1), gets(eve, 2, ada, 2), rest{},
                                 told(ada, eve_herself, 1, 0)}))
               .ok());
}

BOOST_AUTO_TEST_SUITE_END()
