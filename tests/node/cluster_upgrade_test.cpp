#define BOOST_TEST_MODULE cluster_upgrade

#include "tests/support/cluster_operator.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

// Nodes of two versions in one cluster. PARLEYD_BEFORE names the parleyd of the
// earlier one: tools/checks/upgrade.sh builds it. Without it both are this build,
// which keeps the test itself alive.

using namespace parley;
using namespace parley::testing;

namespace {

std::string parleyd_before() {
  auto named = std::getenv("PARLEYD_BEFORE");
  return named ? named : PARLEYD;
}

/// Of the version before, with clients at work that are judged at the end.
struct earlier_nodes {
  cluster_process nodes{3, {}, {}, parleyd_before()};
  swarm_process load{nodes.endpoints(),
                     nodes[1].data_dir() / "service.token",
                     {"--scenario", "mixed", "--users", "48", "--room-size", "6", "--seconds", "20",
                      "--rate", "300"}};

  earlier_nodes() {
    load.wait_until_loading();
  }

  void restart(size_t node, const std::string& program) {
    BOOST_TEST(nodes[node].stop() == 0);
    nodes[node].start_as(program);
    nodes.wait_until_served();
    when_settled(nodes[node], {1, 2, 3});
    for (size_t i = 1; i <= nodes.size(); ++i)
      wait_until("each node knows that it stays", [&] {
        auto x = cluster_status(nodes[i]);
        return !x.is_null() && x["nodes"][node - 1]["linked"].get<bool>();
      });
  }

  /// A majority that needs nodes of both versions: each leads for a while.
  void majority_of_both(size_t without) {
    nodes[without].kill();
    for (size_t i = 1; i <= nodes.size(); ++i)
      if (i != without)
        wait_until_served(nodes[i]);
    nodes[without].start();
    nodes.wait_until_served();
  }

  void nothing_was_lost() {
    auto x = load.finish();
    BOOST_TEST(x.clean(), x.words);
    BOOST_TEST(x.result["drained"].get<bool>());
    BOOST_TEST(x.count("acked") > 1000u);
    BOOST_TEST(x.count("reconnects") > 0u);
    for (size_t i = 1; i <= nodes.size(); ++i) {
      BOOST_TEST(count_in(nodes[i].log(), "event=frame-refused") == 0u);
      BOOST_TEST(count_in(nodes[i].log(), "event=refused-by") == 0u);
    }
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_upgrade_test, earlier_nodes)

BOOST_AUTO_TEST_CASE(an_upgrade_under_load_node_by_node_loses_nothing) {
  restart(1, PARLEYD);
  majority_of_both(2);
  restart(2, PARLEYD);
  majority_of_both(1);
  restart(3, PARLEYD);
  nothing_was_lost();
}

BOOST_AUTO_TEST_CASE(an_upgrade_under_load_that_is_taken_back_loses_nothing) {
  restart(1, PARLEYD);
  restart(2, PARLEYD);
  restart(1, parleyd_before());
  majority_of_both(3);
  restart(2, parleyd_before());
  nothing_was_lost();
}

BOOST_AUTO_TEST_SUITE_END()
