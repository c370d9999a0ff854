#include "persistence/raft_group.hpp"

#include "persistence/memory_store.hpp"
#include "persistence/raft_rows.hpp"
#include "schema/effect_codec.hpp"
#include "tests/support/own_process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace parley;
using namespace parley::raft;
using namespace std::chrono_literals;

namespace {

constexpr shard_id shard{7};
const node_id me{1};
const node_id she{2};
const node_id he{3};

group_options options_of(std::initializer_list<node_id> founders) {
  group_options x;
  x.self = me;
  for (auto id : founders)
    x.founders.push_back({id});
  x.seed = 1;
  return x;
}

frame entry(std::string_view text = "01234567") {
  effect x;
  x.put(keys::starts(), frame{text});
  return encode_effects({&x, 1});
}

/// One replica, with everything that came out of it, and a disk that a test
/// lets go on.
struct replica {
  explicit replica(group_options x = options_of({me, she, he}), persisted found = {})
      : options(std::move(x)), group(options, std::move(found), now) {
    carry();
  }

  void carry() {
    auto x = group.take();
    auto append = [](auto& to, auto& from) {
      to.insert(to.end(), std::make_move_iterator(from.begin()),
                std::make_move_iterator(from.end()));
    };
    append(seen.committed, x.committed);
    append(seen.writes, x.writes);
    append(seen.letters, x.letters);
    append(seen.proposals, x.proposals);
    append(seen.reads, x.reads);
    append(seen.changes, x.changes);
    if (x.install)
      seen.install = x.install;
    if (x.role)
      seen.role = x.role;
    if (!x.fatal.empty())
      seen.fatal = x.fatal;
    seen.reload = seen.reload || x.reload;
  }

  void hear(node_id from, term_t term, message_body body) {
    group.receive(encode(message{from, me, term, std::move(body)}), now);
    carry();
  }

  void tick(int times = 1) {
    for (; times != 0; --times) {
      now += options.heartbeat;
      group.tick(now);
      carry();
    }
  }

  /// The disk has all writes so far, and all rows.
  void sync() {
    if (seen.writes.empty())
      return;
    group.written(seen.writes.back().number, now);
    if (rows_are_flushed)
      group.flushed(group.waits_for_flush(), now);
    carry();
  }

  std::vector<message> letters() {
    std::vector<message> result;
    for (auto& x : seen.letters)
      result.push_back(*decode_message(x.bytes.bytes()));
    return result;
  }

  template <class Body>
  std::vector<message> said() {
    auto result = letters();
    std::erase_if(result, [](auto& x) { return !std::holds_alternative<Body>(x.body); });
    return result;
  }

  void forget() {
    seen.letters.clear();
  }

  /// Makes it leader of a term of its own, with all votes and a durable disk,
  /// but with nothing committed.
  void elect() {
    sync();
    while (said<request_vote>().empty())
      tick();
    hear(she, group.term(), request_vote_result{true, true});
    sync();
    hear(she, group.term(), request_vote_result{true, false});
    sync();
  }

  void acknowledge(node_id who) {
    hear(who, group.term(), append_entries_result{0, group.last_index()});
  }

  /// And one that serves.
  void lead() {
    elect();
    acknowledge(she);
    forget();
  }

  /// So many entries, one after the other, as the only voter.
  void propose(uint64_t count) {
    sync();
    sync();
    for (uint64_t i = 0; i < count; ++i) {
      (void)group.propose(entry(), i, now);
      carry();
      sync();
    }
  }

