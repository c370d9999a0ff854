#define BOOST_TEST_MODULE cluster_growth

#include "tests/support/cluster_operator.hpp"
#include "tests/support/device.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

// A real node that was on its own becomes the first of three while clients are
// at work, and then dies: nobody misses anything.

using namespace parley;
using namespace parley::testing;

namespace {

using words = std::vector<std::string>;

constexpr size_t groups = 65;

struct lone_node {
  cluster_process nodes{cluster_process::alone{}};
  device ada = import_person(nodes[1], "ada");
  words said;
  std::array<uint16_t, 2> ports{free_port(), free_port()}; ///< Where clients find the others.

  lone_node() {
    import_person(nodes[1], "bob");
    say(100, 4 << 10);
  }

  void say(size_t count, size_t size = 32) {
    for (; count != 0; --count) {
      said.push_back(std::to_string(said.size()) + " ");
      said.back().resize(std::max(size, said.back().size()), 'x');
      ada.text_stored("bob", said.back());
    }
  }

  /// Two more, which are let in.
  void grow() {
    for (auto port : ports)
      must_change(nodes, 1, {"join", nodes.address_of(nodes.add({}, port))});
  }

  /// Starts node 1 with other flags, which it does not like.
  std::string refused(const words& flags) {
    auto good = nodes.identity(1);
    std::string said;
    try {
      nodes[1].start(flags);
    } catch (const std::runtime_error&) {
      said = nodes[1].log();
    }
    BOOST_TEST(nodes[1].wait() == 1);
    return said;
  }

