#define BOOST_TEST_MODULE power_loss

#include "tests/support/cluster_process.hpp"
#include "tests/support/files.hpp"
#include "tests/support/lives.hpp"
#include "tests/support/power_cut.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <deque>
#include <random>
#include <thread>

// The power goes, at any moment, and the disk forgets what was not synced: nothing
// that was acknowledged is lost. Each life draws from a seed when the power goes and
// what the disk keeps; when processes notice is not drawn. Seeds: tests/support/lives.hpp.

using namespace parley;
using namespace parley::testing;

namespace {

constexpr kept ways[] = {kept::nothing, kept::all, kept::parts, kept::parts};

/// What a person has put, and was told that it is stored.
struct stored_file {
  seq_t seq;
  std::string bytes;
};

struct life_of_a_node {
  node_process node;
  forgetful_node disk{node};
  std::mt19937_64 dice;
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");
  std::vector<stored_file> stored;
  std::atomic<bool> off = false;

  explicit life_of_a_node(uint64_t seed) : dice(seed) {}

  /// Files one after the other, until the node is gone.
  void put_files() {
    try {
      for (;;) {
        auto bytes = bytes_of_file(1 + dice() % 300'000, dice());
        if (!put(ada, bytes).stored)
          throw std::runtime_error("a file is not stored");
        auto sent = send_file(ada, "bob", ref_of(bytes));
        stored.push_back({sent.seq, std::move(bytes)});
      }
    } catch (const std::exception& ended) {
      if (!off)
        throw;
    }
  }

  void cut() {
    off = false;
    std::jthread power{[this, after = 300 + dice() % 1200] {
      std::this_thread::sleep_for(std::chrono::milliseconds{after});
      off = true;
      node.signal(SIGKILL);
    }};
    put_files();
    power.join();
    disk.cut_power(ways[dice() % std::size(ways)], dice());
    node.start();
    ada.reconnect(node);
    bob.reconnect(node);
    for (auto& x : stored) {
      std::string found;
      if (get(bob, bob.with("ada"), x.seq, found) != ec::none || found != x.bytes)
        throw std::runtime_error("the file of message " + std::to_string(x.seq) + " is lost");
    }
  }

  judged live() {
    swarm_process swarm{node.endpoint(),
                        node.data_dir() / "service.token",
                        {"--scenario", "mixed", "--users", "60", "--size", "1000", "--rate", "3000",
                         "--seconds", "7"}};
    swarm.wait_until_loading();
    for (int i = 0; i < 3; ++i)
      cut();
    return swarm.finish();
  }
};

/// The power of a whole cluster at once.
struct life_of_a_cluster {
  cluster_process nodes;
  std::deque<forgetful_node> disks;
  std::mt19937_64 dice;

  explicit life_of_a_cluster(uint64_t seed) : dice(seed) {
    for (size_t i = 1; i <= nodes.size(); ++i)
      disks.emplace_back(nodes[i]);
    nodes.wait_until_served();
  }

  void cut() {
    std::this_thread::sleep_for(std::chrono::milliseconds{300 + dice() % 1500});
    for (size_t i = 1; i <= nodes.size(); ++i)
      nodes[i].signal(SIGKILL);
    for (auto& x : disks)
      x.cut_power(ways[dice() % std::size(ways)], dice());
    for (size_t i = 1; i <= nodes.size(); ++i)
      nodes[i].start();
    nodes.wait_until_served();
  }

  judged live() {
    swarm_process swarm{nodes.endpoints(),
                        nodes[1].data_dir() / "service.token",
                        {"--scenario", "mixed", "--users", "60", "--size", "1000", "--rate", "1500",
                         "--seconds", "10"}};
    swarm.wait_until_loading();
    for (int i = 0; i < 2; ++i)
      cut();
    return swarm.finish();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(power_loss_test)

BOOST_AUTO_TEST_CASE(a_node_loses_nothing_that_was_acknowledged) {
  run_lives<life_of_a_node>(1);
}

BOOST_AUTO_TEST_CASE(a_cluster_without_power_loses_nothing_that_was_acknowledged) {
  run_lives<life_of_a_cluster>(1);
}

/// Which is made once, at the first start of all.
BOOST_AUTO_TEST_CASE(the_token_of_the_service_outlives_the_first_start) {
  node_process node;
  node.kill();
  std::filesystem::remove_all(node.data_dir());
  forgetful_node disk{node};
  disk.cut_power(kept::nothing, 1);
  node.start();
  BOOST_CHECK_NO_THROW((device{node, "service", node.service_token()}));
}

BOOST_AUTO_TEST_SUITE_END()
