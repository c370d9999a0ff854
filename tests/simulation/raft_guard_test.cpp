#include "tests/simulation/raft_world.hpp"
#include "tests/support/own_process.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>

// Each guard is turned off once, and the simulation must notice. What libraft
// does then includes crashing, so every life is lived in a process of its own.

using namespace parley;
using namespace parley::simulation;

namespace {

using play = std::function<void(raft_world&)>;

void live(raft_world& world) {
  world.live();
}

/// Empty if nothing was noticed.
std::string lived(uint64_t seed, const raft_setting& setting, const play& what) {
  try {
    raft_world world{seed, setting};
    what(world);
  } catch (const violation& x) {
    return x.what();
  }
  return {};
}

std::string outcome(uint64_t seed, const raft_setting& setting, const play& what) {
  return testing::in_own_process([&] { return lived(seed, setting, what); });
}

struct trial {
  bool raft::guards::*guard;
  raft_setting setting;
  play what = live;
  uint64_t seeds = 400; ///< Among which one must go wrong without the guard.
};

void must_bite(trial x) {
  constexpr uint64_t seeds_with = 10;
  for (uint64_t seed = 1; seed <= seeds_with; ++seed)
    BOOST_REQUIRE_MESSAGE(outcome(seed, x.setting, x.what).empty(),
                          "with the guard, seed " << seed << ": "
                                                  << outcome(seed, x.setting, x.what));
  x.setting.guards.*x.guard = false;
  for (uint64_t seed = 1; seed <= x.seeds; ++seed)
    if (auto why = outcome(seed, x.setting, x.what); !why.empty()) {
      BOOST_TEST_MESSAGE("seed " << seed << ": " << why);
      return;
    }
  BOOST_ERROR("nobody misses the guard");
}

// -- scenarios played by hand -----------------------------------------------------------

raft_setting by_hand(unsigned servers) {
  return {.servers = servers, .founders = servers, .calm = true, .snapshot_threshold = 10'000};
}

void expect(bool is, const char* otherwise) {
  if (!is)
    throw violation{otherwise};
}

unsigned number_of(const raft_host& x) {
  return static_cast<unsigned>(x.id.value);
}

unsigned wait_for_leader(raft_world& world) {
  expect(world.run_until([&] { return world.leader() != nullptr; }, 5000), "no leader");
  return number_of(*world.leader());
}

/// Waits until somebody but `old` leads.
unsigned wait_for_leader_after(raft_world& world, unsigned old) {
  auto other = [&] {
    for (auto& x : world.hosts())
      if (x->leads() && number_of(*x) != old)
        return number_of(*x);
    return 0u;
  };
  expect(world.run_until([&] { return other() != 0; }, 5000), "no other leader");
  return other();
}

/// Figure 8 of the paper: an entry of an earlier term that a majority holds can
/// still be replaced.
void figure_8(raft_world& world) {
  auto first = wait_for_leader(world);
  world.run(300);
  world.isolate(first);
  world.host(first).propose(1);
  world.run(50);
  auto second = wait_for_leader_after(world, first);
  world.isolate(second);
  world.host(second).propose(2);
  world.run(50);
  auto third = 6 - first - second;
  auto term = world.host(first).group().term();
  world.cut(first, third, link::good);
  world.run_until(
    [&] { return world.host(first).leads() && world.host(first).group().term() > term; }, 3000);
  world.run(300);
  world.isolate(first);
  world.cut(second, third, link::good);
  world.run(3000);
  world.judge();
}

/// Two voters are left: one has the longer log, the other a higher term, which
/// the first one must hear of.
void term_ahead_of_log(raft_world& world) {
  auto first = wait_for_leader(world);
  world.run(300);
  world.isolate(first);
  world.host(first).propose(1);
  world.run(50);
  auto voter = first % 3 + 1;
  auto other = 6 - first - voter;
  auto term = [&] { return world.host(voter).group().term(); };
  while (term() < world.host(first).group().term() + 2) {
    world.cut(voter, other, link::good);
    auto before = term();
    expect(world.run_until([&] { return term() > before; }, 5000), "no election");
    world.cut(voter, other); // Before it hears of the leader that it elects.
    world.run(400);
  }
  world.host(other).crash();
  world.cut(first, voter, link::good);
  expect(
    world.run_until([&] { return world.leader() != nullptr && world.leader()->awake(); }, 10'000),
    "two of three elect nobody");
}

/// A replica with a long tail that nobody else has comes back to a leader whose
/// log is as long.
void long_wrong_tail(raft_world& world) {
  constexpr unsigned length = 150;
  auto first = wait_for_leader(world);
  world.run(300);
  world.isolate(first);
  for (unsigned i = 0; i < length; ++i)
    world.host(first).propose(1000 + i);
  auto second = wait_for_leader_after(world, first);
  auto acknowledged = world.counts.acknowledged + length;
  for (unsigned i = 0; i < length; ++i)
    world.host(second).propose(2000 + i);
  expect(world.run_until([&] { return world.counts.acknowledged == acknowledged; }, 2000),
         "nothing is committed");
  world.host(second).crash();
  world.run(200);
  world.host(second).start();
  wait_for_leader_after(world, first);
  world.run(100);
  world.heal();
  auto caught_up = [&] {
    return world.leader() != nullptr && world.host(first).now == world.leader()->now;
  };
  expect(world.run_until(caught_up, 1000), "the leader gropes for the end of a log");
  world.judge();
}

/// The newest voter does not know yet that it is one, and its vote is needed.
void voter_without_knowing(raft_world& world) {
  auto first = wait_for_leader(world);
  world.run(300);
  auto& leader = world.host(first);
  auto is_voter = [&] {
    auto servers = leader.group().servers();
    return servers[3].role == raft::server_role::voter;
  };
  leader.change(raft::change_kind::make_voter, node_id{4});
  expect(world.run_until(is_voter, 3000), "no change");
  world.isolate(4);
  world.run(30); // The others commit it.
  leader.crash();
  world.cut(4, first % 3 + 1, link::good);
  world.cut(4, (first + 1) % 3 + 1, link::good);
  expect(world.run_until([&] { return world.leader() != nullptr; }, 10'000),
         "three of four elect nobody");
}

/// Ongaro's counterexample for single-server changes (raft-dev, 2015): two
/// leaders change the same configuration in different ways.
void two_changes_of_one_configuration(raft_world& world) {
  auto first = wait_for_leader(world);
  world.run(300);
  for (unsigned i = 1; i <= 4; ++i)
    if (i != first)
      world.cut(first, i);
  world.host(first).change(raft::change_kind::make_voter, node_id{5});
  world.run(20);
  for (unsigned i = 1; i <= 4; ++i)
    if (i != first)
      world.cut(5, i);
  unsigned second = 0;
  for (int ms = 0; second == 0 && ms < 3000; ++ms) {
    world.run(1);
    for (unsigned i = 1; i <= 4 && second == 0; ++i)
      if (i != first && world.host(i).up()
          && world.host(i).group().change(raft::change_kind::remove, node_id{first}, 1, world.now)
               == raft::verdict::accepted)
        second = i;
  }
  expect(second != 0, "no second leader");
  auto left_out = first == 4 || second == 4 ? (first == 3 || second == 3 ? 2u : 3u) : 4u;
  world.cut(second, left_out);
  world.host(second).propose(1);
  world.run(100);
  world.host(second).propose(2);
  world.run(60);
  for (unsigned i = 1; i <= 4; ++i)
    if (i != first && i != left_out)
      world.isolate(i);
  world.cut(first, left_out, link::good);
  world.run(1500);
  if (world.host(first).leads())
    world.host(first).propose(3);
  world.run(300);
  world.heal();
  world.run(1000);
  world.judge();
}

/// A follower has a change in its log that it does not know to be committed, gets
/// a copy that covers it, and leads then.
void change_covered_by_a_copy(raft_world& world) {
  auto first = wait_for_leader(world);
  world.run(300);
  auto& leader = world.host(first);
  auto second = first % 3 + 1;
  auto& behind = world.host(second);
  leader.change(raft::change_kind::add_spare, node_id{4});
  auto has_it = [&] { return behind.group().last_index() == leader.group().last_index(); };
  expect(world.run_until(has_it, 100), "no change");
  world.isolate(second);
  for (uint64_t i = 1; i <= 100; ++i) {
    leader.propose(i);
    world.run(10);
  }
  world.heal();
  auto caught_up = [&] { return behind.now == leader.now; };
  expect(world.counts.snapshots > 0 && world.run_until(caught_up, 5000), "no copy");
  for (int tries = 0; tries < 20 && !behind.leads(); ++tries) {
    leader.transfer(node_id{second});
    world.run(100);
  }
  expect(behind.leads(), "no transfer");
  auto changes = [&] {
    return behind.group().change(raft::change_kind::add_spare, node_id{5}, 1, world.now)
           == raft::verdict::accepted;
  };
  expect(world.run_until(changes, 3000), "a change of long ago holds up all later ones");
}

/// Proposals without a pause, faster than the disk.
void proposals_without_pause(raft_world& world) {
  auto first = wait_for_leader(world);
  world.run(300);
  auto before = world.counts.acknowledged;
  for (uint64_t i = 1; i <= 1000; ++i) {
    world.host(first).propose(i);
    world.run(1);
    world.host(first).propose(10'000 + i);
  }
  expect(world.counts.acknowledged > before, "the newest proposal keeps all from being committed");
  world.judge();
}

/// A vote that was given, and forgotten in a crash.
void forgotten_vote(raft_world& world) {
  world.isolate(2);
  world.host(3).disk_stopped = true;
  world.run(1000);
  world.host(3).crash();
  world.isolate(1);
  world.cut(2, 3, link::good);
  world.host(3).disk_stopped = false;
  world.host(3).start();
  world.run(2000);
  world.judge();
}

} // namespace

BOOST_AUTO_TEST_SUITE(every_guard_is_missed)

BOOST_AUTO_TEST_CASE(g1_commit_own_term_first) {
  must_bite({&raft::guards::commit_own_term_first, by_hand(3), figure_8, 20});
}

BOOST_AUTO_TEST_CASE(g2_acknowledge_what_matches) {
  must_bite({&raft::guards::acknowledge_what_matches, {}});
}

BOOST_AUTO_TEST_CASE(g3_finish_appends_first) {
  must_bite({&raft::guards::finish_appends_first, {.servers = 5, .founders = 5}});
}

BOOST_AUTO_TEST_CASE(g4_finish_install_first) {
  must_bite({&raft::guards::finish_install_first, {}});
}

BOOST_AUTO_TEST_CASE(g5_reopen_to_take_back_configuration) {
  must_bite({&raft::guards::reopen_to_take_back_configuration,
             {.servers = 5, .founders = 3, .changes = true}});
}

BOOST_AUTO_TEST_CASE(g6_stop_when_a_write_fails) {
  must_bite({&raft::guards::stop_when_a_write_fails, {.full_disk = true}});
}

BOOST_AUTO_TEST_CASE(g7_refuse_with_real_term) {
  must_bite({&raft::guards::refuse_with_real_term, by_hand(3), term_ahead_of_log, 40});
}

BOOST_AUTO_TEST_CASE(g8_lose_results_silently) {
  must_bite({&raft::guards::lose_results_silently, {}});
}

BOOST_AUTO_TEST_CASE(g9_ask_from_commit_index) {
  auto setting = by_hand(3);
  setting.proposals = 200;
  must_bite({&raft::guards::ask_from_commit_index, setting, long_wrong_tail, 20});
}

BOOST_AUTO_TEST_CASE(g10_change_after_own_commit) {
  auto setting = by_hand(5);
  setting.standbys = 1;
  must_bite(
    {&raft::guards::change_after_own_commit, setting, two_changes_of_one_configuration, 20});
}

BOOST_AUTO_TEST_CASE(g12_vote_whatever_configuration_says) {
  auto setting = by_hand(4);
  setting.standbys = 1;
  must_bite({&raft::guards::vote_whatever_configuration_says, setting, voter_without_knowing, 20});
}

BOOST_AUTO_TEST_CASE(g13_commit_what_matches) {
  must_bite({&raft::guards::commit_what_matches, {}});
}

BOOST_AUTO_TEST_CASE(g14_new_term_for_sole_voter) {
  must_bite({&raft::guards::new_term_for_sole_voter, {.founders = 3, .standbys = 2}});
}

BOOST_AUTO_TEST_CASE(g15_commit_covered_configuration) {
  auto setting = by_hand(3);
  setting.servers = 5;
  setting.snapshot_threshold = 30;
  must_bite({&raft::guards::commit_covered_configuration, setting, change_covered_by_a_copy, 20});
}

BOOST_AUTO_TEST_CASE(g16_mark_with_its_configuration) {
  must_bite(
    {&raft::guards::mark_with_its_configuration, {.servers = 5, .founders = 3, .changes = true}});
}

BOOST_AUTO_TEST_CASE(k_bound_proposals) {
  auto setting = by_hand(3);
  setting.delay_ms = 10;
  must_bite({&raft::guards::bound_proposals, setting, proposals_without_pause, 5});
}

BOOST_AUTO_TEST_CASE(votes_and_terms_are_held_until_durable) {
  must_bite({&raft::guards::hold_until_durable, by_hand(3), forgotten_vote, 40});
}

BOOST_AUTO_TEST_CASE(marks_wait_for_flushed_rows) {
  must_bite({&raft::guards::mark_what_is_flushed, {}});
}

BOOST_AUTO_TEST_SUITE_END()
