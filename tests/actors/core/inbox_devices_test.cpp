#define BOOST_TEST_MODULE inbox_devices

#include "tests/actors/core/devices_on_disk.hpp"

#include <algorithm>
#include <string>

using namespace parley;
using namespace parley::testing;

using kind = wire::device_kind;

namespace {

constexpr auto day = std::chrono::microseconds{std::chrono::hours{24}};

struct fixture : devices_on_disk {
  /// Used last first; valid until the next question.
  std::vector<wire::device> list(session_id from) {
    return std::get<wire::devices>(ask(from, wire::list_devices{})).all;
  }

  std::vector<device_id> ids(session_id from) {
    std::vector<device_id> result;
    for (auto& x : list(from))
      result.push_back(x.id);
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inbox_devices_test, fixture)

// -- the list -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_list_says_what_each_device_is_and_which_one_asks) {
  auto here = come(laptop);
  auto all = list(here);
  BOOST_REQUIRE(all.size() == 3u);
  BOOST_TEST((all[0].id == laptop));
  BOOST_TEST((all[0].kind == kind::desktop));
  BOOST_TEST(all[0].label == "label 9");
  BOOST_TEST(all[0].online);
  BOOST_TEST(all[0].current);
  BOOST_TEST(!all[1].online);
  BOOST_TEST(!all[1].current);
  BOOST_TEST(all[1].expires == 0);
}

BOOST_AUTO_TEST_CASE(used_last_comes_first_and_that_outlives_the_inbox) {
  auto here = come(laptop);
  now.wall += 1000;
  auto there = come(old_phone);
  now.wall += 1000;
  step(inbox_event{detach{there}});
  now.wall += 1000;
  step(inbox_event{detach{here}});
  restart();
  here = come(phone);
  BOOST_TEST((ids(here) == std::vector{phone, laptop, old_phone}));
  BOOST_TEST(list(here)[2].last_used == now.wall - 1000);
}

BOOST_AUTO_TEST_CASE(a_login_may_say_what_the_device_is) {
  auto here = connection();
  BOOST_TEST((log_in(here, laptop, kind::web, "kiosk") == ec::none));
  step(inbox_event{detach{here}});
  restart();
  here = come(laptop); // Without a word: as it was.
  BOOST_TEST((list(here)[0].kind == kind::web));
  BOOST_TEST(list(here)[0].label == "kiosk");
}

BOOST_AUTO_TEST_CASE(a_password_makes_a_device_that_is_what_it_says) {
  auto here = connection();
  ask(here, wire::login{"ada", "password", {}, {}, kind::bot, "cellar"});
  BOOST_REQUIRE(list(here).size() == 4u);
  BOOST_TEST((list(here)[0].kind == kind::bot));
  BOOST_TEST(list(here)[0].label == "cellar");
  BOOST_TEST(list(here)[0].created == now.wall);
}

// -- logging out --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(who_is_logged_out_is_told_and_never_comes_back) {
  auto here = come(laptop);
  auto there = come(phone);
  BOOST_TEST((code_of(ask(here, wire::revoke{{phone.value}})) == ec::none));
  BOOST_TEST((closed[there] == ec::revoked));
  BOOST_TEST((log_in(connection(), phone) == ec::wrong_credentials));
  restart();
  BOOST_TEST((log_in(connection(), phone) == ec::wrong_credentials));
  here = come(laptop);
  BOOST_TEST(list(here).size() == 2u);
}

BOOST_AUTO_TEST_CASE(nobody_is_disconnected_before_that_is_durable) {
  auto here = come(laptop);
  auto there = come(phone);
  holds_commits = true;
  say(here, laptop, wire::revoke{{phone.value}});
  auto late = connection();
  auto number = say(late, {}, wire::login{"ada", {}, token_of(phone)});
  BOOST_TEST(!closed.contains(there));
  holds_commits = false;
  step(committed{held, ec::none});
  BOOST_TEST((closed[there] == ec::revoked));
  BOOST_TEST((code_of(wire::decode_server(answers[{late, number}])->body)
              == ec::wrong_credentials)); // It counted at once.
}

BOOST_AUTO_TEST_CASE(all_others_are_logged_out_at_once) {
  auto here = come(laptop);
  auto there = come(phone);
  ask(here, wire::revoke{{}, true});
  BOOST_TEST((closed[there] == ec::revoked));
  BOOST_TEST((ids(here) == std::vector{laptop}));
}

