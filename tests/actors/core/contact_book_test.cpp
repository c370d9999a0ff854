#define BOOST_TEST_MODULE contact_book

#include "actors/core/contact_book.hpp"

#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

namespace {

using list = wire::contact_list;
using state = wire::contact_state;

constexpr time_us start = 1'700'000'000'000'000;
const user_id own = user_of("ada");

record::contact as_of(const std::string& name, uint64_t version, state how, time_us since = start) {
  return {user_of(name), name, version, how, since, how == state::asked ? "hi" : ""};
}

constexpr time_us after(std::chrono::microseconds x) {
  return start + x.count();
}

struct fixture {
  core::contact_book book;

  size_t forgotten(time_us now) {
    effect out;
    book.forget(own, now, out);
    return out.rows.size();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(contact_book_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_older_than_what_is_known_is_no_news) {
  BOOST_TEST(book.learn(as_of("bob", 3, state::contact)));
  BOOST_TEST(!book.learn(as_of("bob", 3, state::none)));
  BOOST_TEST(!book.learn(as_of("bob", 2, state::asked)));
  BOOST_TEST((book.find(user_of("bob"))->state == state::contact));
  BOOST_TEST(book.learn(as_of("bob", 4, state::none)));
  BOOST_TEST(!book.learn(as_of("bob", 3, state::contact))); // Late, and it stays out.
  BOOST_TEST(book.count(list::contacts) == 0u);
}

BOOST_AUTO_TEST_CASE(a_remark_outlasts_changes_but_not_the_contact) {
  BOOST_TEST(!book.remark(user_of("bob"), "from work"));
  book.learn(as_of("bob", 2, state::asked));
  BOOST_TEST(book.remark(user_of("bob"), "from work"));
  BOOST_TEST(book.learn(as_of("bob", 3, state::contact))->remark == "from work");
  book.learn(as_of("bob", 4, state::none));
  BOOST_TEST(!book.remark(user_of("bob"), "again"));
  BOOST_TEST(book.learn(as_of("bob", 5, state::asked))->remark == "");
}

BOOST_AUTO_TEST_CASE(pages_have_everybody_of_a_list_once) {
  for (int i = 0; i < 600; ++i)
    book.learn(as_of("user" + std::to_string(i), 2, i % 2 ? state::contact : state::asking));
  wire::list_contacts what{{}, 100, list::contacts};
  size_t seen = 0;
  while (true) {
    auto page = book.page(what);
    BOOST_TEST(page.total == 300u);
    for (auto& x : page.contacts) {
      BOOST_TEST((x.state == state::contact));
      BOOST_TEST((what.after < x.user));
      what.after = x.user;
      ++seen;
    }
    if (!page.more)
      break;
    BOOST_TEST(page.contacts.size() == 100u);
  }
  BOOST_TEST(seen == 300u);
}

BOOST_AUTO_TEST_CASE(a_page_has_an_end_in_bytes_too) {
  for (size_t i = 0; i < limits::page_rows; ++i) {
    auto long_one = as_of("user" + std::to_string(i), 2, state::asked);
    long_one.greeting.assign(limits::greeting_bytes, 'x');
    book.learn(long_one);
  }
  auto page = book.page({{}, 0, list::asked});
  BOOST_TEST(page.more);
  BOOST_TEST(page.contacts.size() < limits::page_rows);
  BOOST_TEST(page.contacts.size() > 100u);
}

BOOST_AUTO_TEST_CASE(who_is_blocked_stands_in_a_list_of_its_own) {
  auto bob = as_of("bob", 2, state::contact);
  bob.blocked = true;
  book.learn(bob);
  BOOST_TEST(book.page({{}, 0, list::blocked}).total == 1u);
  BOOST_TEST(book.page({{}, 0, list::contacts}).total == 1u);
  BOOST_TEST(book.page({{}, 0, list::asked}).total == 0u);
}

BOOST_AUTO_TEST_CASE(requests_end_when_their_time_is_over) {
  book.learn(as_of("bob", 2, state::asked));
  book.learn(as_of("eve", 2, state::asking, after(std::chrono::hours{1})));
  book.learn(as_of("kit", 2, state::contact));
  constexpr std::chrono::microseconds patience = limits::contact_request_for;
  BOOST_TEST(book.next_end().value() == after(patience));
  BOOST_TEST(book.expire(after(patience) - 1).empty());
  BOOST_TEST((book.expire(after(patience)) == std::vector{user_of("bob")}));
  BOOST_TEST((book.find(user_of("bob"))->state == state::none));
  BOOST_TEST(book.next_end().value() == after(patience + std::chrono::hours{1}));
}

BOOST_AUTO_TEST_CASE(what_says_nothing_is_forgotten_after_a_while) {
  book.learn(as_of("bob", 3, state::none));
  book.learn(as_of("kit", 3, state::contact));
  auto blocked = as_of("eve", 3, state::none);
  blocked.blocked = true;
  book.learn(blocked);
  BOOST_TEST(forgotten(start) == 0u);
  BOOST_TEST(forgotten(after(limits::contact_forgotten_after)) == 1u);
  BOOST_TEST(!book.find(user_of("bob")));
  BOOST_TEST(book.find(user_of("eve")));
  BOOST_TEST(book.find(user_of("kit")));
}

BOOST_AUTO_TEST_CASE(of_many_that_say_nothing_the_oldest_are_forgotten_at_once) {
  for (size_t i = 0; i <= limits::contacts_remembered; ++i)
    book.learn(as_of("user" + std::to_string(i), 3, state::none, start + static_cast<time_us>(i)));
  BOOST_TEST(forgotten(start) == 1u);
  BOOST_TEST(!book.find(user_of("user0")));
  BOOST_TEST(book.find(user_of("user1")));
}

BOOST_AUTO_TEST_SUITE_END()