  bool rows_are_flushed = true;
  moment now = 1s;
  group_options options;
  output seen;
  raft::group group;
};

/// The last configuration entry of a fresh group.
frame first_entry() {
  replica x;
  for (auto& y : x.seen.writes)
    if (auto log = std::get_if<append_log>(&y.what))
      return log->entries[0];
  return {};
}

/// A log that was cut at 4: entries 3 to 6, all of term 1.
persisted cut_log(const frame& command) {
  persisted x;
  x.state = {1, {}};
  x.snapshot = snapshot_mark{4, 1, {{me}, {she}, {he}}, 1};
  x.first = 3;
  x.applied = 4;
  for (int i = 3; i <= 6; ++i)
    x.entries.push_back(encode(log_entry{1, entry_kind::command, command.bytes()}));
  return x;
}

append_entries entries_after(index_t prev, term_t prev_term, size_t count, term_t term,
                             std::string_view data, index_t commit) {
  append_entries x{prev, prev_term, commit, {}};
  for (; count != 0; --count)
    x.entries.push_back({term, entry_kind::command, data});
  return x;
}

template <class What>
std::vector<What> written(const replica& x) {
  std::vector<What> result;
  for (auto& y : x.seen.writes)
    if (auto what = std::get_if<What>(&y.what))
      result.push_back(*what);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(raft_group_test)

// -- one that was alone -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_sole_voter_leads_in_a_term_that_it_never_led_before) {
  persisted found;
  found.state = {3, me};
  found.snapshot = snapshot_mark{4, 3, {{me}, {she, server_role::standby}}, 2};
  found.first = 5;
  found.applied = 4;
  replica x{options_of({}), found};
  BOOST_TEST((written<save_state>(x).back().state == hard_state{4, me}));
  x.tick(3);
  BOOST_TEST(x.seen.letters.empty()); // It is not durable yet.
  x.sync();
  x.tick(3);
  BOOST_TEST((x.group.role() == role{role_kind::leader, me, 4}));
  BOOST_TEST(!x.seen.letters.empty());
  for (auto& letter : x.letters())
    BOOST_TEST(letter.term == 4u);
}

BOOST_AUTO_TEST_CASE(who_joins_a_group_that_was_founded_alone_is_sent_to_fetch_its_rows) {
  memory_store disk;
  effect founded;
  found_alone(shard, me, founded);
  BOOST_REQUIRE(disk.write({&founded, 1}, store::space::free).ok());
  persisted found;
  BOOST_REQUIRE(load_group(disk, shard, found).ok());
  replica x{options_of({}), found};
  x.sync();
  uint64_t changes = 0;
  for (auto what : {change_kind::add_spare, change_kind::make_standby}) {
    BOOST_REQUIRE((x.group.change(what, she, ++changes, x.now) == verdict::accepted));
    x.carry();
    x.sync();
    BOOST_REQUIRE(x.seen.changes.size() == changes);
  }
  x.tick();
  auto asked = std::get<append_entries>(x.said<append_entries>().back().body);
  x.hear(she, x.group.term(), append_entries_result{asked.prev_log_index, 0}); // She has nothing.
  x.tick();
  BOOST_TEST(x.said<install_snapshot>().size() == 1u);
}

// -- what must be durable first -------------------------------------------------------

BOOST_AUTO_TEST_CASE(founders_write_the_same_first_entry) {
  auto other = options_of({me, she, he});
  other.self = she;
  replica one;
  replica two{other};
  BOOST_TEST(written<append_log>(one)[0].entries[0].bytes()
             == written<append_log>(two)[0].entries[0].bytes());
}

BOOST_AUTO_TEST_CASE(says_nothing_before_its_first_term_is_durable) {
  replica x;
  x.hear(she, 1, request_vote{1, 1, true});
  BOOST_TEST(x.seen.letters.empty());
  x.sync();
  BOOST_TEST(x.said<request_vote_result>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_vote_leaves_only_after_it_is_durable) {
  replica x;
  x.sync();
  x.hear(she, 2, request_vote{1, 1, false});
  BOOST_TEST(x.said<request_vote_result>().empty());
  auto state = written<save_state>(x).back().state;
  BOOST_TEST((state == hard_state{2, she}));
  x.sync();
  auto said = x.said<request_vote_result>();
  BOOST_REQUIRE(said.size() == 1u);
  BOOST_TEST(std::get<request_vote_result>(said[0].body).vote_granted);
}

BOOST_AUTO_TEST_CASE(letters_stay_in_order_behind_one_that_waits) {
  replica x;
  x.sync();
  x.hear(she, 2, request_vote{1, 1, false});
  x.hear(he, 2, request_vote{1, 1, false});
  BOOST_TEST(x.seen.letters.empty());
  x.sync();
  auto said = x.letters();
  BOOST_REQUIRE(said.size() == 2u);
  BOOST_TEST((said[0].to == she && said[1].to == he));
  BOOST_TEST(!std::get<request_vote_result>(said[1].body).vote_granted);
}

BOOST_AUTO_TEST_CASE(entries_are_acknowledged_after_they_are_durable) {
  replica x;
  x.sync();
  auto data = entry();
  x.hear(she, 1, entries_after(1, 1, 2, 1, data.bytes(), 1));
  BOOST_TEST(x.said<append_entries_result>().empty());
  x.sync();
  auto said = x.said<append_entries_result>();
  BOOST_REQUIRE(said.size() == 1u);
  BOOST_TEST(std::get<append_entries_result>(said[0].body).last_log_index == 3u);
}

BOOST_AUTO_TEST_CASE(a_failed_write_is_fatal) {
  replica x;
  x.group.write_failed(x.now);
  x.carry();
  BOOST_TEST(!x.seen.fatal.empty());
  x.tick(100);
  BOOST_TEST(x.seen.letters.empty());
}

// -- leading -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_leader_serves_once_its_barrier_is_applied) {
  replica x;
  x.elect();
  BOOST_TEST((x.group.role().kind != role_kind::leader));
  x.acknowledge(she);
  BOOST_TEST((x.seen.role == role{role_kind::leader, me, x.group.term()}));
}

BOOST_AUTO_TEST_CASE(a_group_of_one_leads_itself) {
  replica x{options_of({me})};
  x.sync();
  x.sync();
  BOOST_TEST((x.group.role().kind == role_kind::leader));
  BOOST_TEST((x.group.propose(entry(), 9, x.now) == verdict::accepted));
  x.carry();
  x.sync();
  BOOST_REQUIRE(x.seen.proposals.size() == 1u);
  BOOST_TEST(x.seen.proposals[0].token == 9u);
  BOOST_TEST(x.seen.proposals[0].index == x.seen.committed.back().index);
}

BOOST_AUTO_TEST_CASE(a_proposal_ends_where_a_majority_has_it) {
  replica x;
  x.lead();
  auto data = entry();
  BOOST_TEST((x.group.propose(data, 5, x.now) == verdict::accepted));
  x.carry();
  x.sync();
  BOOST_TEST(x.seen.proposals.empty());
  x.acknowledge(he);
  BOOST_REQUIRE(x.seen.proposals.size() == 1u);
  BOOST_TEST(x.seen.proposals[0].token == 5u);
  BOOST_TEST(x.seen.proposals[0].index == x.group.last_index());
  BOOST_REQUIRE(x.seen.committed.size() == 1u);
  BOOST_TEST(x.seen.committed[0].data.bytes() == data.bytes());
  BOOST_TEST(x.seen.committed[0].term == x.group.term());
}

BOOST_AUTO_TEST_CASE(a_deposed_leader_does_not_know_what_became_of_proposals) {
  replica x;
  x.lead();
  (void)x.group.propose(entry(), 5, x.now);
  x.carry();
  x.sync();
  x.hear(she, x.group.term() + 1, append_entries{1, 1, 1, {}});
  BOOST_REQUIRE(x.seen.proposals.size() == 1u);
  BOOST_TEST(x.seen.proposals[0].index == 0u);
  BOOST_TEST((x.seen.role->kind != role_kind::leader));
  BOOST_TEST((x.group.propose(entry(), 6, x.now) == verdict::not_leader));
}

BOOST_AUTO_TEST_CASE(a_leader_without_a_majority_steps_down) {
  replica x;
  x.lead();
  x.tick(25);
  BOOST_TEST((x.group.role().kind == role_kind::unknown));
}

BOOST_AUTO_TEST_CASE(proposals_have_a_limit_in_number_and_bytes) {
  replica x;
  x.lead();
  for (size_t i = 0; i < x.options.proposals; ++i)
    BOOST_TEST((x.group.propose(entry(), i, x.now) == verdict::accepted));
  BOOST_TEST((x.group.propose(entry(), 99, x.now) == verdict::busy));
  BOOST_TEST(x.group.proposals_in_flight() == x.options.proposals);
  frame large{std::string(limits::raft_entry_bytes + 8, 'x')};
  BOOST_TEST((x.group.propose(large, 99, x.now) == verdict::too_large));
  BOOST_TEST((x.group.propose({}, 99, x.now) == verdict::too_large));
}

BOOST_AUTO_TEST_CASE(who_loses_the_connection_to_the_leader_soon_asks_for_votes) {
  for (auto lost : {she, he}) {
    replica x;
    x.sync();
    x.hear(she, 2, append_entries{1, 1, 0, {}});
    x.sync();
    x.group.connected(lost, false);
    x.tick(2);
    BOOST_TEST(x.said<request_vote>().empty() == (lost == he));
  }
}

BOOST_AUTO_TEST_CASE(a_letter_holds_no_more_than_its_limit) {
  auto options = options_of({me, she, he});
  options.append_bytes = 3000;
  replica x{options};
  x.lead();
  for (int i = 0; i < 8; ++i)
    (void)x.group.propose(entry(std::string(1000, 'x')), 1, x.now);
  x.carry();
  x.sync();
  x.forget();
  x.group.connected(she, false);
  x.tick(2);
  auto said = x.said<append_entries>();
  BOOST_REQUIRE(!said.empty());
  auto& first = std::get<append_entries>(said[0].body);
  BOOST_TEST(first.entries.size() < 8u);
  x.forget();
  auto upto = first.prev_log_index + first.entries.size();
  x.hear(he, x.group.term(), append_entries_result{0, upto});
  said = x.said<append_entries>();
  BOOST_REQUIRE(!said.empty());
  BOOST_TEST(std::get<append_entries>(said[0].body).prev_log_index == upto);
}

// -- reads -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_read_waits_for_a_majority) {
  replica x;
  x.lead();
  x.group.confirm_leadership(3, x.now);
  x.carry();
  auto said = x.said<confirm>();
  BOOST_REQUIRE(said.size() == 2u);
  BOOST_TEST(x.seen.reads.empty());
  auto round = std::get<confirm>(said[0].body).round;
  x.hear(she, x.group.term() - 1, confirm_result{round});
  x.hear(she, x.group.term(), confirm_result{round - 1});
  BOOST_TEST(x.seen.reads.empty());
  x.hear(she, x.group.term(), confirm_result{round});
  BOOST_REQUIRE(x.seen.reads.size() == 1u);
  BOOST_TEST(x.seen.reads[0].token == 3u);
  BOOST_TEST(x.seen.reads[0].index == x.group.commit_index());
}

