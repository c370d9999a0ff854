#define BOOST_TEST_MODULE watchers

#include "actors/core/watchers.hpp"

#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

namespace {

const user_id ada{1, 1};
const user_id bob{1, 2};

struct fixture {
  core::watchers known;
  actions out;

  bool pass(note_kind kind, bool watches, bool awake = false, uint64_t epoch = 3,
            user_id from = bob) {
    return known.pass(ada, {.kind = kind, .user = from, .epoch = epoch, .watches = watches}, awake,
                      5, out);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(watchers_test, fixture)

BOOST_AUTO_TEST_CASE(only_a_question_wakes) {
  BOOST_TEST(pass(note_kind::ask, false));
  BOOST_TEST(!pass(note_kind::greet, true));
  BOOST_TEST(!pass(note_kind::tell, true));
  BOOST_TEST(!pass(note_kind::answer, true));
  BOOST_TEST(!pass(note_kind::unwanted, false));
  for (auto kind : {note_kind::greet, note_kind::tell, note_kind::answer, note_kind::unwanted})
    BOOST_TEST(pass(kind, true, true));
}

BOOST_AUTO_TEST_CASE(who_tells_one_that_sleeps_hears_that_it_is_not_wanted) {
  pass(note_kind::tell, true);
  BOOST_REQUIRE(out.inboxes.size() == 1u);
  BOOST_TEST((out.inboxes[0].to == bob));
  auto& note = std::get<presence_note>(out.inboxes[0].what);
  BOOST_TEST((note.kind == note_kind::unwanted));
  BOOST_TEST((note.user == ada));
  BOOST_TEST(note.epoch == 5u);
  BOOST_TEST(!note.watches);
  pass(note_kind::tell, true, true);
  pass(note_kind::greet, true);
  BOOST_TEST(out.inboxes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_asked_to_be_told_is_named_to_who_wakes) {
  pass(note_kind::ask, true);
  pass(note_kind::ask, true);
  auto told = known.of(ada);
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST((told[0].user == bob));
  BOOST_TEST((told[0].kind == note_kind::answer)); // Nobody is to answer it.
  BOOST_TEST(told[0].watches);
  BOOST_TEST(told[0].epoch == 3u);
  BOOST_TEST(known.of(bob).empty());
}

BOOST_AUTO_TEST_CASE(contacts_and_those_who_only_ask_are_not_remembered) {
  pass(note_kind::greet, true);
  pass(note_kind::ask, false);
  BOOST_TEST(known.of(ada).empty());
}

BOOST_AUTO_TEST_CASE(who_wants_no_more_is_forgotten_but_not_by_an_earlier_life) {
  pass(note_kind::ask, true);
  pass(note_kind::tell, false, false, 2);
  BOOST_TEST(known.of(ada).size() == 1u);
  pass(note_kind::tell, false, true);
  BOOST_TEST(known.of(ada).empty());
}

BOOST_AUTO_TEST_CASE(watchers_of_one_user_have_an_end) {
  for (uint64_t i = 0; i <= limits::watchers_per_user; ++i)
    BOOST_TEST(pass(note_kind::ask, true, false, 3, {2, i})); // All are answered.
  BOOST_TEST(known.of(ada).size() == limits::watchers_per_user);
}

BOOST_AUTO_TEST_CASE(watchers_of_a_shard_have_an_end_and_room_comes_back) {
  for (uint64_t i = 0; i < limits::watchers_per_shard; ++i)
    (void)known.pass({3, i}, {.kind = note_kind::ask, .user = bob, .epoch = 3, .watches = true},
                     false, 5, out);
  pass(note_kind::ask, true);
  BOOST_TEST(known.of(ada).empty());
  (void)known.pass({3, 0}, {.kind = note_kind::tell, .user = bob, .epoch = 3}, true, 5, out);
  pass(note_kind::ask, true);
  BOOST_TEST(known.of(ada).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
