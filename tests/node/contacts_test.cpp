#define BOOST_TEST_MODULE contacts

#include "schema/limits.hpp"
#include "tests/support/cluster_process.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>

// Contacts, blocks and who may write to whom, over sockets.

using namespace parley;
using namespace parley::testing;

namespace {

using how = wire::contact_change;
using list = wire::contact_list;
using state = wire::contact_state;

void change(device& who, std::string_view whom, how what, std::string_view words = {}) {
  BOOST_TEST(!who.ask<wire::change>(wire::change_contact{whom, what, words})->pending);
}

ec refusal(device& who, std::string_view whom, how what, std::string_view words = {}) {
  return who.refusal(wire::change_contact{whom, what, words});
}

/// The next that is pushed, which must be so.
held<wire::contact> becomes(device& who, state what) {
  auto x = who.push<wire::contact>();
  BOOST_TEST((x->state == what));
  return x;
}

void befriend(device& one, device& other) {
  change(one, other.name(), how::request, "hi");
  becomes(one, state::asking);
  becomes(other, state::asked);
  change(other, one.name(), how::accept);
  becomes(one, state::contact);
  becomes(other, state::contact);
}

std::vector<std::string> names(device& whose, list which = list::contacts) {
  std::vector<std::string> result;
  auto page = whose.ask<wire::contacts_page>(wire::list_contacts{{}, 0, which});
  for (auto& x : page->contacts)
    result.emplace_back(x.name);
  return result;
}

using words = std::vector<std::string>;

struct one_node {
  node_process node;
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");