BOOST_AUTO_TEST_CASE(a_read_that_came_during_a_round_needs_the_next) {
  replica x;
  x.lead();
  x.group.confirm_leadership(1, x.now);
  x.group.confirm_leadership(2, x.now);
  x.group.confirm_leadership(3, x.now);
  x.carry();
  BOOST_TEST(x.said<confirm>().size() == 2u);
  x.hear(she, x.group.term(), confirm_result{1});
  BOOST_TEST(x.seen.reads.size() == 1u);
  x.hear(he, x.group.term(), confirm_result{1}); // Too late for this one.
  BOOST_TEST(x.seen.reads.size() == 1u);
  x.hear(he, x.group.term(), confirm_result{2});
  BOOST_TEST(x.seen.reads.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_lost_question_is_asked_again) {
  replica x;
  x.lead();
  x.group.confirm_leadership(1, x.now);
  x.carry();
  x.forget();
  x.tick();
  BOOST_TEST(x.said<confirm>().size() == 2u);
}

BOOST_AUTO_TEST_CASE(who_does_not_lead_confirms_nothing) {
  replica x;
  x.group.confirm_leadership(1, x.now);
  x.carry();
  BOOST_REQUIRE(x.seen.reads.size() == 1u);
  BOOST_TEST(x.seen.reads[0].index == 0u);
  replica y;
  y.lead();
  y.group.confirm_leadership(2, y.now);
  y.hear(she, y.group.term() + 1, append_entries{1, 1, 1, {}});
  BOOST_REQUIRE(y.seen.reads.size() == 1u);
  BOOST_TEST(y.seen.reads[0].index == 0u);
}

BOOST_AUTO_TEST_CASE(a_follower_confirms_its_own_term_only) {
  replica x;
  x.sync();
  x.hear(she, 1, confirm{7});
  BOOST_TEST(x.said<confirm_result>().size() == 1u);
  x.hear(she, 2, confirm{7});
  x.hear(she, 0, confirm{7});
  BOOST_TEST(x.said<confirm_result>().size() == 1u);
}

// -- membership ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(membership_changes_only_after_an_own_entry_is_committed) {
  replica x;
  x.elect();
  BOOST_TEST((x.group.change(change_kind::add_spare, node_id{4}, 1, x.now) == verdict::busy));
  x.acknowledge(she);
  BOOST_TEST((x.group.change(change_kind::add_spare, node_id{4}, 1, x.now) == verdict::accepted));
  BOOST_TEST((x.group.change(change_kind::add_spare, node_id{5}, 2, x.now) == verdict::busy));
  x.carry();
  x.sync();
  x.acknowledge(she);
  BOOST_REQUIRE(x.seen.changes.size() == 1u);
  BOOST_TEST(x.seen.changes[0].done);
  BOOST_TEST(x.group.servers().size() == 4u);
}

