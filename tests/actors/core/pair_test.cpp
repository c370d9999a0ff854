#define BOOST_TEST_MODULE pair

#include "actors/core/pair.hpp"

#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace parley;

namespace {

using change = wire::contact_change;
using state = wire::contact_state;
using side = core::pair::side;

constexpr auto ada = side::lower;
constexpr auto bob = side::higher;

struct fixture {
  core::pair between;
  time_us now = 1'700'000'000'000'000;

  core::pair::outcome does(side who, change what, std::string_view greeting = {}) {
    return between.change(who, what, greeting, ++now);
  }

  void wait(std::chrono::microseconds x) {
    now += x.count();
  }

  state of(side who) const {
    return between.as_seen_by(who).state;
  }

  bool is(state for_ada, state for_bob) const {
    return of(ada) == for_ada && of(bob) == for_bob;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pair_test, fixture)

BOOST_AUTO_TEST_CASE(who_was_asked_accepts_and_hears_the_greeting) {
  BOOST_TEST(does(ada, change::request, "hi").changed);
  BOOST_TEST(is(state::asking, state::asked));
  BOOST_TEST(between.as_seen_by(bob).greeting == "hi");
  auto done = does(bob, change::accept);
  BOOST_TEST(done.befriended);
  BOOST_REQUIRE(done.hellos.size() == 1u);
  BOOST_TEST((done.hellos[0].from == ada));
  BOOST_TEST(done.hellos[0].greeting == "hi");
  BOOST_TEST(is(state::contact, state::contact));
}

BOOST_AUTO_TEST_CASE(both_who_ask_are_contacts_and_both_are_heard) {
  does(bob, change::request, "from bob");
  auto done = does(ada, change::request, "from ada");
  BOOST_TEST(done.befriended);
  BOOST_REQUIRE(done.hellos.size() == 2u);
  BOOST_TEST(done.hellos[0].greeting == "from bob");
  BOOST_TEST(done.hellos[1].greeting == "from ada");
  BOOST_TEST(is(state::contact, state::contact));
}

BOOST_AUTO_TEST_CASE(a_hello_is_told_once) {
  does(ada, change::request, "hi");
  does(bob, change::accept);
  BOOST_TEST(!does(bob, change::accept).befriended);
  does(bob, change::remove);
  does(bob, change::request);
  BOOST_TEST(does(ada, change::accept).hellos.empty());
}

BOOST_AUTO_TEST_CASE(of_accept_and_withdraw_the_first_one_counts) {
  does(ada, change::request);
  does(ada, change::withdraw);
  BOOST_TEST((does(bob, change::accept).code == ec::no_request));
  BOOST_TEST(is(state::none, state::none));
  does(ada, change::request);
  does(bob, change::accept);
  BOOST_TEST((does(ada, change::withdraw).code == ec::no_request));
  BOOST_TEST((does(bob, change::reject).code == ec::no_request));
  BOOST_TEST(is(state::contact, state::contact));
}

BOOST_AUTO_TEST_CASE(a_request_is_over_some_day_and_may_be_made_anew) {
  does(ada, change::request, "hi");
  wait(limits::contact_request_for);
  BOOST_TEST((does(bob, change::accept).code == ec::no_request));
  BOOST_TEST(does(ada, change::request, "again").changed);
  BOOST_TEST(does(bob, change::accept).hellos.at(0).greeting == "again");
}

BOOST_AUTO_TEST_CASE(a_block_ends_requests_and_lets_none_be_made) {
  does(ada, change::request);
  BOOST_TEST(does(bob, change::block).changed);
  BOOST_TEST(is(state::none, state::none));
  BOOST_TEST((does(ada, change::request).code == ec::blocked));
  BOOST_TEST((does(bob, change::request).code == ec::blocked));
  BOOST_TEST((does(bob, change::accept).code == ec::no_request));
  BOOST_TEST(between.as_seen_by(bob).blocked);
  BOOST_TEST(!between.as_seen_by(ada).blocked);
  does(bob, change::unblock);
  BOOST_TEST(does(ada, change::request).changed);
}

BOOST_AUTO_TEST_CASE(who_blocks_only_lifts_the_own_block) {
  does(ada, change::block);
  does(bob, change::block);
  does(ada, change::unblock);
  BOOST_TEST(between.blocked());
  does(bob, change::unblock);
  BOOST_TEST(!between.blocked());
}

BOOST_AUTO_TEST_CASE(contacts_stay_contacts_behind_a_block) {
  does(ada, change::request);
  does(bob, change::accept);
  auto since = between.as_seen_by(ada).since;
  does(ada, change::block);
  does(ada, change::unblock);
  BOOST_TEST(is(state::contact, state::contact));
  BOOST_TEST(between.as_seen_by(ada).since == since);
}

BOOST_AUTO_TEST_CASE(a_repeat_changes_nothing_and_is_no_error) {
  for (auto [who, what] : {std::pair{ada, change::withdraw}, std::pair{ada, change::reject},
                           std::pair{ada, change::remove}, std::pair{ada, change::unblock},
                           std::pair{ada, change::request}, std::pair{bob, change::accept},
                           std::pair{ada, change::remove}, std::pair{ada, change::block}}) {
    does(who, what);
    auto before = between.state();
    auto again = does(who, what);
    BOOST_TEST((again.code == ec::none));
    BOOST_TEST(!again.changed);
    BOOST_TEST((between.state() == before));
  }
}

BOOST_AUTO_TEST_CASE(whatever_both_do_each_sees_the_other_side_of_one_state) {
  std::mt19937 dice{1};
  for (int i = 0; i < 100'000; ++i) {
    auto before = between.state();
    auto done = does(dice() % 2 ? ada : bob, static_cast<change>(dice() % 7), "hi");
    BOOST_REQUIRE(done.changed == (before.version != between.state().version));
    BOOST_REQUIRE(between.state().version >= before.version);
    BOOST_REQUIRE((is(state::none, state::none) || is(state::asking, state::asked)
                   || is(state::asked, state::asking) || is(state::contact, state::contact)));
    BOOST_REQUIRE(between.as_seen_by(ada).since == between.as_seen_by(bob).since);
    BOOST_REQUIRE(done.befriended == (done.changed && between.contacts() && !before.contacts));
    BOOST_REQUIRE((!between.blocked() || of(ada) == state::none || of(ada) == state::contact));
    if (dice() % 100 == 0)
      wait(limits::contact_request_for);
  }
}

BOOST_AUTO_TEST_SUITE_END()
