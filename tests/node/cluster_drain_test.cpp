#define BOOST_TEST_MODULE cluster_drain

#include "schema/identity.hpp"
#include "tests/support/cluster_operator.hpp"
#include "tests/support/device.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
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

  uint64_t connections(size_t node) {
    return ctl_json(nodes[node], {"status"})["connections"];
  }

  /// The node that leads the mailbox of `user`.
  static size_t home_of(const nlohmann::json& status, const std::string& user) {
    return status["groups"][shard_of(user_of(user)).value]["leader"];
  }

  /// `parleyctl drain`, until nothing and nobody is left there.
  void drain(size_t node) {
    BOOST_TEST(ctl(nodes[node], {"drain"}).status == 0);
    wait_until("the node is empty", [&] { return led_by(node) == 0 && connections(node) == 0; });
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

/// What `node` says to who is going to log in as `user`.
held<wire::welcome> welcomed_by(const node_process& node, std::string_view user) {
  raw_client who{node.port()};
  return who.ask<wire::welcome>(wire::hello{1, "test", user});
}

/// The other nodes that it names.
words named_by(const node_process& node, std::string_view user) {
  auto welcome = welcomed_by(node, user);
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
    auto leader = home_of(status, name);
    for (size_t i = 1; i <= nodes.size(); ++i) {
      auto welcome = welcomed_by(nodes[i], name);
      BOOST_TEST(as_set(welcome->nodes) == endpoints_but(i));
      BOOST_TEST(welcome->home == (i == leader ? "" : nodes[leader].endpoint()));
      if (i != leader)
        BOOST_TEST(welcome->nodes.front() == welcome->home);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_goes_to_the_node_that_leads_its_mailbox) {
  wait_until("node 1 knows the others", [&] { return named_by(nodes[1], "").size() == 2; });
  nlohmann::json status;
  auto leaders_stay = [&] {
    status = cluster_status(nodes[1]);
    return std::all_of(status["groups"].begin(), status["groups"].end(),
                       [](auto& x) { return x["leader"] == x["wanted"][0]; });
  };
  wait_until("leaders are where they shall be", leaders_stay, std::chrono::seconds{60});
  std::map<size_t, uint64_t> expected;
  for (size_t i = 0; i < 24; ++i)
    ++expected[home_of(status, "bot.home." + std::to_string(i))];
  swarm_process load{nodes[1].endpoint(),
                     nodes[1].data_dir() / "service.token",
                     {"--scenario", "idle", "--users", "24", "--tag", "home", "--seconds", "3"}};
  wait_until("everybody is at home", [&] {
    for (size_t i = 1; i <= nodes.size(); ++i)
      if (connections(i) != expected[i])
        return false;
    return true;
  });
  BOOST_TEST(load.finish().clean());
}

BOOST_AUTO_TEST_CASE(a_client_that_cannot_reach_its_home_stays_where_it_is) {
  auto flags = nodes.identity(2);
  flags.insert(flags.end(), {"--advertise", "127.0.0.1:1"}); // Nobody listens there.
  nodes[2].stop();
  nodes[2].start(flags);
  when_settled(nodes[1], {1, 2, 3});
  wait_until("node 1 knows it",
             [&] { return as_set(named_by(nodes[1], "")).contains("127.0.0.1:1"); });
  swarm_process load{nodes[1].endpoint(),
                     nodes[1].data_dir() / "service.token",
                     {"--users", "24", "--seconds", "2", "--rate", "100"}};
  auto x = load.finish();
  BOOST_TEST(x.clean(), x.words);
  BOOST_TEST(x.count("acked") > 0u);
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
