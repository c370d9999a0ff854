#define BOOST_TEST_MODULE account

#include "schema/limits.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

// Who may come in, under which name, with what; and what is refused to whom
// once inside.

using namespace parley;
using namespace parley::testing;

namespace {

struct one_node {
  node_process node;

  raw_client greeted() {
    raw_client result{node.port()};
    result.hello();
    return result;
  }

  /// The words of the refusal that a login with these gets.
  std::pair<ec, std::string> login_refusal(const std::string& name,
                                           const std::string& with_password,
                                           const std::string& token) {
    auto who = greeted();
    auto x = who.ask<wire::error>(wire::login{name, with_password, token, {}});
    return {x->code, std::string{x->text}};
  }

  ec register_refusal(const std::string& name, const std::string& with_password) {
    return greeted().refusal(wire::register_account{name, with_password});
  }
};

const conversation_id nowhere{1, 2};

wire::send text_to(const std::string& who, std::string_view body, uint64_t counter = 1) {
  return {{}, who, counter, 0, {{}, body}};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(account_test, one_node)

// -- names and passwords ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_name_is_1_to_64_of_few_characters) {
  for (auto name : {"", "with blank", "umlaut\xc3\xa4", "a/b", "a@b", "new\nline"}) {
    BOOST_TEST(register_refusal(name, password) == ec::bad_name);
    BOOST_TEST(login_refusal(name, password, {}).first == ec::wrong_credentials);
  }
  BOOST_TEST(register_refusal(std::string(65, 'a'), password) == ec::bad_name);
  BOOST_TEST(register_refusal(std::string("nul\0byte", 8), password) == ec::bad_name);
  BOOST_TEST(register_refusal(std::string(64, 'a'), password) == ec::none);
  BOOST_TEST(register_refusal("a.B_c-9", password) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_password_has_8_to_256_bytes) {
  for (auto size : {0, 7, 257, 10'000})
    BOOST_TEST(register_refusal("ada", std::string(static_cast<size_t>(size), 'x'))
               == ec::bad_password);
  BOOST_TEST(register_refusal("ada", std::string(8, 'x')) == ec::none);
  BOOST_TEST(register_refusal("bob", std::string(256, 'x')) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_login_may_come_in_one_packet_with_its_registration) {
  auto who = greeted();
  auto registration =
    wire::encode(wire::client_frame{101, wire::register_account{"ada", password}});
  auto login = wire::encode(wire::client_frame{102, wire::login{"ada", password, {}, {}}});
  std::string packet{registration.bytes()};
  packet += login.bytes();
  who.write(packet);
  who.answer_as<wire::done>(101);
  BOOST_TEST(!who.answer_as<wire::session>(102)->token.empty());
  auto second = greeted();
  packet.replace(
    0, registration.size_bytes(),
    wire::encode(wire::client_frame{101, wire::register_account{"bob", "short"}}).bytes());
  second.write(packet);
  BOOST_TEST(second.refusal_of(101) == ec::bad_password);
  BOOST_TEST(!second.answer_as<wire::session>(102)->token.empty());
}

BOOST_AUTO_TEST_CASE(a_taken_name_is_refused_in_any_case_and_after_a_restart) {
  register_person(node, "ada");
  BOOST_TEST(register_refusal("ada", "another one") == ec::name_taken);
  BOOST_TEST(register_refusal("ADA", "another one") == ec::name_taken);
  BOOST_TEST(register_refusal("service", "another one") == ec::name_taken);
  node.kill();
  node.start();
  BOOST_TEST(register_refusal("Ada", "another one") == ec::name_taken);
  BOOST_TEST(device(node, "aDa").text_stored("ada", "it is me").seq == 1);
}

BOOST_AUTO_TEST_CASE(one_of_many_who_want_a_name_at_once_gets_it) {
  std::vector<raw_client> crowd;
  for (int i = 0; i < 8; ++i)
    crowd.push_back(greeted());
  for (int i = 0; i < 8; ++i)
    crowd[static_cast<size_t>(i)].say(
      99, wire::register_account{"ada", "password " + std::to_string(i)});
  int made = 0;
  for (auto& who : crowd) {
    auto code = who.refusal_of(99);
    made += code == ec::none;
    BOOST_TEST((code == ec::none || code == ec::name_taken || code == ec::overloaded));
  }
  BOOST_TEST(made == 1);
  int let_in = 0;
  for (int i = 0; i < 8; ++i)
    let_in +=
      greeted().refusal(wire::login{"ada", "password " + std::to_string(i), {}, {}}) == ec::none;
  BOOST_TEST(let_in == 1);
}

BOOST_AUTO_TEST_CASE(whatever_is_wrong_with_a_login_is_answered_alike) {
  register_person(node, "ada");
  device ada{node, "ada"};
  auto expected = login_refusal("ada", "wrong password", {});
  BOOST_TEST(expected.first == ec::wrong_credentials);
  BOOST_TEST((login_refusal("nobody", "wrong password", {}) == expected));
  BOOST_TEST((login_refusal("ada", {}, {}) == expected));
  BOOST_TEST((login_refusal("ada", {}, std::string(32, 'x')) == expected));
  BOOST_TEST((login_refusal("ada", {}, ada.token().substr(1)) == expected));
  BOOST_TEST((login_refusal("ada", {}, ada.token() + "x") == expected));
  BOOST_TEST((login_refusal("nobody", {}, ada.token()) == expected));
  BOOST_TEST((login_refusal("service", password, {}) == expected));
  BOOST_TEST((login_refusal("ada", std::string(4000, 'x'), {}) == expected));
}

BOOST_AUTO_TEST_CASE(a_refused_login_may_be_tried_again_on_the_connection) {
  register_person(node, "ada");
  auto who = greeted();
  BOOST_TEST(who.refusal(wire::login{"ada", "wrong password", {}, {}}) == ec::wrong_credentials);
  BOOST_TEST(who.refusal(wire::list_conversations{{}, 0}) == ec::login_first);
  who.ask<wire::session>(wire::login{"ada", password, {}, {}});
  who.ask<wire::conversations_page>(wire::list_conversations{{}, 0});
}

BOOST_AUTO_TEST_CASE(a_password_makes_a_new_device_and_a_token_brings_it_back) {
  register_person(node, "ada");
  device first{node, "ada"};
  device second{node, "ada"};
  BOOST_TEST(first.token().size() == limits::token_bytes);
  BOOST_TEST((first.id() != second.id()));
  BOOST_TEST((first.user() == second.user()));
  node.kill();
  node.start();
  BOOST_TEST((device(node, "ada", first.token()).id() == first.id()));
  BOOST_TEST((device(node, "ada", second.token()).id() == second.id()));
}

BOOST_AUTO_TEST_CASE(the_seventeenth_device_takes_the_place_of_the_one_longest_gone) {
  auto ada = import_person(node, "ada");
  device service{node, "service", node.service_token()};
  std::vector<device> devices;
  for (size_t i = 1; i < limits::devices_per_user; ++i) {
    auto made = service.ask<wire::session>(wire::import_account{"ada"});
    devices.emplace_back(node, "ada", std::string{made->token});
  }
  BOOST_TEST(service.refusal(wire::import_account{"ada"}) == ec::too_many_devices);
  auto gone = devices[3].token();
  devices.erase(devices.begin() + 3);
  ec code = ec::too_many_devices; // Until the node knows that it is gone.
  wait_until("there is room", [&] {
    code = service.refusal(wire::import_account{"ada"});
    return code != ec::too_many_devices;
  });
  BOOST_TEST(code == ec::none);
  BOOST_TEST(login_refusal("ada", {}, gone).first == ec::wrong_credentials);
  BOOST_TEST((device(node, "ada", devices[3].token()).id() == devices[3].id()));
}

// -- revoking -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(logout_revokes_the_token_of_this_device_only) {
  register_person(node, "ada");
  device first{node, "ada"};
  device second{node, "ada"};
  first.ask<wire::done>(wire::logout{});
  first.closed();
  BOOST_TEST(login_refusal("ada", {}, first.token()).first == ec::wrong_credentials);
  second.text_stored("ada", "still here");
  node.kill();
  node.start();
  BOOST_TEST(login_refusal("ada", {}, first.token()).first == ec::wrong_credentials);
  second.reconnect(node);
}

BOOST_AUTO_TEST_CASE(another_password_closes_the_other_devices_and_revokes_their_tokens) {
  register_person(node, "ada");
  device here{node, "ada"};
  device online{node, "ada"};
  std::string offline = device{node, "ada"}.token();
  BOOST_TEST(here.refusal(wire::change_password{"wrong password", "battery staple"})
             == ec::wrong_credentials);
  BOOST_TEST(here.refusal(wire::change_password{password, "short"}) == ec::bad_password);
  online.settle();
  here.ask<wire::done>(wire::change_password{password, "battery staple"});
  BOOST_TEST(online.closed() == ec::revoked);
  node.kill();
  node.start();
  BOOST_TEST(login_refusal("ada", {}, online.token()).first == ec::wrong_credentials);
  BOOST_TEST(login_refusal("ada", {}, offline).first == ec::wrong_credentials);
  BOOST_TEST(login_refusal("ada", password, {}).first == ec::wrong_credentials);
  BOOST_TEST(greeted().refusal(wire::login{"ada", "battery staple", {}, {}}) == ec::none);
  here.reconnect(node);
}

// -- the service account --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_service_token_is_its_owners_only_and_outlives_restarts) {
  struct stat info {};
  BOOST_REQUIRE(::stat((node.data_dir() / "service.token").c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0600u);
  auto token = node.service_token();
  BOOST_TEST(token.size() == limits::token_bytes);
  node.kill();
  node.start();
  BOOST_TEST((node.service_token() == token));
  device service{node, "service", token};
}

BOOST_AUTO_TEST_CASE(an_imported_account_has_a_token_and_no_password) {
  auto ada = import_person(node, "ada");
  BOOST_TEST(login_refusal("ada", password, {}).first == ec::wrong_credentials);
  BOOST_TEST(login_refusal("ada", "none", {}).first == ec::wrong_credentials);
  BOOST_TEST(register_refusal("ada", password) == ec::name_taken);
  auto again = import_person(node, "ada"); // A fresh token; the old one stays good.
  BOOST_TEST((again.user() == ada.user()));
  BOOST_TEST((again.id() != ada.id()));
  ada.reconnect(node);
}

BOOST_AUTO_TEST_CASE(nobody_but_the_service_imports_and_not_over_people) {
  register_person(node, "ada");
  device ada{node, "ada"};
  BOOST_TEST(ada.refusal(wire::import_account{"bob"}) == ec::forbidden);
  BOOST_TEST(ada.refusal(wire::import_account{"ada"}) == ec::forbidden);
  device service{node, "service", node.service_token()};
  BOOST_TEST(service.refusal(wire::import_account{"ada"}) == ec::name_taken);
  BOOST_TEST(service.refusal(wire::import_account{"service"}) == ec::name_taken);
  BOOST_TEST(service.refusal(wire::import_account{"no name"}) == ec::bad_name);
  BOOST_TEST(register_refusal("bob", password) == ec::none);
}

// -- texts ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_text_is_utf8_and_not_empty_and_of_limited_size) {
  auto ada = import_person(node, "ada");
  BOOST_TEST(ada.refusal(text_to("ada", "")) == ec::bad_text);
  for (auto bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "cut \xe2\x82"})
    BOOST_TEST(ada.refusal(text_to("ada", bad)) == ec::bad_text);
  BOOST_TEST(ada.refusal(text_to("ada", std::string(limits::text_bytes + 1, 'x')))
             == ec::too_large);
  BOOST_TEST(ada.refusal(text_to("ada", "x", 0)) == ec::malformed);
  wire::send custom{{}, "ada", 1, 0, {std::string_view{"kind"}, "\xff\x00"}};
  std::string longest(limits::text_bytes, 'x');
  BOOST_TEST(ada.refusal(text_to("ada", longest)) == ec::none);
  custom.counter = 2;
  BOOST_TEST(ada.refusal(custom) == ec::none);
  std::string long_kind(limits::kind_bytes + 1, 'k');
  custom.counter = 3;
  custom.content.kind = long_kind;
  BOOST_TEST(ada.refusal(custom) == ec::too_large);
  custom.content.kind = "\xff";
  BOOST_TEST(ada.refusal(custom) == ec::bad_text);
  auto stored = ada.history(ada.with("ada"));
  BOOST_REQUIRE(stored.size() == 2u);
  BOOST_TEST(text_of(*stored[0]) == longest);
}

BOOST_AUTO_TEST_CASE(what_does_not_exist_is_told_apart) {
  auto ada = import_person(node, "ada");
  BOOST_TEST(ada.refusal(text_to("nobody", "hi")) == ec::unknown_user);
  BOOST_TEST(ada.refusal(text_to("no name", "hi")) == ec::bad_name);
  BOOST_TEST(ada.refusal(wire::send{nowhere, {}, 1, 0, {{}, "hi"}}) == ec::unknown_conversation);
  BOOST_TEST(ada.refusal(wire::read_history{nowhere, 1, 0, 0}) == ec::unknown_conversation);
  BOOST_TEST(ada.refusal(wire::list_members{nowhere, {}, 0}) == ec::unknown_conversation);
  BOOST_TEST(ada.refusal(wire::read{{nowhere, 1}}) == ec::unknown_conversation);
  BOOST_TEST(ada.refusal(wire::join{nowhere}) == ec::unknown_conversation);
  BOOST_TEST(ada.refusal(wire::leave{nowhere}) == ec::unknown_conversation);
  BOOST_TEST(ada.refusal(wire::invite{nowhere, {"ada"}}) == ec::unknown_conversation);
  BOOST_TEST(ada.refusal(wire::kick{nowhere, {"ada"}}) == ec::unknown_conversation);
}

// -- rooms ------------------------------------------------------------------------------

struct a_room : one_node {
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");
  device eve = import_person(node, "eve");
  conversation_id closed = make("closed", false);
  conversation_id open = make("open", true);

  conversation_id make(const char* title, bool is_open) {
    return ada.ask<wire::change>(wire::create_room{random_nonce(), title, {"bob"}, is_open})->room;
  }

  static uint64_t random_nonce() {
    static uint64_t next = 0;
    return ++next;
  }
};

BOOST_FIXTURE_TEST_CASE(who_is_no_member_is_told_nothing, a_room) {
  BOOST_TEST(eve.refusal(wire::send{closed, {}, 1, 0, {{}, "hi"}}) == ec::not_member);
  BOOST_TEST(eve.refusal(wire::read_history{closed, 1, 0, 0}) == ec::not_member);
  BOOST_TEST(eve.refusal(wire::list_members{closed, {}, 0}) == ec::not_member);
  BOOST_TEST(eve.refusal(wire::invite{closed, {"eve"}}) == ec::not_member);
  BOOST_TEST(eve.refusal(wire::kick{closed, {"ada"}}) == ec::not_member);
  BOOST_TEST(eve.refusal(wire::join{closed}) == ec::forbidden);
  BOOST_TEST(eve.refusal(wire::read{{closed, 1}}) == ec::unknown_conversation);
  BOOST_TEST(ada.history(closed).size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(the_id_of_a_chat_of_others_opens_nothing, a_room) {
  ada.text_stored("bob", "between us");
  auto theirs = ada.with("bob");
  BOOST_TEST(eve.refusal(wire::send{theirs, {}, 1, 0, {{}, "hi"}}) == ec::not_member);
  BOOST_TEST(eve.refusal(wire::read_history{theirs, 1, 0, 0}) == ec::not_member);
  BOOST_TEST(eve.refusal(wire::join{theirs}) == ec::forbidden);
  BOOST_TEST(eve.refusal(wire::list_members{theirs, {}, 0}) == ec::not_member);
}

BOOST_FIXTURE_TEST_CASE(only_the_owner_removes_and_nobody_leaves_a_direct_chat, a_room) {
  BOOST_TEST(bob.refusal(wire::kick{closed, {"ada"}}) == ec::forbidden);
  BOOST_TEST(ada.refusal(wire::kick{closed, {"ada"}}) == ec::forbidden);
  ada.text_stored("bob", "hi");
  for (auto who : {&ada, &bob}) {
    BOOST_TEST(who->refusal(wire::leave{ada.with("bob")}) == ec::forbidden);
    BOOST_TEST(who->refusal(wire::invite{ada.with("bob"), {"eve"}}) == ec::forbidden);
    BOOST_TEST(who->refusal(wire::kick{ada.with("bob"), {"bob"}}) == ec::forbidden);
  }
}

BOOST_FIXTURE_TEST_CASE(who_was_removed_sees_up_to_the_end_and_nothing_more, a_room) {
  ada.ask<wire::sent>(wire::send{closed, {}, 1, 0, {{}, "with bob"}});
  auto end = ada.ask<wire::change>(wire::kick{closed, {"bob"}})->seq;
  ada.ask<wire::sent>(wire::send{closed, {}, 2, 0, {{}, "without bob"}});
  BOOST_TEST(bob.refusal(wire::send{closed, {}, 1, 0, {{}, "hi"}}) == ec::not_member);
  auto seen = bob.history(closed);
  BOOST_REQUIRE(!seen.empty());
  BOOST_TEST(seen.back()->seq == end);
  BOOST_TEST(ada.history(closed).back()->seq == end + 1);
}

BOOST_FIXTURE_TEST_CASE(an_open_room_is_joined_left_and_joined_again, a_room) {
  auto first = eve.ask<wire::change>(wire::join{open})->seq;
  BOOST_TEST(eve.ask<wire::change>(wire::join{open})->seq == first); // A repeat.
  auto last = eve.ask<wire::change>(wire::leave{open})->seq;
  ada.ask<wire::sent>(wire::send{open, {}, 1, 0, {{}, "while eve is away"}});
  auto again = eve.ask<wire::change>(wire::join{open})->seq;
  BOOST_TEST(again == last + 2);
  for (auto& x : eve.history(open))
    BOOST_TEST(text_of(*x) != "while eve is away");
}

BOOST_FIXTURE_TEST_CASE(rooms_take_sensible_titles_and_known_members, a_room) {
  auto create = [&](const std::string& title, std::vector<std::string_view> members) {
    return ada.refusal(wire::create_room{random_nonce(), title, std::move(members), false});
  };
  BOOST_TEST(create("", {"bob"}) == ec::bad_text);
  BOOST_TEST(create("\xff", {"bob"}) == ec::bad_text);
  BOOST_TEST(create(std::string(limits::title_bytes + 1, 'x'), {"bob"}) == ec::too_large);
  BOOST_TEST(create("title", {"no name"}) == ec::bad_name);
  BOOST_TEST(create("title", {"bob", "nobody"}) == ec::unknown_user);
  BOOST_TEST(create("title", std::vector<std::string_view>(limits::names_per_request + 1, "bob"))
             == ec::too_large);
  BOOST_TEST(create("title", std::vector<std::string_view>(limits::names_per_request, "bob"))
             == ec::none);
  BOOST_TEST(ada.refusal(wire::invite{
               closed, std::vector<std::string_view>(limits::names_per_request + 1, "bob")})
             == ec::too_large);
  BOOST_TEST(ada.refusal(wire::invite{closed, {"nobody"}}) == ec::unknown_user);
}

BOOST_FIXTURE_TEST_CASE(a_repeated_nonce_makes_no_second_room, a_room) {
  auto once = ada.ask<wire::change>(wire::create_room{4711, "once", {"bob"}, false});
  auto twice = ada.ask<wire::change>(wire::create_room{4711, "once", {"bob"}, false});
  BOOST_TEST((once->room == twice->room));
  auto other = bob.ask<wire::change>(wire::create_room{4711, "once", {"ada"}, false});
  BOOST_TEST((once->room != other->room));
  node.kill();
  node.start();
  ada.reconnect(node);
  auto later = ada.ask<wire::change>(wire::create_room{4711, "once", {"bob"}, false});
  BOOST_TEST((later->room == once->room));
  BOOST_TEST(ada.history(once->room).size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(members_come_in_pages, a_room) {
  std::vector<std::string> names;
  device service{node, "service", node.service_token()};
  for (int i = 0; i < 25; ++i) {
    names.push_back("m" + std::to_string(i));
    service.ask<wire::session>(wire::import_account{names.back()});
  }
  ada.ask<wire::change>(wire::invite{closed, {names.begin(), names.end()}});
  std::vector<std::string> found;
  user_id after;
  for (auto more = true; more;) {
    auto page = ada.ask<wire::members_page>(wire::list_members{closed, after, 10});
    BOOST_TEST(page->total == 27u);
    BOOST_TEST(page->members.size() <= 10u);
    for (auto& x : page->members) {
      BOOST_TEST((x.user > after));
      after = x.user;
      BOOST_TEST(x.owner == (x.name == "ada"));
      found.emplace_back(x.name);
    }
    more = page->more;
  }
  names.insert(names.end(), {"ada", "bob"});
  std::sort(names.begin(), names.end());
  std::sort(found.begin(), found.end());
  BOOST_TEST(found == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
