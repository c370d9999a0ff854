#define BOOST_TEST_MODULE service

#include "tests/support/cluster_process.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <map>

// Sending as a service, and the feed of who was away, over sockets.

using namespace parley;
using namespace parley::testing;

namespace {

const std::vector<std::string> with_notices{"--notices"};

device service_of(const node_process& node) {
  return {node, "service", node.service_token()};
}

wire::broadcast to_all(uint64_t counter, std::string_view words = "to all") {
  return {counter, 0, {{}, words}};
}

/// How often each text is in the chat with the service.
std::map<std::string, size_t> heard(device& who) {
  std::map<std::string, size_t> result;
  for (auto& x : who.history(who.with("service")))
    ++result[text_of(*x)];
  return result;
}

bool knows_chat(device& who) {
  return who.refusal(wire::read_history{who.with("service")}) == ec::none;
}

struct notice {
  std::string user;
  std::string sender;
  uint64_t unread = 0;
};

/// All that stands in the feeds.
std::vector<notice> notices(device& service, bool confirm) {
  std::vector<notice> result;
  for (uint8_t shard = 0; shard < shard_count; ++shard) {
    auto page = service.ask<wire::notices_page>(wire::read_notices{shard, 0});
    wire::confirm_notices seen;
    for (auto& x : page->notices) {
      result.push_back({std::string{x.name}, std::string{x.sender}, x.unread});
      seen.notices.push_back(x.at);
    }
    if (confirm && !seen.notices.empty())
      service.ask<wire::done>(seen);
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(service_test)

BOOST_AUTO_TEST_CASE(everybody_gets_a_broadcast_once_although_the_node_dies) {
  node_process node;
  std::deque<device> people;
  for (auto i = 0; i < 40; ++i)
    people.push_back(import_person(node, "user" + std::to_string(i)));
  auto service = service_of(node);
  auto first = service.ask<wire::sent>(to_all(7))->seq;
  node.kill();
  node.start();
  service.reconnect(node);
  BOOST_TEST(service.ask<wire::sent>(to_all(7))->seq == first);
  BOOST_TEST(service.refusal(to_all(7, "other words")) == ec::conflict);
  service.ask<wire::sent>(to_all(8, "more"));
  for (auto& x : people) {
    x.reconnect(node);
    wait_until("it came", [&] { return knows_chat(x) && heard(x).size() == 2; });
    BOOST_TEST((heard(x) == std::map<std::string, size_t>{{"to all", 1}, {"more", 1}}));
  }
}

BOOST_AUTO_TEST_CASE(a_service_writes_to_users_and_rooms_and_its_list_stays_empty) {
  node_process node;
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  auto service = service_of(node);
  auto room = ada.ask<wire::change>(wire::create_room{1, "room", {"bob"}})->room;
  service.ask<wire::sent>(wire::send{room, {}, 1, 0, {{}, "to the room"}});
  service.text_stored("bob", "to bob");
  BOOST_TEST(heard(bob)["to bob"] == 1u);
  BOOST_TEST(text_of(*bob.history(room).back()) == "to the room");
  auto list = service.ask<wire::conversations_page>(wire::list_conversations{});
  BOOST_TEST(list->total == 0u);
  BOOST_TEST(ada.refusal(to_all(1)) == ec::forbidden);
  BOOST_TEST(service.refusal(wire::kick{room, {"bob"}}) == ec::not_member);
}

BOOST_AUTO_TEST_CASE(who_was_away_stands_in_a_feed_until_it_is_confirmed) {
  node_process node{with_notices};
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  auto service = service_of(node);
  ada.text_stored("bob", "are you there?");
  bob.message();
  bob.close();
  wait_until("bob is noted to be away", [&] {
    ada.text_stored("bob", "and now?");
    return !notices(service, false).empty();
  });
  node.kill();
  node.start();
  service.reconnect(node);
  ada.reconnect(node);
  auto found = notices(service, true);
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].user == "bob");
  BOOST_TEST(found[0].sender == "ada");
  BOOST_TEST(found[0].unread >= 1u);
  BOOST_TEST(notices(service, false).empty());
  BOOST_TEST(ada.refusal(wire::read_notices{0, 0}) == ec::forbidden);
}

BOOST_AUTO_TEST_CASE(a_node_without_a_feed_says_so) {
  node_process node;
  auto service = service_of(node);
  BOOST_TEST(service.refusal(wire::read_notices{0, 0}) == ec::unsupported);
  BOOST_TEST(service.refusal(wire::read_notices{64, 0}) == ec::malformed);
}

BOOST_AUTO_TEST_CASE(broadcasts_and_notices_outlive_the_node_that_had_them) {
  cluster_process nodes{3, with_notices};
  nodes.wait_until_all_take(wire::feature_notices);
  std::deque<device> people;
  for (auto i = 0; i < 20; ++i)
    people.push_back(import_person(nodes[2], "user" + std::to_string(i)));
  for (auto& x : people)
    x.close();
  auto service = service_of(nodes[1]);
  service.ask<wire::sent>(to_all(7));
  nodes[1].kill();
  wait_until_served(nodes[2]);
  wait_until_served(nodes[3]);
  service.reconnect(nodes[2]);
  for (auto& x : people) {
    x.reconnect(nodes[3]);
    wait_until("it came", [&] { return knows_chat(x) && heard(x).size() == 1; });
    BOOST_TEST((heard(x) == std::map<std::string, size_t>{{"to all", 1}}));
  }
  auto told = notices(service, true);
  for (auto& x : told)
    BOOST_TEST(x.sender == "service");
  BOOST_TEST(!told.empty());
}

BOOST_AUTO_TEST_SUITE_END()
