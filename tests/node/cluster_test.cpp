#define BOOST_TEST_MODULE cluster

#include "tests/support/cluster_process.hpp"
#include "tests/support/device.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>

// Three real nodes lose none of what they acknowledged while one of them is
// killed, stops for a while or stays away; a minority of them serves nothing
// that it cannot know.

using namespace parley;
using namespace parley::testing;

namespace {

struct three_nodes {
  cluster_process nodes;

  std::filesystem::path service_token() {
    return nodes[1].data_dir() / "service.token";
  }

  /// All of them, one after the other, with flags of this test.
  void restart(const std::vector<std::string>& more) {
    for (size_t i = 1; i <= nodes.size(); ++i) {
      nodes[i].kill();
      auto flags = nodes.identity(i);
      flags.insert(flags.end(), more.begin(), more.end());
      nodes[i].start(flags);
    }
    nodes.wait_until_served();
  }

  std::unique_ptr<swarm_process> swarm(std::vector<std::string> more) {
    return std::make_unique<swarm_process>(nodes.endpoints(), service_token(), std::move(more));
  }
};

/// How often a node's log has this.
size_t count_in_log(const node_process& node, const std::string& words) {
  auto log = node.log();
  size_t result = 0;
  for (auto at = log.find(words); at != std::string::npos; at = log.find(words, at + 1))
    ++result;
  return result;
}

void wait_for_log(const node_process& node, const std::string& words) {
  wait_until("the log has " + words, [&] { return count_in_log(node, words) > 0; });
}

/// Bodies of a chat as `reader` finds them in its history.
std::vector<std::string> bodies(device& reader, const std::string& with) {
  std::vector<std::string> result;
  for (auto& x : reader.history(reader.with(with)))
    result.push_back(text_of(*x));
  return result;
}

/// Whether a request was answered with `retry`, or all of them were by closing.
bool refused_for_now(device& from, uint64_t request) {
  try {
    return from.refusal_of(request) == ec::retry;
  } catch (const timed_out&) {
    return from.closed() == ec::retry;
  }
}

/// Sends with a window of one, so that each message is an entry of its own.
std::vector<std::string> send_one_by_one(device& from, const std::string& to, size_t count,
                                         size_t size = 32) {
  std::vector<std::string> result;
  for (size_t i = 0; i < count; ++i) {
    auto body = std::to_string(i) + " ";
    body.resize(std::max(size, body.size()), 'x');
    from.text_stored(to, body);
    result.push_back(std::move(body));
  }
  return result;
}

/// More entries than a log keeps, so that who missed them needs a copy.
constexpr size_t more_than_a_log = 1100;

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_test, three_nodes)

// -- all of them ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(users_of_different_nodes_reach_each_other) {
  auto ada = import_person(nodes[1], "ada");
  auto bob = import_person(nodes[2], "bob");
  auto eve = import_person(nodes[3], "eve");
  for (auto to : {&bob, &eve}) {
    auto sent = ada.text_stored(to->name(), "to " + to->name());
    auto x = to->message();
    BOOST_TEST(x->seq == sent.seq);
    BOOST_TEST(text_of(*x) == "to " + to->name());
  }
  eve.text_stored("bob", "from eve");
  BOOST_TEST(text_of(*bob.message()) == "from eve");
}

BOOST_AUTO_TEST_CASE(a_room_has_one_order_on_all_nodes) {
  std::vector<device> members;
  for (size_t i = 1; i <= nodes.size(); ++i)
    members.push_back(import_person(nodes[i], "member" + std::to_string(i)));
  auto room = members[0]
                .ask<wire::change>(
                  wire::create_room{1, "room", {members[1].name(), members[2].name()}, false})
                ->room;
  constexpr uint64_t each = 50;
  for (auto& x : members)
    for (uint64_t i = 1; i <= each; ++i)
      x.say(wire::send{room, {}, i, i - 1, {{}, x.name() + " " + std::to_string(i)}});
  for (auto& x : members) { // A device is not told what it said itself.
    seq_t before = 0;
    for (size_t texts = 0; texts < (members.size() - 1) * each;) {
      auto message = x.message();
      BOOST_REQUIRE(message->seq > before);
      before = message->seq;
      texts += !text_of(*message).empty();
    }
  }
  std::vector<std::string> first;
  for (auto& x : members) {
    std::vector<std::string> texts;
    for (auto& message : x.history(room))
      texts.push_back(text_of(*message));
    if (first.empty())
      first = texts;
    BOOST_TEST(texts == first);
    BOOST_TEST(texts.size() > members.size() * each);
  }
}

