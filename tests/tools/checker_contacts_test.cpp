#include <boost/test/unit_test.hpp>

#include "tests/tools/checker_histories.hpp"

using namespace parley;
using namespace parley::checker;

namespace {

constexpr auto asks = contact_step::asks;
constexpr auto accepts = contact_step::accepts;
constexpr auto other = contact_step::other;

meets steps(device_id d, user_id to) {
  return {d, to};
}

met taken(device_id d, user_id to, contact_step what) {
  return {d, to, what, true};
}

met not_taken(device_id d, user_id to, contact_step what) {
  return {d, to, what, false};
}

contact_list lists(device_id d, std::vector<contact> all = {}) {
  return {d, std::move(all)};
}

constexpr contact is(user_id who, standing state) {
  return {who, state};
}

/// Ada asked Bob.
history asked() {
  return {steps(ada, bob_himself), taken(ada, bob_himself, asks)};
}

/// And he accepted.
history accepted() {
  return with(asked(), {steps(bob, ada_herself), taken(bob, ada_herself, accepts)});
}

uint64_t contacts_of(const history& x) {
  auto judged = check(x);
  BOOST_TEST(judged.faults() == judged.contacts);
  return judged.contacts;
}

} // namespace

BOOST_AUTO_TEST_SUITE(finds_contacts)

BOOST_AUTO_TEST_CASE(of_whom_only_one_knows) {
  BOOST_TEST(contacts_of({lists(ada, {is(bob_himself, standing::contact)}), lists(bob)}) == 1u);
  BOOST_TEST(contacts_of({lists(ada), lists(bob, {is(ada_herself, standing::contact)})}) == 1u);
}

BOOST_AUTO_TEST_CASE(who_both_ask_or_are_both_asked) {
  BOOST_TEST(contacts_of({lists(ada, {is(bob_himself, standing::asking)}),
                          lists(bob, {is(ada_herself, standing::asking)})})
             == 1u);
  BOOST_TEST(contacts_of({lists(ada, {is(bob_himself, standing::asked)}),
                          lists(bob, {is(ada_herself, standing::asked)})})
             == 1u);
}

BOOST_AUTO_TEST_CASE(of_whom_one_still_waits) {
  BOOST_TEST(contacts_of({lists(ada, {is(bob_himself, standing::asking)}),
                          lists(bob, {is(ada_herself, standing::contact)})})
             == 1u);
}

BOOST_AUTO_TEST_CASE(who_were_asked_and_know_nothing_of_it) {
  BOOST_TEST(contacts_of(with(asked(), {lists(ada), lists(bob)})) == 1u);
}

BOOST_AUTO_TEST_CASE(who_were_accepted_and_still_wait) {
  BOOST_TEST(contacts_of(with(accepted(), {lists(ada, {is(bob_himself, standing::asking)}),
                                           lists(bob, {is(ada_herself, standing::asked)})}))
             == 1u);
}

BOOST_AUTO_TEST_CASE(who_were_accepted_and_ask_instead) {
  BOOST_TEST(contacts_of(with(accepted(), {lists(ada, {is(bob_himself, standing::asked)}),
                                           lists(bob, {is(ada_herself, standing::asking)})}))
             == 1u);
}

BOOST_AUTO_TEST_CASE(who_were_asked_after_a_step_that_was_refused) {
  BOOST_TEST(contacts_of(with(asked(), {steps(bob, ada_herself), not_taken(bob, ada_herself, other),
                                        lists(ada), lists(bob)}))
             == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(allows_contacts)

BOOST_AUTO_TEST_CASE(who_agree) {
  BOOST_TEST(check({lists(ada), lists(bob)}).ok());
  BOOST_TEST(check(with(asked(), {lists(ada, {is(bob_himself, standing::asking)}),
                                  lists(bob, {is(ada_herself, standing::asked)})}))
               .ok());
  BOOST_TEST(check(with(accepted(), {lists(ada, {is(bob_himself, standing::contact)}),
                                     lists(bob, {is(ada_herself, standing::contact)})}))
               .ok());
}

BOOST_AUTO_TEST_CASE(of_whom_one_said_nothing_in_the_end) {
  BOOST_TEST(check(with(asked(), {lists(bob, {is(ada_herself, standing::asked)})})).ok());
}

BOOST_AUTO_TEST_CASE(who_were_let_go_again) {
  BOOST_TEST(check(with(accepted(), {steps(ada, bob_himself), taken(ada, bob_himself, other),
                                     lists(ada), lists(bob)}))
               .ok());
}

BOOST_AUTO_TEST_CASE(who_crossed_each_other) {
  BOOST_TEST(
    check({steps(ada, bob_himself), steps(bob, ada_herself), taken(bob, ada_herself, other),
           taken(ada, bob_himself, asks), lists(ada), lists(bob)})
      .ok());
}

BOOST_AUTO_TEST_CASE(who_may_have_been_let_go) {
  BOOST_TEST(check(with(asked(), {steps(bob, ada_herself), lists(ada), lists(bob)})).ok());
}

BOOST_AUTO_TEST_SUITE_END()
