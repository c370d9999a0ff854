#define BOOST_TEST_MODULE raft_simulation

#include "tests/simulation/raft_world.hpp"
#include "tests/support/from_environment.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>

// Lives of a group of replicas, each from a seed: they crash with writes on
// their way, pause, lose each other, come and go; then everything heals and is
// judged. See raft_world.hpp for what is checked.

using namespace parley;
using namespace parley::simulation;
using testing::from_environment;

namespace {

/// Empty if the life kept every promise.
std::string live(uint64_t seed, const raft_setting& setting, std::ostream* trace,
                 raft_counts& counts) {
  raft_world world{seed, setting};
  world.trace = trace;
  std::string why;
  try {
    world.live();
  } catch (const violation& x) {
    why = x.what();
  }
  counts += world.counts;
  return why;
}

void live_many(const raft_setting& setting, uint64_t lives) {
  raft_counts counts;
  if (auto seed = from_environment("PARLEY_SEED", 0)) {
    BOOST_CHECK_EQUAL(live(seed, setting, &std::cout, counts), "");
    return;
  }
  auto first = from_environment("PARLEY_FIRST_SEED", 1);
  lives = from_environment("PARLEY_SEEDS", lives);
  for (uint64_t seed = first; seed < first + lives; ++seed) {
    auto why = live(seed, setting, nullptr, counts);
    BOOST_REQUIRE_MESSAGE(why.empty(), "PARLEY_SEED=" << seed << ": " << why);
  }
  BOOST_TEST_MESSAGE(lives << " lives: " << in_words(counts));
}

} // namespace

BOOST_AUTO_TEST_CASE(three_replicas_keep_every_promise) {
  live_many({}, 2000);
}

BOOST_AUTO_TEST_CASE(five_replicas_keep_every_promise) {
  live_many({.servers = 5, .founders = 5}, 2000);
}

BOOST_AUTO_TEST_CASE(replicas_come_and_go) {
  live_many({.servers = 5, .founders = 3, .changes = true}, 2000);
}

BOOST_AUTO_TEST_CASE(one_replica_becomes_several) {
  live_many({.servers = 5, .founders = 1, .changes = true}, 2000);
}

BOOST_AUTO_TEST_CASE(a_sole_voter_and_its_standbys_agree) {
  live_many({.founders = 3, .standbys = 2}, 2000);
}

BOOST_AUTO_TEST_CASE(full_disks_harm_nobody_else) {
  live_many({.full_disk = true}, 2000);
}

BOOST_AUTO_TEST_CASE(survives_everything_at_once) {
  live_many({.servers = 5, .founders = 3, .changes = true, .full_disk = true, .life_ms = 60'000},
            2000);
}
