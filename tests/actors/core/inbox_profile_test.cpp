#define BOOST_TEST_MODULE inbox_profile

#include "tests/actors/core/devices_on_disk.hpp"

#include <algorithm>

using namespace parley;
using namespace parley::testing;

namespace {

struct fixture : devices_on_disk {
  /// Of the user who asks, over a connection of their own.
  wire::server_body ask_as(const std::string& who, record::role role,
                           const wire::client_body& what) {
    auto from = connection();
    auto asks = std::make_shared<const origin>(origin{from, user_of(who), {1}, role, who});
    auto bytes = wire::encode(wire::client_frame{++numbers, what});
    auto decoded = wire::decode_client(bytes);
    requests burst{asks, {}};
    burst.items.push_back({numbers, std::move(decoded->body), std::move(bytes)});
    step(inbox_event{std::move(burst)});
    BOOST_REQUIRE((answers.contains({from, numbers})));
    return wire::decode_server(answers[{from, numbers}])->body;
  }

  wire::server_body bob_asks(const wire::client_body& what) {
    return ask_as("bob", record::role::person, what);
  }

  wire::online_times times(session_id from) {
    return std::get<wire::online_times>(ask(from, wire::read_online_times{}));
  }

  void leave(session_id from) {
    in.erase(from);
    step(inbox_event{detach{from}});
  }

  void later(std::chrono::microseconds by) {
    now.steady += by;
    now.wall += by.count();
  }

  /// What a connection says on which nothing happens.
  void pulse_of(session_id from, device_id who) {
    step(inbox_event{pulse{std::make_shared<const origin>(origin{from, ada, who, {}, "ada"})}});
  }
};

constexpr auto hour = std::chrono::microseconds{std::chrono::hours{1}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inbox_profile_test, fixture)

// -- profiles -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(others_see_how_a_user_wants_to_be_shown) {
  auto from = come(phone);
  BOOST_TEST((code_of(ask(from, wire::set_profile{{"Ada L.", "pic"}})) == ec::none));
  restart();
  auto seen = std::get<wire::user_profile>(bob_asks(wire::ask_profile{"ada"}));
  BOOST_TEST((seen.user == ada));
  BOOST_TEST(seen.name == "ada");
  BOOST_TEST(seen.shown.display_name == "Ada L.");
  BOOST_TEST(seen.shown.avatar == "pic");
  BOOST_TEST(!seen.service);
}

BOOST_AUTO_TEST_CASE(a_profile_is_durable_when_that_is_answered) {
  auto from = come(phone);
  holds_commits = true;
  auto number = say(from, phone, wire::set_profile{{"Ada L."}});
  BOOST_TEST((!answers.contains({from, number})));
  step(committed{held, ec::none});
  BOOST_TEST((answers.contains({from, number})));
}

BOOST_AUTO_TEST_CASE(who_is_blocked_sees_no_profile) {
  effect what;
  record::contact bob{user_of("bob"), "bob"};
  bob.blocked = true;
  what.put(keys::contact(ada, bob.user), record::encode(bob));
  BOOST_REQUIRE(disk.write({&what, 1}).ok());
  restart();
  auto from = come(phone);
  ask(from, wire::set_profile{{"Ada L.", "pic"}});
  auto seen = std::get<wire::user_profile>(bob_asks(wire::ask_profile{"ada"}));
  BOOST_TEST(seen.name == "ada");
  BOOST_TEST(seen.shown.display_name == "");
  BOOST_TEST(seen.shown.avatar == "");
}

BOOST_AUTO_TEST_CASE(nobody_has_no_profile) {
  effect what;
  what.erase(keys::account(ada));
  BOOST_REQUIRE(disk.write({&what, 1}).ok());
  restart();
  BOOST_TEST((code_of(bob_asks(wire::ask_profile{"ada"})) == ec::unknown_user));
}

// -- online times -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_session_lasts_from_the_login_to_the_end) {
  auto start = now.wall;
  auto from = come(phone);
  later(2 * hour);
  leave(from);
  restart();
  later(hour);
  auto found = times(come(laptop)).sessions;
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST((found[0].device == phone));
  BOOST_TEST(found[0].start == start);
  BOOST_TEST(found[0].end == start + (2 * hour).count());
  BOOST_TEST(!found[0].online);
  BOOST_TEST((found[1].device == laptop));
  BOOST_TEST(found[1].start == now.wall);
  BOOST_TEST(found[1].online);
}