BOOST_AUTO_TEST_CASE(to_log_out_what_is_not_there_is_no_error) {
  auto here = come(laptop);
  BOOST_TEST((code_of(ask(here, wire::revoke{{77}})) == ec::none));
  BOOST_TEST(list(here).size() == 3u);
}

BOOST_AUTO_TEST_CASE(one_may_log_oneself_out) {
  auto here = come(laptop);
  BOOST_TEST((code_of(ask(here, wire::revoke{{laptop.value}})) == ec::none));
  BOOST_TEST((closed[here] == ec::revoked));
}

BOOST_AUTO_TEST_CASE(a_new_password_logs_all_others_out) {
  auto here = come(laptop);
  auto there = come(phone);
  BOOST_TEST((code_of(ask(here, wire::change_password{"password", "another"})) == ec::none));
  BOOST_TEST((closed[there] == ec::revoked));
  BOOST_TEST(!closed.contains(here));
  BOOST_TEST((ids(here) == std::vector{laptop}));
}

// -- more than one of a kind ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(by_default_devices_of_a_kind_do_not_mind_each_other) {
  come(phone);
  come(old_phone);
  BOOST_TEST(closed.empty());
}

BOOST_AUTO_TEST_CASE(who_was_there_makes_place_and_is_told_why) {
  logins.second[size_t(kind::mobile)] = second_login::replace_oldest;
  restart();
  auto other = come(laptop);
  auto first = come(old_phone);
  auto second = come(phone);
  BOOST_TEST((closed[first] == ec::displaced));
  BOOST_TEST(!closed.contains(second));
  BOOST_TEST(!closed.contains(other));                       // Of another kind.
  BOOST_TEST((log_in(connection(), old_phone) == ec::none)); // Its token is good.
  BOOST_TEST((closed[second] == ec::displaced));
}

BOOST_AUTO_TEST_CASE(who_comes_second_is_refused_until_the_first_goes) {
  logins.second[size_t(kind::mobile)] = second_login::reject;
  restart();
  auto first = come(old_phone);
  BOOST_TEST((log_in(connection(), phone) == ec::kind_online));
  BOOST_TEST((code_of(ask(connection(), wire::login{"ada", "password", {}, {}, kind::mobile}))
              == ec::kind_online));
  BOOST_TEST(list(first).size() == 3u); // No device was made for that.
  step(inbox_event{detach{first}});
  BOOST_TEST((log_in(connection(), phone) == ec::none));
}

BOOST_AUTO_TEST_CASE(who_is_refused_stays_what_it_was) {
  logins.second[size_t(kind::mobile)] = second_login::reject;
  restart();
  auto here = come(phone);
  BOOST_TEST((log_in(connection(), laptop, kind::mobile, "pocket") == ec::kind_online));
  step(inbox_event{detach{here}});
  here = come(laptop);
  BOOST_TEST((list(here)[0].kind == kind::desktop));
  BOOST_TEST(list(here)[0].label == "label 9");
}

BOOST_AUTO_TEST_CASE(what_a_device_says_of_itself_is_kept_at_once) {
  auto from = connection();
  BOOST_TEST((log_in(from, laptop, kind::web, "kiosk") == ec::none));
  restart();
  auto here = come(phone);
  auto all = list(here);
  auto at = std::find_if(all.begin(), all.end(), [](auto& x) { return x.id == laptop; });
  BOOST_REQUIRE((at != all.end()));
  BOOST_TEST((at->kind == kind::web));
  BOOST_TEST(at->label == "kiosk");
}

BOOST_AUTO_TEST_CASE(who_was_there_before_another_node_led_makes_place_too) {
  for (auto policy : {second_login::replace_oldest, second_login::reject}) {
    logins.second[size_t(kind::mobile)] = policy;
    restart();
    auto first = come(phone);
    begin();
    auto second = come(old_phone);
    step(inbox_event{pulse{std::make_shared<const origin>(origin{first, ada, phone, {}, "ada"})}});
    BOOST_TEST((closed[first] == ec::displaced));
    BOOST_TEST(!closed.contains(second));
  }
}

BOOST_AUTO_TEST_CASE(a_device_is_no_rival_of_its_own_last_connection) {
  for (auto policy : {second_login::replace_oldest, second_login::reject}) {
    logins.second[size_t(kind::mobile)] = policy;
    restart();
    auto first = come(phone);
    come(phone);
    BOOST_TEST((closed[first] == ec::replaced));
  }
}