// -- one of them fails ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nothing_is_lost_when_a_node_is_killed_under_load_and_comes_back) {
  auto load = swarm({"--scenario", "mixed", "--users", "48", "--room-size", "6", "--seconds", "5",
                     "--rate", "500"});
  load->wait_until_loading();
  nodes[2].kill();
  wait_until_served(nodes[1]);
  nodes[2].start();
  wait_until_served(nodes[2]);
  nodes[3].kill();
  auto x = load->finish(); // Clients of the dead one have gone elsewhere.
  BOOST_TEST(x.clean(), x.words);
  BOOST_TEST(x.result["drained"].get<bool>());
  BOOST_TEST(x.count("acked") > 500u);
  BOOST_TEST(x.count("reconnects") >= 16u);
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_when_a_node_stops_for_longer_than_an_election) {
  auto load = swarm({"--users", "30", "--window", "8", "--seconds", "5", "--rate", "2000"});
  load->wait_until_loading();
  nodes[1].signal(SIGSTOP);
  wait_until_served(nodes[2]);
  nodes[1].signal(SIGCONT);
  wait_until_served(nodes[1]);
  auto x = load->finish();
  BOOST_TEST(x.clean(), x.words);
  BOOST_TEST(x.result["drained"].get<bool>());
  BOOST_TEST(x.count("acked") > 1000u);
}