BOOST_AUTO_TEST_CASE(who_comes_back_at_once_was_there_all_the_time) {
  auto start = now.wall;
  leave(come(phone));
  later(limits::online_gap);
  auto from = come(phone);
  later(hour);
  auto found = times(from).sessions;
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].start == start);
  leave(from);
  later(limits::online_gap + std::chrono::microseconds{1});
  BOOST_TEST(times(come(phone)).sessions.size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_time_of_who_does_nothing_is_written_now_and_then) {
  auto start = now.wall;
  auto from = come(phone);
  later(limits::online_noted_every);
  pulse_of(from, phone);
  later(hour / 4);
  pulse_of(from, phone); // Too soon.
  restart();             // As after a crash: nobody left.
  later(hour);
  auto found = times(come(laptop)).sessions;
  BOOST_REQUIRE(found.size() == 2u);
  auto noted = std::chrono::microseconds{limits::online_noted_every}.count();
  BOOST_TEST(found[0].end == start + noted);
}

BOOST_AUTO_TEST_CASE(a_session_goes_on_with_the_next_life_of_the_inbox) {
  auto start = now.wall;
  auto from = come(phone);
  later(limits::online_noted_every);
  pulse_of(from, phone);
  later(hour / 4);
  begin();
  pulse_of(from, phone);
  auto found = times(from).sessions;
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].start == start);
  BOOST_TEST(found[0].online);
}

BOOST_AUTO_TEST_CASE(what_nobody_saw_does_not_count) {
  leave(come(phone));
  later(hour / 4);
  auto start = now.wall;
  auto from = come(phone);
  later(hour / 10); // Not noted yet.
  begin();
  pulse_of(from, phone);
  auto found = times(from).sessions;
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[1].start >= start);
}

BOOST_AUTO_TEST_CASE(a_session_ends_with_a_logout) {
  auto start = now.wall;
  auto from = come(phone);
  later(hour / 10);
  BOOST_TEST((code_of(ask(from, wire::logout{})) == ec::none));
  restart();
  auto found = times(come(laptop)).sessions;
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST((found[0].device == phone));
  BOOST_TEST(found[0].end == start + (hour / 10).count());
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_ahead_stops_nothing) {
  auto ahead = 24 * hour;
  now.wall += ahead.count();
  leave(come(phone));
  now.wall -= ahead.count();
  later(hour);
  auto start = now.wall;
  auto from = come(phone);
  later(limits::online_noted_every);
  pulse_of(from, phone);
  restart();
  auto found = times(come(laptop)).sessions;
  BOOST_TEST((std::any_of(found.begin(), found.end(),
                          [start](auto& x) { return x.start == start && x.end > start; })));
}

BOOST_AUTO_TEST_CASE(a_long_session_takes_no_place_of_a_later_one) {
  auto desk = come(laptop);
  for (size_t i = 0; i < limits::online_sessions_kept; ++i) {
    leave(come(phone));
    later(limits::online_gap * 2);
  }
  auto last = now.wall;
  auto from = come(phone);
  later(hour);
  pulse_of(desk, laptop); // Is noted, over and over.
  leave(from);
  auto found = times(come(old_phone)).sessions;
  BOOST_TEST((std::any_of(found.begin(), found.end(),
                          [last](auto& x) { return x.device == phone && x.start == last; })));
}

BOOST_AUTO_TEST_CASE(the_last_sessions_are_kept) {
  for (size_t i = 0; i < limits::online_sessions_kept + 3; ++i) {
    leave(come(phone));
    later(hour);
  }
  auto found = times(come(laptop)).sessions;
  BOOST_TEST(found.size() == limits::online_sessions_kept + 1);
}

BOOST_AUTO_TEST_CASE(only_oneself_and_services_see_when_somebody_was_online) {
  come(phone);
  wire::read_online_times what{"ada"};
  BOOST_TEST((code_of(bob_asks(what)) == ec::forbidden));
  auto seen = ask_as("clerk", record::role::service, what);
  BOOST_TEST(std::get<wire::online_times>(seen).sessions.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
