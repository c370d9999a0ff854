#define BOOST_TEST_MODULE checker
#include <boost/test/unit_test.hpp>

#include "tests/tools/checker_histories.hpp"

using namespace parley;
using namespace parley::checker;

// -- what is wrong ------------------------------------------------------------------

BOOST_AUTO_TEST_SUITE(finds)

BOOST_AUTO_TEST_CASE(an_acknowledged_message_that_never_came) {
  auto x = check(without_last(good()));
  BOOST_TEST(x.lost == 1u);
  BOOST_TEST(x.faults() == 1u);
  BOOST_TEST(x.examples.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_acknowledged_message_that_was_left_out) {
  auto x = check(with(without_last(good(), 2), {gets(bob, 2, ada, 2)}));
  BOOST_TEST(x.lost == 1u);
  BOOST_TEST(x.faults() == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_that_came_twice) {
  auto x = check(with(good(), {gets(bob, 2, ada, 2)}));
  BOOST_TEST(x.duplicated == 1u);
  BOOST_TEST(x.faults() == 1u);
}

BOOST_AUTO_TEST_CASE(a_body_that_was_recalled_is_no_other_body) {
  auto gone = gets(eve, 2, ada, 2);
  gone.digest = no_body;
  BOOST_TEST(check(with(good(), {in(eve), gets(eve, 1, ada, 1), gone})).faults() == 0u);
  gone.digest = body(3);
  BOOST_TEST(check(with(good(), {in(eve), gets(eve, 1, ada, 1), gone})).forged == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_that_stands_at_two_places) {
  auto x = check(with(good(), {gets(bob, 3, ada, 2)}));
  BOOST_TEST(x.duplicated == 1u);
}

BOOST_AUTO_TEST_CASE(a_repeat_that_was_acknowledged_at_another_place) {
  auto x = check({in(ada), in(bob), sends(ada, 1), gets(bob, 1, ada, 1), stored(ada, 1, 2)});
  BOOST_TEST(x.duplicated == 1u);
}

BOOST_AUTO_TEST_CASE(an_unacknowledged_message_that_was_stored_twice) {
  auto x = check({in(ada), in(bob), sends(ada, 1), gets(bob, 1, ada, 1), gets(bob, 2, ada, 1)});
  BOOST_TEST(x.duplicated == 1u);
}

BOOST_AUTO_TEST_CASE(places_that_do_not_rise) {
  auto x = check(with(without_last(good(), 2), {gets(bob, 2, ada, 2), gets(bob, 1, ada, 1)}));
  BOOST_TEST(x.reordered == 1u);
  BOOST_TEST(x.faults() == 1u);
}

BOOST_AUTO_TEST_CASE(messages_in_another_order_than_sent) {
  auto x = check({in(ada), in(bob), sends(ada, 1), sends(ada, 2), gets(bob, 1, ada, 2),
                  gets(bob, 2, ada, 1), stored(ada, 1, 2), stored(ada, 2, 1)});
  BOOST_TEST(x.reordered == 1u);
  BOOST_TEST(x.faults() == 1u);
}

BOOST_AUTO_TEST_CASE(acknowledgements_in_another_order_than_sent) {
  auto x = check({in(ada), sends(ada, 1), sends(ada, 2), stored(ada, 1, 2), stored(ada, 2, 1)});
  BOOST_TEST(x.reordered == 1u);
}

BOOST_AUTO_TEST_CASE(two_devices_that_disagree_about_a_place) {
  auto x = check({in(bob), in(eve), sends(ada, 1), sends(ada, 2), gets(bob, 1, ada, 1),
                  gets(eve, 1, ada, 2), gets(bob, 2, ada, 2), gets(eve, 2, ada, 1)});
  BOOST_TEST(x.reordered == 2u);
}

BOOST_AUTO_TEST_CASE(a_place_that_everybody_saw_empty) {
  auto x = check({in(ada), in(bob), sends(ada, 1), stored(ada, 1, 2), gets(bob, 2, ada, 1)});
  BOOST_TEST(x.gaps == 2u); // Neither of them saw what stands at 1.
  BOOST_TEST(x.faults() == 2u);
}

BOOST_AUTO_TEST_CASE(a_tail_that_only_the_node_knows) {
  auto x = check(with(good(), {drained{chat, 3}}));
  BOOST_TEST(x.gaps == 2u);
}

BOOST_AUTO_TEST_CASE(an_unacknowledged_message_that_came_to_some_only) {
  auto x = check({in(ada), in(bob), in(eve), sends(ada, 1), gets(bob, 1, ada, 1)});
  BOOST_TEST(x.missing == 1u);
  BOOST_TEST(x.faults() == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_that_nobody_sent) {
  auto x = check({in(bob), gets(bob, 1, ada, 1)});
  BOOST_TEST(x.forged == 1u);
}

BOOST_AUTO_TEST_CASE(another_body) {
  auto x = check({in(bob), sends(ada, 1), delivered{bob, chat, 1, ada, 1, 99, 0}});
  BOOST_TEST(x.forged == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_that_was_refused_and_stored) {
  auto x = check({in(bob), sends(ada, 1), refused{ada, chat, 1}, gets(bob, 1, ada, 1)});
  BOOST_TEST(x.forged == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_after_the_end_of_a_membership) {
  auto x = check(with(good(), {in(eve, 1, 1), gets(eve, 1, ada, 1), gets(eve, 2, ada, 2)}));
  BOOST_TEST(x.forged == 1u);
  BOOST_TEST(x.faults() == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_before_a_membership) {
  auto x = check({in(bob), in(eve, 2), sends(ada, 1), gets(bob, 1, ada, 1), gets(eve, 1, ada, 1)});
  BOOST_TEST(x.forged == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

// -- what is allowed ------------------------------------------------------------------

BOOST_AUTO_TEST_SUITE(allows)

BOOST_AUTO_TEST_CASE(a_history_without_faults) {
  auto x = check(good());
  BOOST_TEST(x.ok());
  BOOST_TEST(x.unknown == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_of_unknown_outcome_that_appears) {
  auto x = check({in(ada), in(bob), sends(ada, 1), gets(bob, 1, ada, 1)});
  BOOST_TEST(x.ok());
  BOOST_TEST(x.unknown == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_of_unknown_outcome_that_does_not_appear) {
  auto x = check({in(ada), in(bob), sends(ada, 1)});
  BOOST_TEST(x.ok());
  BOOST_TEST(x.unknown == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_that_overtakes_one_that_was_refused) {
  BOOST_TEST(check({in(bob), sends(ada, 1), sends(ada, 2), refused{ada, chat, 1}, stored(ada, 2, 1),
                    gets(bob, 1, ada, 2)})
               .ok());
}

BOOST_AUTO_TEST_CASE(a_delivery_before_the_acknowledgement) {
  BOOST_TEST(
    check({in(ada), in(bob), sends(ada, 1), gets(bob, 1, ada, 1), stored(ada, 1, 1)}).ok());
}

BOOST_AUTO_TEST_CASE(a_sender_who_sees_others_before_its_own_acknowledgement) {
  BOOST_TEST(check({in(ada), in(bob), sends(ada, 1), sends(bob, 5), gets(ada, 2, bob, 5),
                    stored(ada, 1, 1), gets(bob, 1, ada, 1), stored(bob, 5, 2)})
               .ok());
}

BOOST_AUTO_TEST_CASE(a_second_device_that_gets_what_the_first_sent) {
  BOOST_TEST(
    check({in(ada), in(eve), sends(ada, 1), stored(ada, 1, 1), gets(eve, 1, ada, 1)}).ok());
}

BOOST_AUTO_TEST_CASE(a_device_that_starts_in_the_middle) {
  BOOST_TEST(check(with(good(), {in(eve, 0), gets(eve, 2, ada, 2)})).ok());
}

BOOST_AUTO_TEST_CASE(a_membership_that_ends) {
  BOOST_TEST(check(with(good(), {in(eve, 1, 1), gets(eve, 1, ada, 1)})).ok());
}

BOOST_AUTO_TEST_CASE(a_membership_that_ends_and_begins_again) {
  BOOST_TEST(check({in(bob), sends(ada, 1), sends(ada, 2), sends(ada, 3), gets(bob, 1, ada, 1),
                    gets(bob, 2, ada, 2), gets(bob, 3, ada, 3), in(eve, 1, 1), gets(eve, 1, ada, 1),
                    in(eve, 3), gets(eve, 3, ada, 3)})
               .ok());
}

BOOST_AUTO_TEST_CASE(a_membership_that_is_told_late) {
  BOOST_TEST(check({in(bob), in(eve), sends(ada, 1), sends(ada, 2), sends(ada, 3),
                    gets(eve, 1, ada, 1), gets(eve, 3, ada, 3), gets(bob, 1, ada, 1),
                    gets(bob, 2, ada, 2), in(eve, 1, 1), in(eve, 3), gets(bob, 3, ada, 3)})
               .ok());
}

BOOST_AUTO_TEST_CASE(an_event_that_its_cause_does_not_see) {
  BOOST_TEST(check({in(ada), in(bob), gets(bob, 1, ada, 0), sends(bob, 1), stored(bob, 1, 2),
                    gets(ada, 2, bob, 1)})
               .ok());
}

BOOST_AUTO_TEST_CASE(an_own_event_that_was_read_from_history) {
  BOOST_TEST(check({in(ada), in(bob), gets(bob, 1, ada, 0), gets(ada, 1, ada, 0)}).ok());
}

BOOST_AUTO_TEST_CASE(connections_that_come_and_go) {
  BOOST_TEST(check(with(good(), {connected{bob}, disconnected{bob}})).ok());
}

BOOST_AUTO_TEST_SUITE_END()

// -- the online form -------------------------------------------------------------------

BOOST_AUTO_TEST_SUITE(online)

BOOST_AUTO_TEST_CASE(still_finds_a_repeat_of_what_it_has_forgotten) {
  parley::checker::checker uut;
  uut.joined(ada, chat, 1);
  uut.joined(bob, chat, 1);
  for (uint64_t i = 1; i <= 1000; ++i) {
    uut.invoked(ada, chat, i, body(i));
    uut.acknowledged(ada, chat, i, i);
    uut.delivered(bob, chat, i, ada, i, body(i));
  }
  BOOST_TEST(uut.so_far().ok());
  uut.delivered(bob, chat, 1001, ada, 3, body(3));
  BOOST_TEST(uut.so_far().duplicated == 1u);
}

BOOST_AUTO_TEST_CASE(knows_when_everything_was_received) {
  parley::checker::checker uut;
  uut.joined(ada, chat, 1);
  uut.joined(bob, chat, 1);
  BOOST_TEST(uut.drained());
  uut.invoked(ada, chat, 1, body(1));
  uut.acknowledged(ada, chat, 1, 1);
  BOOST_TEST(!uut.drained());
  uut.delivered(bob, chat, 1, ada, 1, body(1));
  BOOST_TEST(uut.drained());
}

BOOST_AUTO_TEST_CASE(expects_nothing_of_an_excused_device) {
  parley::checker::checker uut;
  uut.joined(bob, chat, 1);
  uut.invoked(ada, chat, 1, body(1));
  uut.acknowledged(ada, chat, 1, 1);
  uut.excuse(bob);
  BOOST_TEST(uut.drained());
  BOOST_TEST(uut.finish().ok());
}

BOOST_AUTO_TEST_SUITE_END()
