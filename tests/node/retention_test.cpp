#define BOOST_TEST_MODULE retention

#include "tests/support/cluster_process.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

// How long messages are kept, over sockets.

using namespace parley;
using namespace parley::testing;

namespace {

const std::vector<std::string> the_last_ten{"--keep-messages", "10"};

void write(device& who, const std::string& to, size_t count) {
  for (size_t i = 0; i < count; ++i)
    who.text_stored(to, "message " + std::to_string(i + 1));
}

/// The first message that is shown, and what the node says of it.
std::pair<seq_t, seq_t> first_of(device& who, conversation_id id) {
  auto page = who.ask<wire::history_page>(wire::read_history{id, 1, 0, 0});
  auto all = who.history(id);
  return {all.empty() ? 0 : all.front()->seq, page->first};
}

/// What `who` is pushed up to `last`, and whether it was told of a loss before.
struct pushed {
  std::vector<seq_t> seqs;
  bool trimmed = false;
  seq_t begins = 0;
};

pushed hear(device& who, seq_t last) {
  pushed result;
  while (result.seqs.empty() || result.seqs.back() < last)
    result.seqs.push_back(who.message()->seq);
  while (who.has_push<wire::conversation>()) {
    auto state = who.push<wire::conversation>();
    result.trimmed = result.trimmed || state->trimmed;
    result.begins = state->first_seq;
  }
  return result;
}

std::vector<seq_t> from_to(seq_t from, seq_t to) {
  std::vector<seq_t> result;
  for (auto seq = from; seq <= to; ++seq)
    result.push_back(seq);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(retention_test)

BOOST_AUTO_TEST_CASE(who_was_away_gets_what_is_left_and_is_told_that_there_was_more) {
  node_process node{the_last_ten};
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  write(ada, "bob", 5);
  BOOST_TEST((hear(bob, 5).seqs == from_to(1, 5)));
  bob.reconnect(node); // And so has acknowledged.
  bob.close();
  write(ada, "bob", 40);
  node.kill();
  node.start();
  ada.reconnect(node);
  wait_until("the chat has let go", [&] { return first_of(ada, ada.with("bob")).second == 36; });
  BOOST_TEST(first_of(ada, ada.with("bob")).first == 36u);
  BOOST_TEST(ada.text_stored("bob", "and on").seq == 46u); // So it is durable.
  bob.reconnect(node);
  auto heard = hear(bob, 46);
  BOOST_TEST((heard.seqs == from_to(36, 46)));
  BOOST_TEST(heard.trimmed);
  BOOST_TEST(heard.begins == 36u);
}

BOOST_AUTO_TEST_CASE(a_chat_that_nobody_uses_lets_go_too) {
  node_process node{std::vector<std::string>{"--keep-for", "1s"}};
  auto ada = import_person(node, "ada");
  write(ada, "ada", 5);
  wait_until(
    "it has let go", [&] { return first_of(ada, ada.with("ada")).first == 0; },
    std::chrono::seconds{60});
  BOOST_TEST(ada.text_stored("ada", "again").seq == 6u);
}

BOOST_AUTO_TEST_CASE(a_room_lets_go_by_its_own_rule_across_a_failover) {
  cluster_process nodes;
  nodes.wait_until_all_take(wire::feature_retention);
  auto ada = import_person(nodes[1], "ada");
  auto bob = import_person(nodes[2], "bob");
  auto room = ada.ask<wire::change>(wire::create_room{1, "room", {"bob"}})->room;
  uint64_t counter = 0;
  auto say = [&](device& who) {
    return who.ask<wire::sent>(wire::send{room, {}, ++counter, 0, {{}, "words"}})->seq;
  };
  for (auto i = 0; i < 30; ++i)
    say(ada);
  wire::change_room what{room, wire::room_change::keep};
  what.keep = {0, 10};
  BOOST_TEST(bob.refusal(what) == ec::forbidden);
  auto seq = ada.ask<wire::change>(what)->seq;
  wait_until("the room has let go", [&] { return first_of(bob, room).second >= seq - 10; });
  auto before = first_of(bob, room).second;
  nodes[1].kill();
  wait_until_served(nodes[2]);
  ada.reconnect(nodes[3]);
  BOOST_TEST(first_of(ada, room).first >= before);
  for (auto i = 0; i < 30; ++i)
    seq = say(ada);
  wait_until("it goes on", [&] { return first_of(bob, room).second == seq - 9; });
}

BOOST_AUTO_TEST_SUITE_END()