BOOST_AUTO_TEST_CASE(three_voters_stay) {
  replica x;
  x.lead();
  BOOST_TEST((x.group.change(change_kind::remove, he, 1, x.now) == verdict::busy));
  BOOST_TEST((x.group.change(change_kind::make_spare, he, 1, x.now) == verdict::busy));
}

// -- snapshots -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_log_is_cut_behind_a_mark) {
  auto options = options_of({me});
  options.snapshot_threshold = 8;
  options.snapshot_trailing = 3;
  replica x{options};
  x.propose(10);
  auto marks = written<save_snapshot>(x);
  BOOST_REQUIRE(!marks.empty());
  BOOST_TEST(marks[0].first == 1u);
  BOOST_TEST(marks[0].last == marks[0].mark.last_index - 3);
}

BOOST_AUTO_TEST_CASE(a_log_of_few_large_entries_is_cut_as_well) {
  auto options = options_of({me});
  options.log_bytes = 8 * encode(log_entry{1, entry_kind::command, entry().bytes()}).size_bytes();
  replica x{options};
  x.propose(40);
  auto marks = written<save_snapshot>(x);
  BOOST_REQUIRE(!marks.empty());
  BOOST_TEST(x.group.last_index() - marks.back().last <= 12u);
  BOOST_TEST(marks.size() <= 40u / 4); // Half of it each time, not a little each time.
  index_t first = 1;
  for (auto& y : marks) {
    BOOST_TEST(y.first == first);
    first = y.last + 1;
  }
}

