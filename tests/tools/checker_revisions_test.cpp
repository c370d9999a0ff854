#include <boost/test/unit_test.hpp>

#include "tests/tools/checker_histories.hpp"

using namespace parley;
using namespace parley::checker;

namespace {

/// What the message says after the edit that has this counter.
constexpr uint64_t words(uint64_t counter) {
  return counter * 7;
}

revises edits(device_id d, uint64_t counter, seq_t target) {
  return {d, chat, counter, body(counter), {target, change::edit, words(counter)}};
}

revises recalls(device_id d, uint64_t counter, seq_t target) {
  return {d, chat, counter, body(counter), {target, change::recall, 0}};
}

shown sees_sent(device_id d, seq_t seq, uint64_t counter) {
  return {d, chat, seq, {0, false, body(counter)}};
}

shown sees_edit(device_id d, seq_t seq, seq_t by, uint64_t counter) {
  return {d, chat, seq, {by, false, words(counter)}};
}

shown sees_recall(device_id d, seq_t seq, seq_t by) {
  return {d, chat, seq, {by, true, 0}};
}

/// Ada's first message is edited at 3; Bob has everything.
history edited() {
  return with(good(), {edits(ada, 3, 1), stored(ada, 3, 3), gets(bob, 3, ada, 3)});
}

/// And recalled at 4.
history recalled() {
  return with(edited(), {recalls(ada, 4, 1), stored(ada, 4, 4), gets(bob, 4, ada, 4)});
}

uint64_t versions(const history& x) {
  auto judged = check(x);
  BOOST_TEST(judged.faults() == judged.versions);
  return judged.versions;
}

} // namespace

BOOST_AUTO_TEST_SUITE(finds_versions)

BOOST_AUTO_TEST_CASE(that_nobody_made) {
  BOOST_TEST(versions(with(edited(), {sees_edit(bob, 2, 3, 3)})) == 1u);
}

BOOST_AUTO_TEST_CASE(with_other_words_than_the_edit_has) {
  BOOST_TEST(versions(with(edited(), {sees_edit(bob, 1, 3, 4)})) == 1u);
}

BOOST_AUTO_TEST_CASE(with_other_words_than_were_sent) {
  BOOST_TEST(versions(with(
               good(), {in(eve), gets(eve, 1, ada, 1), gets(eve, 2, ada, 2), sees_sent(bob, 1, 2)}))
             == 1u);
}

BOOST_AUTO_TEST_CASE(that_are_taken_back_by_what_is_no_recall) {
  BOOST_TEST(versions(with(edited(), {sees_recall(bob, 1, 3)})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_an_edit_that_was_refused) {
  BOOST_TEST(
    versions(with(good(), {edits(ada, 3, 1), refused{ada, chat, 3}, sees_edit(bob, 1, 3, 3)}))
    == 1u);
}

BOOST_AUTO_TEST_CASE(that_go_back_to_what_was_sent) {
  BOOST_TEST(versions(with(edited(), {sees_sent(bob, 1, 1)})) == 1u);
}

BOOST_AUTO_TEST_CASE(that_go_back_to_an_earlier_edit) {
  auto twice =
    with(edited(), {edits(ada, 4, 1), stored(ada, 4, 4), in(eve, 0), sees_edit(eve, 1, 4, 4)});
  BOOST_TEST(versions(with(twice, {sees_edit(eve, 1, 3, 3), gets(bob, 4, ada, 4)})) == 1u);
}

BOOST_AUTO_TEST_CASE(that_go_back_behind_an_edit_that_is_not_acknowledged) {
  BOOST_TEST(versions(with(good(), {edits(ada, 3, 1), gets(bob, 3, ada, 3), sees_sent(bob, 1, 1)}))
             == 1u);
}

BOOST_AUTO_TEST_CASE(of_what_the_device_knows_to_be_recalled) {
  BOOST_TEST(versions(with(recalled(), {sees_edit(bob, 1, 3, 3)})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_what_the_device_was_shown_to_be_recalled) {
  BOOST_TEST(versions(with(recalled(), {in(eve, 0), sees_recall(eve, 1, 4), sees_sent(eve, 1, 1)}))
             == 1u);
}

BOOST_AUTO_TEST_CASE(that_are_not_the_last_one_in_the_end) {
  BOOST_TEST(versions(with(edited(), {in(eve, 4), sees_sent(eve, 1, 1)})) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(allows_versions)

BOOST_AUTO_TEST_CASE(that_are_the_last) {
  BOOST_TEST(check(with(good(), {sees_sent(bob, 1, 1)})).ok());
  BOOST_TEST(check(with(edited(), {sees_edit(bob, 1, 3, 3), sees_sent(bob, 2, 2)})).ok());
  BOOST_TEST(check(with(recalled(), {sees_recall(bob, 1, 4)})).ok());
}

BOOST_AUTO_TEST_CASE(that_rise) {
  BOOST_TEST(check(with(good(), {sees_sent(bob, 1, 1), edits(ada, 3, 1), sees_edit(bob, 1, 3, 3),
                                 stored(ada, 3, 3), gets(bob, 3, ada, 3)}))
               .ok());
}

BOOST_AUTO_TEST_CASE(of_an_edit_that_is_not_acknowledged) {
  BOOST_TEST(check(with(good(), {edits(ada, 3, 1), sees_edit(bob, 1, 3, 3)})).ok());
  BOOST_TEST(check(with(good(), {edits(ada, 3, 1), sees_sent(bob, 1, 1)})).ok());
}

BOOST_AUTO_TEST_CASE(without_an_edit_that_only_others_got_and_nobody_acknowledged) {
  BOOST_TEST(
    check(with(good(), {edits(ada, 3, 1), gets(bob, 3, ada, 3), in(eve, 4), sees_sent(eve, 1, 1)}))
      .ok());
}

BOOST_AUTO_TEST_CASE(that_take_edits_with_them) {
  BOOST_TEST(check(with(recalled(), {sees_recall(bob, 3, 4)})).ok());
}

BOOST_AUTO_TEST_CASE(of_who_was_let_out_before_the_change) {
  auto out = with(good(), {in(eve, 1, 2), gets(eve, 1, ada, 1), gets(eve, 2, ada, 2)});
  BOOST_TEST(check(with(out, {edits(ada, 3, 1), stored(ada, 3, 3), gets(bob, 3, ada, 3),
                              sees_sent(eve, 1, 1)}))
               .ok());
}

BOOST_AUTO_TEST_CASE(beside_a_reaction) {
  BOOST_TEST(check(with(good(), {revises{bob, chat, 1, body(1), {1, change::reaction, 0}},
                                 stored(bob, 1, 3), gets(ada, 3, bob, 1), sees_sent(bob, 1, 1)}))
               .ok());
}

BOOST_AUTO_TEST_SUITE_END()