  /// What ada finds at a node.
  words found_at(size_t node) {
    ada.reconnect(nodes[node]);
    words result;
    for (auto& x : ada.history(ada.with("bob")))
      result.push_back(text_of(*x));
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_growth_test, lone_node)

BOOST_AUTO_TEST_CASE(one_node_becomes_three_under_load_and_its_death_loses_nothing) {
  std::string later;
  for (auto port : ports)
    later += ",127.0.0.1:" + std::to_string(port);
  swarm_process load{nodes[1].endpoint() + later,
                     nodes[1].data_dir() / "service.token",
                     {"--scenario", "mixed", "--users", "48", "--room-size", "6", "--seconds", "20",
                      "--rate", "300"}};
  load.wait_until_loading();
  nodes.found();
  grow();
  auto now = when_settled(nodes[1], {1, 2, 3});
  for (size_t i = 1; i <= nodes.size(); ++i)
    BOOST_TEST(holds(now, i) == groups);
  nodes[1].kill();
  wait_until_served(nodes[3]);
  BOOST_TEST(found_at(2) == said);
  say(1);
  BOOST_TEST(found_at(3) == said);
  auto x = load.finish();
  for (auto fault : {"lost", "missing", "gaps", "duplicated", "reordered", "forged"})
    BOOST_TEST(x.count(fault) == 0u, x.words);
  BOOST_TEST(x.result["drained"].get<bool>());
  BOOST_TEST(x.count("acked") > 1000u);
}

BOOST_AUTO_TEST_CASE(nodes_that_are_killed_while_they_grow_go_on_growing) {
  nodes.found();
  nodes[1].kill();
  nodes[1].start();
  wait_until_served(nodes[1]);
  ada.reconnect(nodes[1]);
  say(10);
  grow();
  wait_for_log(nodes[3], "event=copy-begun");
  nodes[1].kill();
  nodes[3].kill();
  nodes[1].start();
  nodes[3].start();
  when_settled(nodes[1], {1, 2, 3});
  nodes[1].kill();
  wait_until_served(nodes[2]);
  BOOST_TEST(found_at(2) == said);
  BOOST_TEST(found_at(3) == said);
}

BOOST_AUTO_TEST_CASE(a_second_node_that_dies_before_the_third_comes_stops_nobody) {
  nodes.found();
  wait_until_served(nodes[1]);
  must_change(nodes, 1, {"join", nodes.address_of(nodes.add())});
  auto now = when_settled(nodes[1], {1, 2});
  BOOST_TEST(holds(now, 1) == groups);
  wait_until_served(nodes[2]);
  nodes[2].kill();
  ada.reconnect(nodes[1]);
  say(1);
  auto x = change(nodes, 1, {"leave", "1"});
  BOOST_TEST(x.err
             == "parleyctl: " + nodes[1].admin_endpoint()
                  + ": everything is on one node until 3 are there, and 2 are: let others join "
                    "first\n");
  must_change(nodes, 1, {"leave", "2"});
  when_settled(nodes[1], {1});
}

BOOST_AUTO_TEST_CASE(the_service_account_has_the_token_of_the_cluster_and_keeps_its_own) {
  auto before = nodes[1].service_token();
  nodes.found();
  BOOST_TEST(nodes[1].service_token() != before);
  wait_until_served(nodes[1]); // By the new one.
  device with_the_old_one{nodes[1], "service", before};
  with_the_old_one.ask<wire::session>(wire::import_account{"eve"});
}

BOOST_AUTO_TEST_CASE(a_directory_is_for_one_node_of_one_cluster) {
  auto here = nodes.addresses();
  auto key = nodes.key_file().string();
  nodes[1].stop();
  auto joining =
    refused({"--node", "1", "--nodes", here + ",2=127.0.0.1:1", "--join", "--cluster-key", key});
  auto says = "holds what a node on its own was told; it can begin a cluster that others join "
              "(--nodes with node 1 only), not be one of several";
  BOOST_TEST(count_in(joining, says) == 1u, joining);
  auto one_of_three = refused(
    {"--node", "1", "--nodes", here + ",2=127.0.0.1:1,3=127.0.0.1:2", "--cluster-key", key});
  BOOST_TEST(count_in(one_of_three, says) == 1u, one_of_three);
  nodes[1].start({}); // Still alone.
  ada.reconnect(nodes[1]);
  say(1);
  nodes.found();
  nodes[1].stop();
  auto other_key =
    refused({"--node", "1", "--nodes", here, "--cluster-key", nodes.other_key_file()});
  BOOST_TEST(count_in(other_key, "belongs to another cluster") == 1u, other_key);
  auto other_number =
    refused({"--node", "2", "--nodes", "2=" + here.substr(2), "--cluster-key", key});
  BOOST_TEST(count_in(other_number, "belongs to node 1, not to node 2") == 1u, other_number);
  auto alone = refused({});
  BOOST_TEST(count_in(alone, "belongs to node 1 of a cluster; give --node and --cluster-key") == 1u,
             alone);
  nodes[1].start({"--node", "1", "--cluster-key", key});
  wait_until_served(nodes[1]);
  BOOST_TEST(found_at(1) == said);
}

BOOST_AUTO_TEST_CASE(of_two_nodes_with_one_number_the_second_ends) {
  nodes.found();
  must_change(nodes, 1, {"join", nodes.address_of(nodes.add())});
  wait_for_log(nodes[1], "event=map epoch=4"); // Both disks are known.
  auto said_by_twin = words_of_one_that_ends(
    {"--node", "2", "--nodes", nodes.address_of(1) + ",2=127.0.0.1:" + std::to_string(free_port()),
     "--join", "--cluster-key", nodes.key_file()});
  BOOST_TEST(count_in(said_by_twin, "event=not-in-cluster text=\"the cluster knows node 2 with "
                                    "another disk; a node that lost its disk needs a new number\"")
               == 1u,
             said_by_twin);
  must_change(nodes, 1, {"join", nodes.address_of(nodes.add())});
  when_settled(nodes[2], {1, 2, 3});
  nodes[1].kill();
  wait_until_served(nodes[2]);
  BOOST_TEST(found_at(2) == said);
}

BOOST_AUTO_TEST_SUITE_END()