BOOST_AUTO_TEST_CASE(a_node_that_stopped_serves_nothing_from_before) {
  constexpr uint64_t count = 12; // It leads some of them.
  std::vector<device> owners;
  std::vector<conversation_id> rooms;
  for (uint64_t i = 0; i < count; ++i) {
    owners.push_back(import_person(nodes[1], "owner" + std::to_string(i)));
    rooms.push_back(owners[i].ask<wire::change>(wire::create_room{1, "room", {}, true})->room);
  }
  nodes[1].signal(SIGSTOP);
  wait_until_served(nodes[2]);
  auto bob = import_person(nodes[2], "bob");
  std::vector<uint64_t> asked;
  for (uint64_t i = 0; i < count; ++i) {
    bob.ask<wire::change>(wire::join{rooms[i]});
    asked.push_back(owners[i].say(wire::list_members{rooms[i], {}, 0})); // Waits in the socket.
  }
  nodes[1].signal(SIGCONT);
  for (uint64_t i = 0; i < count; ++i) {
    auto x = owners[i].answer(asked[i]);
    if (auto page = x.as<wire::members_page>())
      BOOST_TEST(page->total == 2u);
    else
      BOOST_TEST(x.as<wire::error>()->retryable);
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_was_away_for_long_is_given_a_copy_and_then_counts) {
  restart({"--log-level", "debug"});
  auto ada = import_person(nodes[1], "ada");
  import_person(nodes[1], "bob");
  nodes[3].kill();
  wait_until_served(nodes[1]);
  auto said = send_one_by_one(ada, "bob", more_than_a_log);
  for (size_t survivor : {1, 2})
    wait_for_log(nodes[survivor], "event=log-cut");
  nodes[3].start();
  wait_for_log(nodes[3], "event=copy-done");
  wait_until_served(nodes[3]);
  nodes[1].kill(); // From now on no majority without the copy.
  wait_until_served(nodes[3]);
  ada.reconnect(nodes[3]);
  BOOST_TEST(bodies(ada, "bob") == said);
  nodes[2].kill();
  nodes[1].start();
  wait_until_served(nodes[3]);
  ada.reconnect(nodes[1]);
  said.push_back("and after it");
  ada.text_stored("bob", said.back());
  BOOST_TEST(bodies(ada, "bob") == said);
}

BOOST_AUTO_TEST_CASE(a_copy_that_was_cut_off_begins_again) {
  restart({"--log-level", "debug"});
  auto ada = import_person(nodes[1], "ada");
  import_person(nodes[1], "bob");
  nodes[3].kill();
  wait_until_served(nodes[1]);
  auto said = send_one_by_one(ada, "bob", more_than_a_log, 8 << 10); // Some 35 pages.
  for (size_t survivor : {1, 2})
    wait_for_log(nodes[survivor], "event=log-cut");
  nodes[3].start();
  wait_for_log(nodes[3], "event=copy-begun");
  nodes[3].kill();
  BOOST_TEST(count_in_log(nodes[3], "event=copy-done") == 0u);
  nodes[3].start();
  wait_for_log(nodes[3], "event=copy-done");
  wait_until_served(nodes[3]);
  nodes[1].kill();
  wait_until_served(nodes[3]);
  ada.reconnect(nodes[3]);
  BOOST_TEST(bodies(ada, "bob") == said);
}

BOOST_AUTO_TEST_CASE(leaders_with_little_room_on_disk_refuse_writes_and_serve_reads) {
  auto ada = import_person(nodes[1], "ada");
  import_person(nodes[1], "bob");
  std::vector<std::string> said{"before"};
  ada.text_stored("bob", said[0]);
  restart({"--disk-reserve", "100000000"}); // More than any disk has.
  ada.reconnect(nodes[2]);
  BOOST_TEST(ada.refusal_of(ada.text("bob", "after", 2)) == ec::storage_full);
  BOOST_TEST(bodies(ada, "bob") == said);
  restart({});
  ada.reconnect(nodes[3]);
  said.push_back("after");
  ada.text_stored("bob", said[1], 2);
  BOOST_TEST(bodies(ada, "bob") == said);
}

// -- most of them fail ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_all_nodes_being_killed) {
  auto ada = import_person(nodes[1], "ada");
  import_person(nodes[2], "bob");
  auto said = send_one_by_one(ada, "bob", 100);
  for (size_t i = 1; i <= nodes.size(); ++i)
    nodes[i].kill();
  for (size_t i = 1; i <= nodes.size(); ++i)
    nodes[i].start();
  nodes.wait_until_served();
  ada.reconnect(nodes[2]);
  BOOST_TEST(bodies(ada, "bob") == said);
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_when_all_nodes_are_killed_under_load) {
  auto load = swarm({"--users", "30", "--window", "8", "--seconds", "4", "--rate", "2000"});
  load->wait_until_loading();
  for (size_t i = 1; i <= nodes.size(); ++i)
    nodes[i].kill();
  for (size_t i = 1; i <= nodes.size(); ++i)
    nodes[i].start();
  auto x = load->finish();
  BOOST_TEST(x.clean(), x.words);
  BOOST_TEST(x.result["drained"].get<bool>());
  BOOST_TEST(x.count("acked") > 500u);
}

BOOST_AUTO_TEST_CASE(one_node_alone_of_three_refuses_what_it_cannot_know) {
  auto ada = import_person(nodes[1], "ada");
  import_person(nodes[1], "bob");
  ada.text_stored("bob", "before");
  nodes[2].kill();
  nodes[3].kill();
  auto write = ada.text("bob", "alone");
  auto read = ada.say(wire::list_members{ada.with("nobody"), {}, 0});
  BOOST_TEST(refused_for_now(ada, write));
  BOOST_TEST(refused_for_now(ada, read)); // Others might know it by now.
  nodes[2].start();
  wait_until_served(nodes[1]);
  ada.reconnect(nodes[1]);
  ada.text_stored("bob", "alone", ada.last_counter()); // The same one again.
  BOOST_TEST(bodies(ada, "bob") == (std::vector<std::string>{"before", "alone"}));
}

BOOST_AUTO_TEST_CASE(a_node_that_starts_beside_one_that_is_down_takes_what_all_agreed_on) {
  nodes.wait_until_all_take(wire::feature_live_rooms);
  nodes[3].kill();
  nodes[1].stop();
  nodes[1].start();
  wait_until_takes(nodes[1], wire::feature_live_rooms);
}

BOOST_AUTO_TEST_SUITE_END()
