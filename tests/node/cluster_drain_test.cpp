#define BOOST_TEST_MODULE cluster_drain

#include "schema/identity.hpp"
#include "tests/support/cluster_operator.hpp"
#include "tests/support/device.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

// Clients learn of other nodes, and nodes that are about to end send them
// there.

using namespace parley;
using namespace parley::testing;

namespace {

using words = std::vector<std::string>;

struct three_nodes {
  cluster_process nodes;

  size_t led_by(size_t node) {
    auto x = cluster_status(nodes[node]);
    return x.is_null() ? SIZE_MAX : x["nodes"][node - 1]["leads"].get<size_t>();
  }

  /// `parleyctl drain`, until nothing and nobody is left there.
  void drain(size_t node) {
    BOOST_TEST(ctl(nodes[node], {"drain"}).status == 0);
    wait_until("the node is empty", [&] {
      return led_by(node) == 0 && ctl_json(nodes[node], {"status"})["connections"] == 0u;
    });
  }

  std::multiset<std::string> endpoints_but(size_t node) {
    std::multiset<std::string> result;
    for (size_t i = 1; i <= nodes.size(); ++i)
      if (i != node)
        result.insert(nodes[i].endpoint());
    return result;
  }
};

template <class Views>
std::multiset<std::string> as_set(const Views& xs) {
  return {xs.begin(), xs.end()};
}

/// The other nodes that `node` names to who is going to log in as `user`.
words named_by(const node_process& node, std::string_view user) {
  raw_client who{node.port()};
  auto welcome = who.ask<wire::welcome>(wire::hello{1, "test", user});
  return {welcome->nodes.begin(), welcome->nodes.end()};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_drain_test, three_nodes)

BOOST_AUTO_TEST_CASE(a_client_is_told_of_the_other_nodes_and_of_the_leader_of_its_user_first) {
  for (size_t i = 1; i <= nodes.size(); ++i)
    wait_until("the node knows the others",
               [&] { return as_set(named_by(nodes[i], "")) == endpoints_but(i); });
  auto status = when_settled(nodes[1], {1, 2, 3});
  for (auto name : {"ada", "bob", "eve", "mallory"}) {
    size_t leader = status["groups"][shard_of(user_of(name)).value]["leader"];
    for (size_t i = 1; i <= nodes.size(); ++i) {
      auto named = named_by(nodes[i], name);
      BOOST_TEST(as_set(named) == endpoints_but(i));
      if (i != leader)
        BOOST_TEST(named.front() == nodes[leader].endpoint());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_node_names_the_address_that_the_other_one_advertises) {
  auto flags = nodes.identity(2);
  flags.insert(flags.end(), {"--advertise", "chat.example:443"});
  nodes[2].stop();
  nodes[2].start(flags);
  wait_until("node 1 knows it", [&] {
    auto named = named_by(nodes[1], "");
    return std::find(named.begin(), named.end(), "chat.example:443") != named.end();
  });
}

BOOST_AUTO_TEST_CASE(a_node_that_died_is_not_named_any_more) {
  wait_until("node 1 knows node 3", [&] { return named_by(nodes[1], "").size() == 2; });
  nodes[3].kill();
  wait_until("node 1 forgets it",
             [&] { return named_by(nodes[1], "") == words{nodes[2].endpoint()}; });
}

BOOST_AUTO_TEST_CASE(a_node_that_drains_leads_nothing_and_sends_its_clients_elsewhere) {
  wait_until("node 1 knows the others", [&] { return named_by(nodes[1], "").size() == 2; });
  auto ada = import_person(nodes[1], "ada");
  BOOST_TEST(led_by(1) > 0u);
  drain(1);
  auto bye = ada.push<wire::closing>();
  BOOST_TEST((bye->why.code == ec::stopping));
  BOOST_TEST(as_set(bye->elsewhere) == endpoints_but(1));
  wait_until("node 2 names it no more",
             [&] { return named_by(nodes[2], "") == words{nodes[3].endpoint()}; });
  wait_until_served(nodes[2]);
  BOOST_TEST(nodes[1].stop() == 0);
  BOOST_TEST(count_in(nodes[1].log(), "event=stopped drained=true") == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_stopped_hands_over_what_it_leads) {
  wait_until("node 1 knows the others", [&] { return named_by(nodes[1], "").size() == 2; });
  BOOST_TEST(led_by(1) > 0u);
  BOOST_TEST(nodes[1].stop() == 0); // Or it waits in vain that others lead.
  BOOST_TEST(count_in(nodes[1].log(), "event=stopped drained=true") == 1u);
  wait_until_served(nodes[2]);
}

BOOST_AUTO_TEST_CASE(every_node_shows_who_drains_until_it_was_started_again) {
  auto drains = [this](size_t seen_by, size_t node) {
    auto x = cluster_status(nodes[seen_by]);
    return !x.is_null() && x["nodes"][node - 1]["draining"].get<bool>();
  };
  for (size_t i = 1; i <= nodes.size(); ++i)
    BOOST_TEST(!drains(i, 2));
  BOOST_TEST(ctl(nodes[2], {"drain"}).status == 0);
  for (size_t i = 1; i <= nodes.size(); ++i) {
    wait_until("the node shows it", [&] { return drains(i, 2); });
    BOOST_TEST(count_in(ctl(nodes[i], {"cluster", "status"}).out, " draining ") == 1u);
    BOOST_TEST(!drains(i, 1));
  }
  nodes[2].stop();
  nodes[2].start();
  for (size_t i = 1; i <= nodes.size(); ++i)
    wait_until("the node shows it no more", [&] { return !drains(i, 2); });
}

BOOST_AUTO_TEST_CASE(a_rolling_restart_under_load_moves_clients_and_loses_nothing) {
  wait_until("node 1 knows the others", [&] { return named_by(nodes[1], "").size() == 2; });
  swarm_process load{nodes[1].endpoint(), // The others are learned.
                     nodes[1].data_dir() / "service.token",
                     {"--scenario", "mixed", "--users", "48", "--room-size", "6", "--seconds", "20",
                      "--rate", "300"}};
  load.wait_until_loading();
  for (size_t i = 1; i <= nodes.size(); ++i) {
    drain(i);
    BOOST_TEST(nodes[i].stop() == 0);
    nodes[i].start();
    nodes.wait_until_served();
    when_settled(nodes[i], {1, 2, 3});
    wait_until("the others name it", [&] { return named_by(nodes[i % 3 + 1], "").size() == 2; });
  }
  auto x = load.finish();
  for (auto fault : {"lost", "missing", "gaps", "duplicated", "reordered", "forged"})
    BOOST_TEST(x.count(fault) == 0u, x.words);
  BOOST_TEST(x.result["drained"].get<bool>());
  BOOST_TEST(x.count("acked") > 1000u);
  BOOST_TEST(x.count("reconnects") >= 48u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_node_that_has_nobody_to_hand_over_to_ends_with_status_3) {
  cluster_process nodes{4}; // Three replicas: some groups are on nodes 1, 2 and 3.
  when_settled(nodes[4], {1, 2, 3, 4});
  auto ada = import_person(nodes[4], "ada");
  import_person(nodes[4], "bob");
  ada.text_stored("bob", "before");
  for (size_t i : {2, 3})
    BOOST_TEST(ctl(nodes[i], {"drain"}).status == 0);
  auto led_by = [&](size_t node) -> size_t {
    return cluster_status(nodes[4])["nodes"][node - 1]["leads"];
  };
  wait_until("nodes 2 and 3 lead nothing", [&] { return led_by(2) + led_by(3) == 0; });
  BOOST_TEST(nodes[1].stop() == 3);
  BOOST_TEST(count_in(nodes[1].log(), "event=stopped drained=false") == 1u);
  wait_until_served(nodes[4]);
  ada.reconnect(nodes[4]);
  BOOST_TEST(ada.history(ada.with("bob")).size() == 1u);
}