BOOST_AUTO_TEST_CASE(two_that_log_in_at_the_same_time_do_not_both_come_in) {
  logins.second[size_t(kind::mobile)] = second_login::reject;
  restart();
  holds_commits = true;
  auto one = connection();
  auto other = connection();
  auto of_one = say(one, {}, wire::login{"ada", "password", {}, {}, kind::mobile});
  auto of_other = say(other, {}, wire::login{"ada", "password", {}, {}, kind::mobile});
  holds_commits = false;
  step(committed{held, ec::none});
  BOOST_REQUIRE((answers.contains({one, of_one})));
  BOOST_REQUIRE((answers.contains({other, of_other})));
  BOOST_TEST(in.size() == 1u);
}

BOOST_AUTO_TEST_CASE(of_devices_that_say_nothing_there_may_be_any_number) {
  logins.second.fill(second_login::reject);
  restart();
  auto here = connection();
  ask(here, wire::login{"ada", "password", {}, {}});
  ask(connection(), wire::login{"ada", "password", {}, {}});
  BOOST_TEST(in.size() == 2u);
}

// -- tokens that end ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_token_that_was_not_used_for_long_is_worth_nothing) {
  logins.token_life = 90 * day;
  restart();
  now.wall += (90 * day).count();
  auto here = come(phone);
  BOOST_TEST(list(here)[0].expires == now.wall + (90 * day).count());
  now.wall += 1;
  BOOST_TEST((log_in(connection(), laptop) == ec::token_expired));
  BOOST_TEST((log_in(connection(), laptop) == ec::token_expired));
  now.wall -= 1; // Or a clock was wrong.
  BOOST_TEST((log_in(connection(), laptop) == ec::none));
}

BOOST_AUTO_TEST_CASE(tokens_of_services_do_not_end) {
  logins.token_life = 90 * day;
  record::account service{"ada", record::role::service, {}, {}, 0};
  service.devices.push_back({phone, hash_token(token_of(phone)), 1});
  service.devices.push_back({laptop, hash_token(token_of(laptop)), 0});
  effect what;
  what.put(keys::account(ada), record::encode(service));
  BOOST_REQUIRE(disk.write({&what, 1}).ok());
  restart();
  BOOST_TEST((log_in(connection(), phone) == ec::none));
  BOOST_TEST((log_in(connection(), laptop) == ec::none));
}

BOOST_AUTO_TEST_CASE(a_device_that_was_online_all_the_time_was_used) {
  logins.token_life = 90 * day;
  restart();
  auto here = come(phone);
  for (int i = 0; i < 100; ++i) {
    now.wall += day.count();
    now.steady += day;
    step(inbox_event{tick{}});
  }
  step(inbox_event{detach{here}});
  restart();
  BOOST_TEST((log_in(connection(), phone) == ec::none));
  BOOST_TEST((log_in(connection(), laptop) == ec::token_expired));
}

// -- external identity ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(whom_the_node_believes_gets_a_device_and_its_token) {
  wire::login by_jwt{"ada", {}, {}, {}, kind::web, "kiosk", "a.b.c"};
  auto from = connection();
  auto body = ask(from, by_jwt);
  auto session = std::get_if<wire::session>(&body);
  BOOST_REQUIRE(session != nullptr);
  BOOST_TEST(!session->token.empty());
  BOOST_TEST(list(from)[0].label == "kiosk");
  believes = false;
  BOOST_TEST((code_of(ask(connection(), by_jwt)) == ec::wrong_credentials));
}

BOOST_AUTO_TEST_CASE(whom_the_node_believes_needs_no_account) {
  effect what;
  what.erase(keys::account(ada));
  BOOST_REQUIRE(disk.write({&what, 1}).ok());
  restart();
  wire::login by_jwt{"ada", {}, {}, {}, kind::web, {}, "a.b.c"};
  believes = false;
  BOOST_TEST((code_of(ask(connection(), by_jwt)) == ec::wrong_credentials));
  believes = true;
  BOOST_TEST((code_of(ask(connection(), by_jwt)) == ec::none));
  restart();
  auto from = connection();
  BOOST_TEST((code_of(ask(from, by_jwt)) == ec::none));
  BOOST_TEST(list(from).size() == 2u);
}

BOOST_AUTO_TEST_CASE(nobody_outside_is_believed_to_be_a_service) {
  effect what;
  what.put(keys::account(ada),
           record::encode(record::account{"ada", record::role::service, {}, {}, 1}));
  BOOST_REQUIRE(disk.write({&what, 1}).ok());
  restart();
  wire::login by_jwt{"ada", {}, {}, {}, kind::web, {}, "a.b.c"};
  BOOST_TEST((code_of(ask(connection(), by_jwt)) == ec::wrong_credentials));
}

BOOST_AUTO_TEST_SUITE_END()