BOOST_AUTO_TEST_CASE(the_log_is_cut_no_sooner_than_rows_are_flushed) {
  auto options = options_of({me});
  options.snapshot_threshold = 8;
  options.snapshot_trailing = 3;
  replica x{options};
  x.rows_are_flushed = false;
  x.propose(30);
  auto wanted = x.group.waits_for_flush();
  BOOST_TEST(wanted >= 8u);
  x.group.flushed(wanted - 1, x.now);
  x.carry();
  BOOST_TEST(written<save_snapshot>(x).empty());
  x.group.flushed(wanted, x.now);
  x.carry();
  BOOST_REQUIRE(written<save_snapshot>(x).size() == 1u);
  BOOST_TEST(written<save_snapshot>(x)[0].mark.last_index == wanted);
  BOOST_TEST(x.group.waits_for_flush() == 0u);
  x.sync();
  x.propose(1); // And then the next one.
  BOOST_TEST(x.group.waits_for_flush() > wanted);
}

BOOST_AUTO_TEST_CASE(an_install_does_not_wait_for_a_flush) {
  auto options = options_of({me, she, he});
  options.snapshot_threshold = 8;
  replica x{options};
  auto data = entry();
  x.rows_are_flushed = false;
  x.sync();
  x.hear(she, 1, entries_after(1, 1, 15, 1, data.bytes(), 16));
  x.sync();
  BOOST_TEST(x.group.waits_for_flush() != 0u);
  x.hear(she, 1, install_snapshot{{50, 1, {{me}, {she}, {he}}, 1}});
  BOOST_TEST(x.group.waits_for_flush() == 0u);
  BOOST_REQUIRE(x.seen.install);
  x.group.installed(true, 50, x.now);
  x.carry();
  BOOST_REQUIRE(written<save_snapshot>(x).size() == 1u);
  BOOST_TEST(written<save_snapshot>(x)[0].mark.last_index == 50u);
}

