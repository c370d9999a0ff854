#define BOOST_TEST_MODULE presence_book

#include "actors/core/presence_book.hpp"

#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using core::acquaintance;

namespace {

const user_id ada{1, 1};
const user_id bob{1, 2};
const user_id eve{2, 0};

using who = wire::visibility;

struct fixture {
  core::presence_book book;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(presence_book_test, fixture)

BOOST_AUTO_TEST_CASE(one_meets_everybody_once_and_in_order) {
  book.meet(eve).contact = true;
  book.meet(ada).contact = true;
  book.meet(bob).watchers = 1;
  BOOST_TEST(book.meet(ada).contact);
  std::vector<user_id> order;
  for (auto& x : book)
    order.push_back(x.user);
  BOOST_TEST((order == std::vector<user_id>{ada, bob, eve}));
  BOOST_TEST(book.find({1, 3}) == nullptr);
}

BOOST_AUTO_TEST_CASE(whoever_is_anything_is_not_forgotten) {
  book.meet(ada).contact = true;
  book.meet(bob).blocked = true;
  book.meet(eve).told = true;
  book.meet({3, 0}).watchers = 1;
  book.meet({4, 0}).epoch = 7;
  for (auto x : {ada, bob, eve, user_id{3, 0}, user_id{4, 0}, user_id{5, 0}})
    book.part(x);
  BOOST_TEST(std::distance(book.begin(), book.end()) == 4);
  BOOST_TEST(book.find({4, 0}) == nullptr);
}

BOOST_AUTO_TEST_CASE(who_may_see_depends_on_the_setting_but_never_who_is_blocked) {
  acquaintance contact{ada};
  contact.contact = true;
  acquaintance blocked{bob};
  blocked.blocked = true;
  acquaintance stranger{eve};
  BOOST_TEST(contact.may_see(who::contacts));
  BOOST_TEST(contact.may_see(who::everyone));
  BOOST_TEST(!contact.may_see(who::nobody));
  BOOST_TEST(!stranger.may_see(who::contacts));
  BOOST_TEST(stranger.may_see(who::everyone));
  for (auto x : {who::contacts, who::everyone, who::nobody})
    BOOST_TEST(!blocked.may_see(x));
  BOOST_TEST(!contact.may_see(who{9})); // Of a later build.
}

BOOST_AUTO_TEST_CASE(who_is_blocked_is_not_watched) {
  acquaintance x{ada};
  x.watchers = 1;
  BOOST_TEST(x.watched());
  x.blocked = true;
  BOOST_TEST(!x.watched());
}

BOOST_AUTO_TEST_CASE(strangers_who_are_told_have_an_end) {
  for (uint64_t i = 0; i < limits::watchers_per_user; ++i) {
    BOOST_TEST(book.has_room_for_stranger());
    book.meet({9, i}).told = true;
  }
  BOOST_TEST(!book.has_room_for_stranger());
  book.meet({9, 0}).contact = true;
  BOOST_TEST(book.has_room_for_stranger());
}

BOOST_AUTO_TEST_SUITE_END()
