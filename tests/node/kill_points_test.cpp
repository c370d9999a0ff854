#define BOOST_TEST_MODULE kill_points

#include "tests/support/lives.hpp"
#include "tests/support/node_process.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <random>
#include <thread>

// A node dies at moments that have names (tools/faults/dies_at.cpp), under load, all of
// them in one life: nothing that was acknowledged is lost, and it starts again. Each
// life draws their order, and how often the node comes to each before it dies there.
// Seeds: tests/support/lives.hpp.

using namespace parley;
using namespace parley::testing;

namespace {

using namespace std::chrono_literals;

struct kill_point {
  const char* name;
  bool opening;   ///< Most often while it opens its store, if it has something to recover.
  unsigned times; ///< Within a second or two a node comes there more often.
};

constexpr std::array points{
  kill_point{"sync", false, 300},   kill_point{"synced", false, 300},
  kill_point{"record", false, 300}, kill_point{"table", true, 1},
  kill_point{"manifest", true, 3},  kill_point{"rename", true, 2},
  kill_point{"renamed", true, 2},   kill_point{"unlink", true, 2},
  kill_point{"page", false, 20},
};

struct life {
  std::mt19937_64 dice;
  temp_dir place;
  node_process node;
  std::array<kill_point, points.size()> order = points;

  explicit life(uint64_t seed) : dice(seed) {
    std::shuffle(order.begin(), order.end(), dice);
  }

  /// At any moment, so that it has something to recover.
  void start_and_die() {
    node.start_in({});
    std::this_thread::sleep_for(std::chrono::milliseconds{100 + dice() % 400});
    node.kill();
  }

  /// It may die before it listens.
  void start_and_die_at(const kill_point& point) {
    auto mark = place.path() / point.name;
    auto when = std::string{point.name} + ":" + std::to_string(1 + dice() % point.times);
    try {
      node.start_in(preload(DIES_AT, {"DIES_AT=" + when, "DIES_AT_MARK=" + mark.string()}));
      wait_until("the node comes to " + when, [this] { return !node.running(); });
    } catch (const std::exception&) {
      if (!std::filesystem::exists(mark))
        throw;
    }
    node.wait();
    if (!std::filesystem::exists(mark))
      throw std::runtime_error("it ended before it came to " + when + ": " + node.log());
  }

  judged live() {
    swarm_process swarm{node.endpoint(),
                        node.data_dir() / "service.token",
                        {"--scenario", "mixed", "--users", "60", "--size", "1000", "--rate", "2000",
                         "--seconds", "25", "--drain-seconds", "20"}};
    swarm.wait_until_loading();
    node.kill();
    for (auto& point : order) {
      if (point.opening)
        start_and_die();
      start_and_die_at(point);
    }
    node.start_in({});
    auto judged = swarm.finish();
    if (judged.count("reconnects") == 0 || judged.count("acked") == 0 || !judged.result["drained"])
      throw std::runtime_error("nobody was there to see it: " + judged.words);
    return judged;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(kill_points_test)

BOOST_AUTO_TEST_CASE(a_node_that_dies_at_a_named_moment_loses_nothing_that_was_acknowledged) {
  run_lives<life>(1);
}

BOOST_AUTO_TEST_SUITE_END()