BOOST_AUTO_TEST_CASE(what_a_copy_replaced_counts_for_nothing) {
  auto options = options_of({me, she, he});
  auto data = entry();
  options.log_bytes = 20 * encode(log_entry{1, entry_kind::command, data.bytes()}).size_bytes();
  replica x{options};
  x.sync();
  x.hear(she, 1, entries_after(1, 1, 15, 1, data.bytes(), 16));
  x.sync();
  snapshot_mark mark{50, 1, {{me}, {she}, {he}}, 1};
  x.hear(she, 1, install_snapshot{mark});
  x.group.installed(true, 50, x.now);
  x.carry();
  x.sync();
  x.hear(she, 1, entries_after(50, 1, 10, 1, data.bytes(), 60));
  x.sync();
  BOOST_TEST(x.seen.committed.back().index == 60u);
  BOOST_TEST(written<save_snapshot>(x).size() == 1u); // That of the copy.
}

BOOST_AUTO_TEST_CASE(who_is_too_far_behind_fetches_rows_before_the_mark) {
  replica x;
  x.sync();
  snapshot_mark mark{50, 1, {{me}, {she}, {he}}, 1};
  x.hear(she, 1, install_snapshot{mark});
  BOOST_REQUIRE(x.seen.install);
  BOOST_TEST((x.seen.install->mark == mark && x.seen.install->from == she));
  BOOST_TEST(written<save_snapshot>(x).empty());
  x.group.installed(true, 52, x.now);
  x.carry();
  auto marks = written<save_snapshot>(x);
  BOOST_REQUIRE(marks.size() == 1u);
  BOOST_TEST((marks[0].first == 1u && marks[0].last == 1u));
  BOOST_TEST(x.said<append_entries_result>().empty());
  x.sync();
  auto said = x.said<append_entries_result>();
  BOOST_REQUIRE(said.size() == 1u);
  BOOST_TEST(std::get<append_entries_result>(said[0].body).last_log_index == 50u);
  auto data = entry();
  x.hear(she, 1, entries_after(50, 1, 4, 1, data.bytes(), 54));
  x.sync();
  BOOST_REQUIRE(x.seen.committed.size() == 2u); // The rows had 51 and 52.
  BOOST_TEST(x.seen.committed[0].index == 53u);
}

BOOST_AUTO_TEST_CASE(a_configuration_that_fetched_rows_cover_holds_up_no_later_one) {
  replica x;
  x.sync();
  auto configuration = first_entry();
  auto change = *decode_entry(configuration.bytes());
  x.hear(she, 1, append_entries{1, 1, 1, {change}}); // Not committed yet, for all it knows.
  x.sync();
  x.hear(she, 1, install_snapshot{{50, 1, {{me}, {she}, {he}}, 2}});
  x.group.installed(true, 50, x.now);
  x.carry();
  x.lead();
  BOOST_TEST((x.group.change(change_kind::add_spare, node_id{4}, 1, x.now) == verdict::accepted));
}