  void restart() {
    node.kill();
    node.start();
    ada.reconnect(node);
    bob.reconnect(node);
  }
};

struct contacts_only {
  node_process node{std::vector<std::string>{"--writing", "contacts"}};
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");
};

struct three_nodes {
  cluster_process nodes;
  device ada = import_person(nodes[1], "ada");
  device bob = import_person(nodes[2], "bob");
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(contacts_test, one_node)

BOOST_AUTO_TEST_CASE(all_devices_of_both_see_a_request_and_what_becomes_of_it) {
  auto ada2 = import_person(node, "ada");
  auto bob2 = import_person(node, "bob");
  change(ada, "bob", how::request, "it is me");
  becomes(ada2, state::asking);
  BOOST_TEST(becomes(bob, state::asked)->greeting == "it is me");
  BOOST_TEST(becomes(bob2, state::asked)->name == "ada");
  BOOST_TEST((names(bob, list::asked) == words{"ada"}));
  BOOST_TEST((names(ada, list::asking) == words{"bob"}));
  change(bob2, "ada", how::accept);
  for (auto who : {&ada2, &bob, &bob2})
    becomes(*who, state::contact);
  BOOST_TEST((names(ada) == words{"bob"}));
  BOOST_TEST((names(bob) == words{"ada"}));
}

BOOST_AUTO_TEST_CASE(to_accept_gives_both_the_conversation_and_the_hello) {
  befriend(ada, bob);
  for (auto who : {&ada, &bob}) {
    auto hello = who->message();
    BOOST_TEST(hello->sender_name == "ada");
    BOOST_TEST(text_of(*hello) == "hi");
  }
  BOOST_TEST(ada.text_stored("bob", "how are you?").seq == 2u);
  auto page = bob.ask<wire::conversations_page>(wire::list_conversations{{}, 0});
  BOOST_REQUIRE(page->conversations.size() == 1u);
  BOOST_TEST(page->conversations[0].unread == 2u);
}

BOOST_AUTO_TEST_CASE(both_who_ask_at_once_are_contacts) {
  auto one = ada.say(wire::change_contact{"bob", how::request, "from ada"});
  auto other = bob.say(wire::change_contact{"ada", how::request, "from bob"});
  ada.answer_as<wire::change>(one);
  bob.answer_as<wire::change>(other);
  BOOST_TEST((names(ada) == words{"bob"}));
  BOOST_TEST((names(bob) == words{"ada"}));
  BOOST_TEST(ada.history(ada.with("bob")).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_request_survives_a_crash_and_a_repeat_is_answered_alike) {
  change(ada, "bob", how::request, "hi");
  restart();
  change(ada, "bob", how::request, "hi again");
  BOOST_TEST((names(bob, list::asked) == words{"ada"}));
  change(bob, "ada", how::accept);
  restart();
  change(bob, "ada", how::accept);
  change(ada, "bob", how::request, "once more");
  BOOST_TEST((names(ada) == words{"bob"}));
  BOOST_TEST(ada.history(ada.with("bob")).size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_withdrawn_or_rejected_is_gone_on_both_sides) {
  for (auto who : {&ada, &bob}) {
    change(ada, "bob", how::request, "hi");
    change(*who, who == &ada ? "bob" : "ada", who == &ada ? how::withdraw : how::reject);
    BOOST_TEST(names(ada, list::asking).empty());
    BOOST_TEST(names(bob, list::asked).empty());
    BOOST_TEST(refusal(bob, "ada", how::accept) == ec::no_request);
  }
}

BOOST_AUTO_TEST_CASE(who_removes_a_contact_is_none_to_them_either) {
  befriend(ada, bob);
  change(bob, "ada", how::remove);
  becomes(ada, state::none);
  BOOST_TEST(names(ada).empty());
  BOOST_TEST(names(bob).empty());
}

BOOST_AUTO_TEST_CASE(who_is_blocked_cannot_write_and_is_told_why) {
  ada.text_stored("bob", "hi");
  auto bob2 = import_person(node, "bob");
  change(bob, "ada", how::block);
  BOOST_TEST(bob2.push<wire::contact>()->blocked);
  restart();
  wire::send what{{}, "bob", 2, 0, {{}, "hello?"}};
  BOOST_TEST(ada.refusal(what) == ec::blocked);
  BOOST_TEST(refusal(ada, "bob", how::request) == ec::blocked);
  BOOST_TEST((names(bob, list::blocked) == words{"ada"}));
  BOOST_TEST(!ada.has_push<wire::contact>());
  change(bob, "ada", how::unblock);
  BOOST_TEST(ada.refusal(what) == ec::blocked); // A copy that came late, say.
  what.counter = 3;
  BOOST_TEST(ada.ask<wire::sent>(what)->seq == 2u);
}

BOOST_AUTO_TEST_CASE(a_remark_is_for_the_own_devices) {
  BOOST_TEST(refusal(ada, "bob", how::remark, "from work") == ec::not_contact);
  befriend(ada, bob);
  auto ada2 = import_person(node, "ada");
  change(ada, "bob", how::remark, "from work");
  BOOST_TEST(ada2.push<wire::contact>()->remark == "from work");
  BOOST_TEST(!bob.has_push<wire::contact>());
  restart();
  auto page = ada.ask<wire::contacts_page>(wire::list_contacts{});
  BOOST_TEST(page->contacts.at(0).remark == "from work");
}

BOOST_AUTO_TEST_CASE(what_is_out_of_bounds_is_refused) {
  std::string greeting(limits::greeting_bytes + 1, 'x');
  std::string remark(limits::remark_bytes + 1, 'x');
  BOOST_TEST(refusal(ada, "no name", how::request) == ec::bad_name);
  BOOST_TEST(refusal(ada, "nobody", how::request) == ec::unknown_user);
  BOOST_TEST(refusal(ada, "ada", how::request) == ec::forbidden);
  BOOST_TEST(refusal(ada, "bob", how::request, greeting) == ec::too_large);
  BOOST_TEST(refusal(ada, "bob", how::request, "\xff") == ec::bad_text);
  BOOST_TEST(refusal(ada, "bob", how::remark, remark) == ec::too_large);
  BOOST_TEST(refusal(ada, "bob", how::accept) == ec::no_request);
  BOOST_TEST(ada.refusal(wire::list_contacts{{}, 0, static_cast<list>(77)}) == ec::malformed);
}

BOOST_AUTO_TEST_CASE(a_crowd_of_requests_has_an_end) {
  std::deque<uint64_t> asked;
  auto answered_but = [&](size_t most) {
    for (; asked.size() > most; asked.pop_front())
      ada.answer_as<wire::change>(asked.front());
  };
  for (size_t i = 0; i < limits::contact_requests; ++i) {
    auto name = import_person(node, "user" + std::to_string(i)).name();
    asked.push_back(ada.say(wire::change_contact{name, how::request}));
    answered_but(limits::credit_sends / 2);
  }
  answered_but(0);
  BOOST_TEST(refusal(ada, "bob", how::request) == ec::too_many_requests);
  change(ada, "user0", how::withdraw);
  change(ada, "bob", how::request);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(contacts_only_test, contacts_only)

BOOST_AUTO_TEST_CASE(where_only_contacts_write_a_stranger_is_refused) {
  BOOST_TEST(ada.refusal(wire::send{{}, "bob", 1, 0, {{}, "hi"}}) == ec::not_contact);
  befriend(ada, bob);
  BOOST_TEST(ada.text_stored("bob", "hello").seq == 2u);
  BOOST_TEST(bob.text_stored("ada", "hello").seq == 3u);
  change(bob, "ada", how::remove);
  BOOST_TEST(ada.refusal(wire::send{{}, "bob", 9, 0, {{}, "hi"}}) == ec::not_contact);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(contacts_cluster_test, three_nodes)

BOOST_AUTO_TEST_CASE(a_request_outlives_the_nodes_that_took_it) {
  change(ada, "bob", how::request, "hi");
  BOOST_TEST((names(bob, list::asked) == words{"ada"}));
  nodes[1].kill();
  wait_until_served(nodes[2]);
  bob.reconnect(nodes[2]);
  change(bob, "ada", how::accept);
  nodes[1].start();
  nodes[2].kill();
  wait_until_served(nodes[3]);
  ada.reconnect(nodes[3]);
  bob.reconnect(nodes[3]);
  change(bob, "ada", how::accept);
  BOOST_TEST((names(ada) == words{"bob"}));
  BOOST_TEST((names(bob) == words{"ada"}));
  BOOST_TEST(ada.history(ada.with("bob")).size() == 1u);
  change(bob, "ada", how::block);
  nodes[2].start();
  nodes[3].kill();
  wait_until_served(nodes[1]);
  ada.reconnect(nodes[1]);
  BOOST_TEST(ada.refusal(wire::send{{}, "bob", 1, 0, {{}, "hello?"}}) == ec::blocked);
}

BOOST_AUTO_TEST_SUITE_END()
