#define BOOST_TEST_MODULE cluster_simulation

#include "tests/simulation/cluster_world.hpp"
#include "tests/support/from_environment.hpp"

#include <boost/test/unit_test.hpp>

#include <iostream>

// Lives of a whole cluster and its clients, each from a seed. See
// cluster_world.hpp for what runs and what is judged.

using namespace parley;
using namespace parley::simulation;
using testing::from_environment;

namespace {

/// Empty if the life kept every promise.
std::string live(uint64_t seed, const cluster_setting& setting, std::ostream* trace,
                 cluster_counts& counts) {
  cluster_world world{seed, setting};
  world.trace = trace;
  auto why = world.live();
  counts += world.counts;
  return why;
}

/// Who was away for a moment must fetch the whole shard.
const cluster_setting far_behind{
  .snapshot_threshold = 8, .snapshot_trailing = 2, .copy_page_bytes = 500};

/// Nodes join, leave, are replaced; their shards move.
const cluster_setting come_and_go{
  .comers = 3, .snapshot_threshold = 20, .snapshot_trailing = 5, .log_bytes = 4'000};

/// Some life goes wrong only because a node forgets to do `what`.
void must_bite(bool cluster_mutations::*what, const cluster_setting& setting) {
  constexpr uint64_t seeds = 2000;
  auto mutated = setting;
  mutated.mutations.*what = true;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    cluster_counts counts;
    auto why = live(seed, mutated, nullptr, counts);
    if (!why.empty() && live(seed, setting, nullptr, counts).empty()) {
      BOOST_TEST_MESSAGE("seed " << seed << ": " << why);
      BOOST_TEST(!why.empty());
      return;
    }
  }
  BOOST_ERROR("nobody notices");
}

void live_many(const cluster_setting& setting, uint64_t lives) {
  cluster_counts counts;
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

BOOST_AUTO_TEST_CASE(three_nodes_keep_every_promise) {
  live_many({}, 2000);
}

BOOST_AUTO_TEST_CASE(five_nodes_keep_every_promise) {
  live_many({.nodes = 5}, 2000);
}

BOOST_AUTO_TEST_CASE(full_disks_cost_nobody_a_message) {
  live_many({.full_disks = true}, 2000);
}

BOOST_AUTO_TEST_CASE(copies_of_shards_lose_nothing) {
  live_many(far_behind, 2000);
}

BOOST_AUTO_TEST_CASE(nodes_come_and_go_and_nobody_loses_a_message) {
  live_many(come_and_go, 2000);
}

BOOST_AUTO_TEST_CASE(a_read_that_asks_nobody_is_noticed) {
  must_bite(&cluster_mutations::read_without_asking, {});
}

BOOST_AUTO_TEST_CASE(an_answer_before_the_commit_is_noticed) {
  must_bite(&cluster_mutations::answer_at_once, {});
}

BOOST_AUTO_TEST_CASE(rooms_that_outlive_their_epoch_are_noticed) {
  must_bite(&cluster_mutations::serve_any_epoch, {});
}

BOOST_AUTO_TEST_CASE(a_copy_without_its_mark_is_noticed) {
  must_bite(&cluster_mutations::forget_replacing, far_behind);
}

BOOST_AUTO_TEST_CASE(sessions_that_are_not_shown_again_are_noticed) {
  must_bite(&cluster_mutations::never_show_sessions, {});
}