BOOST_AUTO_TEST_CASE(who_cannot_fetch_rows_begins_again_from_disk) {
  replica x;
  x.hear(she, 1, install_snapshot{{50, 1, {{me}, {she}, {he}}, 1}});
  x.group.installed(false, 0, x.now);
  x.carry();
  BOOST_TEST(!x.seen.reload); // The first writes are still on their way.
  x.sync();
  BOOST_TEST(x.seen.reload);
}

BOOST_AUTO_TEST_CASE(a_log_that_was_cut_takes_only_what_is_new) {
  auto data = entry();
  replica x{options_of({}), cut_log(data)};
  x.hear(she, 1, entries_after(0, 0, 8, 1, data.bytes(), 8));
  auto appends = written<append_log>(x);
  BOOST_REQUIRE(appends.size() == 1u);
  BOOST_TEST(appends[0].first == 7u);
  BOOST_TEST(appends[0].entries.size() == 2u);
  x.sync();
  BOOST_TEST(x.seen.committed.front().index == 5u);
  BOOST_TEST(x.seen.committed.back().index == 8u);
}

BOOST_AUTO_TEST_CASE(g11_skip_committed_entries_is_missed) {
  auto right = [](bool guarded) -> std::string {
    auto options = options_of({});
    options.guards.skip_committed_entries = guarded;
    auto data = entry();
    replica x{options, cut_log(data)};
    x.hear(she, 1, entries_after(0, 0, 8, 1, data.bytes(), 8));
    auto appends = written<append_log>(x);
    return appends.size() == 1 && appends[0].first == 7 ? "right" : "wrong";
  };
  BOOST_TEST(parley::testing::in_own_process([&] { return right(true); }) == "right");
  BOOST_TEST(parley::testing::in_own_process([&] { return right(false); }) != "right");
}

// -- hostile and stale input -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(letters_for_others_and_broken_ones_are_ignored) {
  replica x;
  x.sync();
  x.group.receive(frame{"what is this for"}, x.now);
  x.group.receive(encode(message{she, he, 9, request_vote{9, 9, false}}), x.now);
  x.group.receive(encode(message{me, me, 9, request_vote{9, 9, false}}), x.now);
  x.carry();
  BOOST_TEST(x.seen.letters.empty());
  BOOST_TEST(x.group.term() == 1u);
}

BOOST_AUTO_TEST_CASE(a_configuration_that_does_not_decode_is_ignored) {
  replica x;
  x.sync();
  append_entries bad{1, 1, 1, {{1, entry_kind::configuration, "nobody knows who"}}};
  x.hear(she, 1, bad);
  BOOST_TEST(x.seen.fatal.empty());
  BOOST_TEST(x.group.last_index() == 1u);
}

BOOST_AUTO_TEST_CASE(a_damaged_log_does_not_start) {
  persisted found;
  found.state = {3, {}};
  found.entries.push_back(frame{"01234567"});
  replica x{options_of({}), found};
  BOOST_TEST(!x.seen.fatal.empty());
}

BOOST_AUTO_TEST_CASE(messages_that_wait_for_the_disk_have_a_limit) {
  replica x;
  x.sync();
  auto small = entry();
  x.hear(she, 1, entries_after(1, 1, 1, 1, small.bytes(), 1));
  std::string large(limits::raft_entry_bytes, 'x');
  constexpr index_t many = 2 * limits::raft_waiting_bytes / limits::raft_entry_bytes;
  for (index_t i = 0; i < many; ++i) // A new term, so they wait.
    x.hear(he, 2, entries_after(2 + i, i == 0 ? 1 : 2, 1, 2, large, 1));
  BOOST_TEST(x.group.last_index() == 2u);
  x.sync();
  BOOST_TEST(x.group.last_index() > 2u);
  BOOST_TEST(x.group.last_index() < 2 + many / 2 + 1);
}

BOOST_AUTO_TEST_CASE(who_cannot_be_reached_gets_no_letters) {
  replica x;
  x.lead();
  x.group.connected(he, false);
  x.tick(4);
  for (auto& y : x.letters())
    BOOST_TEST((y.to == she));
  x.forget();
  x.group.connected(he, true);
  x.tick(4);
  BOOST_TEST(
    std::any_of(x.seen.letters.begin(), x.seen.letters.end(), [](auto& y) { return y.to == he; }));
}

// -- rows ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_written_is_what_is_loaded) {
  auto options = options_of({me});
  options.snapshot_threshold = 8;
  options.snapshot_trailing = 3;
  memory_store disk;
  term_t term = 0;
  index_t last = 0;
  {
    replica x{options};
    for (uint64_t i = 0; i < 20; ++i) {
      x.sync();
      (void)x.group.propose(entry(), i, x.now);
      x.carry();
    }
    x.sync();
    for (auto& y : x.seen.writes)
      BOOST_REQUIRE(disk.write(std::vector{rows_of(shard, y)}).ok());
    for (auto& y : x.seen.committed)
      BOOST_REQUIRE(disk.write(std::vector{*rows_of(shard, y)}).ok());
    term = x.group.term();
    last = x.group.last_index();
  }
  persisted found;
  BOOST_REQUIRE(load_group(disk, shard, found).ok());
  BOOST_TEST(found.state.current_term == term);
  BOOST_REQUIRE(found.snapshot);
  BOOST_TEST(found.first > 1u);
  BOOST_TEST(found.first - 1 + found.entries.size() == last);
  BOOST_TEST(found.applied == last);
  replica again{options, found};
  BOOST_TEST(again.seen.fatal.empty());
  again.sync();
  again.sync();
  BOOST_TEST((again.group.role().kind == role_kind::leader));
  BOOST_TEST(again.seen.committed.empty()); // All of it is applied.
}

BOOST_AUTO_TEST_CASE(an_empty_disk_has_no_group) {
  memory_store disk;
  persisted found;
  BOOST_REQUIRE(load_group(disk, shard, found).ok());
  BOOST_TEST(found.state.current_term == 0u);
  BOOST_TEST(found.first == 1u);
  BOOST_TEST(found.entries.empty());
}

/// A vote that is forgotten can be given twice.
BOOST_AUTO_TEST_CASE(a_row_that_cannot_be_read_is_not_taken_for_none) {
  for (auto& at : {keys::hard_state(shard), keys::snapshot(shard), keys::applied(shard)}) {
    memory_store disk;
    disk.spoil(at);
    persisted found;
    BOOST_TEST((load_group(disk, shard, found).code == ec::storage_failed));
  }
}

BOOST_AUTO_TEST_CASE(a_log_with_a_hole_does_not_load) {
  memory_store disk;
  auto put = [&](index_t at) {
    raft::write x{1, append_log{at, {first_entry()}}};
    BOOST_REQUIRE(disk.write(std::vector{rows_of(shard, x)}).ok());
  };
  persisted found;
  put(1);
  put(3);
  BOOST_TEST((load_group(disk, shard, found).code == ec::storage_failed));
  put(2);
  BOOST_TEST(load_group(disk, shard, found).ok());
  BOOST_TEST(found.entries.size() == 3u);
}

BOOST_AUTO_TEST_CASE(an_applied_entry_says_so_in_its_own_batch) {
  auto rows = rows_of(shard, committed_entry{9, 2, entry()});
  BOOST_REQUIRE(rows);
  BOOST_REQUIRE(rows->rows.size() == 2u);
  BOOST_TEST((rows->rows[0].key == keys::starts()));
  BOOST_TEST((rows->rows[1].key == keys::applied(shard)));
  BOOST_TEST(!rows_of(shard, committed_entry{9, 2, frame{"what is this for"}}));
}

BOOST_AUTO_TEST_SUITE_END()
