#pragma once

#include "persistence/raft_guards.hpp"
#include "schema/error.hpp"
#include "schema/limits.hpp"
#include "schema/raft_message.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace parley::raft {

/// Steady time; only differences count.
using moment = std::chrono::milliseconds;

/// What one replica is made with.
struct group_options {
  node_id self;

  /// Who makes the group, the same on all of them. A replica that joins later
  /// has none and waits for the leader.
  configuration founders;

  std::chrono::milliseconds election = limits::raft_election;
  std::chrono::milliseconds heartbeat = limits::raft_heartbeat;
  std::chrono::milliseconds install = limits::raft_install;
  unsigned snapshot_threshold = limits::raft_snapshot_threshold;
  unsigned snapshot_trailing = limits::raft_snapshot_trailing;
  size_t proposals = limits::raft_entries_in_flight;
  size_t log_bytes = limits::raft_log_bytes;
  size_t append_bytes = limits::raft_append_bytes;
  size_t voters_min = limits::raft_voters_min;

  /// Moves elections, so that replicas do not call them together: must differ
  /// between replicas and between starts.
  uint64_t seed = 0;

  raft::guards guards = {};
};

/// What a replica finds on its disk when it starts; raft_rows.hpp reads it.
struct persisted {
  hard_state state;
  std::optional<snapshot_mark> snapshot;
  index_t first = 1;          ///< Index of entries[0], or of the next to come.
  std::vector<frame> entries; ///< Each a log_entry.
  index_t applied = 0;        ///< The last entry whose rows are there.
};

// -- what must be written -------------------------------------------------------------

/// `entries` become first, first + 1, ...; whatever was there is replaced.
struct append_log {
  index_t first = 0;
  std::vector<frame> entries; ///< Each a log_entry.
};

/// Entries first to last are gone.
struct truncate_log {
  index_t first = 0;
  index_t last = 0;
};

struct save_state {
  hard_state state;
};

/// The mark replaces the one before, and entries first to last are gone; none
/// if first > last.
struct save_snapshot {
  snapshot_mark mark;
  index_t first = 0;
  index_t last = 0;
};

/// One thing for the journal: all of it or nothing. Numbers rise by one.
struct write {
  uint64_t number = 0;
  std::variant<append_log, truncate_log, save_state, save_snapshot> what;
};

// -- what else comes out ---------------------------------------------------------------

/// A message, encoded, for another replica of the group. May be lost, but not
/// overtake another one to the same node.
struct letter {
  node_id to;
  frame bytes;
};

/// An entry that every replica will apply at this place.
struct committed_entry {
  index_t index = 0;
  term_t term = 0;
  frame data; ///< As it was proposed.
};

/// A proposal is in the log for good at `index`; or, if that is 0, leadership
/// was lost and nobody knows.
struct proposal_end {
  uint64_t token = 0;
  index_t index = 0;
};

/// The state after `index` may be read, and contains all that was acknowledged
/// by anybody before the question; or, if it is 0, this is not the place.
struct read_end {
  uint64_t token = 0;
  index_t index = 0;
};

struct change_end {
  uint64_t token = 0;
  bool done = false; ///< If not: refused, or leadership was lost and nobody knows.
};

/// The rows of the shard are too old to be brought up to date by entries: fetch
/// them from `from`, or from anybody who has applied `mark.last_index`.
struct install {
  snapshot_mark mark;
  node_id from;
};

enum class role_kind : uint8_t {
  unknown,  ///< No leader is known, or this one does not serve yet.
  follower, ///< Of `leader`.
  leader,   ///< And its barrier is applied: it may serve under `term`.
};

struct role {
  role_kind kind = role_kind::unknown;
  node_id leader;
  term_t term = 0; ///< The epoch of a leader's rooms and inboxes.

  friend bool operator==(role, role) = default;
};

/// What happened. The host hands `committed` to its journal, to be written
/// behind, and `writes`, to be durable, each in order and in one queue with those
/// of before; the rest may go at once. If `fatal` says why, the process must end:
/// nothing comes any more. After `reload` neither, but all is written: load the
/// rows and make another group with them.
struct output {
  std::vector<committed_entry> committed;
  std::vector<write> writes;
  std::vector<letter> letters;
  std::vector<proposal_end> proposals;
  std::vector<read_end> reads;
  std::vector<change_end> changes;
  std::optional<raft::install> install;
  std::optional<raft::role> role; ///< If it changed.
  bool reload = false;
  std::string fatal;
};

enum class verdict : uint8_t { accepted, not_leader, busy, too_large };

enum class change_kind : uint8_t { add_spare, make_standby, make_voter, make_spare, remove };

class engine;

/// One replica of one Raft group (Ongaro and Ousterhout 2014), without clock,
/// network or disk: events go in, take() says what follows from them.
///
/// Inside is libraft 0.15.0 behind guards (decisions/0006). It believes that it
/// keeps its term and vote on disk before a call returns; here they go to the
/// journal like everything else, and letters wait inside until what they rest
/// on is durable. So the host need only keep the order of `writes` and report
/// with written() what the disk has.
///
///   tick, receive, propose, change, confirm_leadership --> group --take()--> host
///                                          ^                                  |
///                                          +-- written <-- journal <----------+
///
/// A snapshot is a mark, for the rows themselves are the state machine: on disk
/// they may be newer than the mark, never older. So the log holds whatever rows
/// a crash may lose, and is cut as far as they are flushed. One owner; not safe to
/// share.
class group {
public:
  /// `found` is what the disk says; empty for a group that is founded or joined.
  group(const group_options& options, persisted found, moment now);
  ~group();

  group(const group&) = delete;
  group& operator=(const group&) = delete;

  /// Every limits::raft_tick: elections and heartbeats are as late as that.
  void tick(moment now);

  /// A letter of another replica; what does not decode, or is not for this
  /// one, is ignored.
  void receive(const frame& bytes, moment now);

  /// Every write up to `number` is durable.
  void written(uint64_t number, moment now);

  /// The rows of every entry up to `applied` are durable.
  void flushed(index_t applied, moment now);

  /// What flushed() must say before the log can be cut; 0: nothing waits for it.
  index_t waits_for_flush() const;

  /// A write failed; what is on disk is unknown. Ends the group.
  void write_failed(moment now);

  /// The rows for the `install` are durable and contain all up to `applied`; or
  /// they could not be fetched: that ends with `reload`. In between the replica
  /// neither votes nor appends, so give up soon when nobody answers. A node
  /// whose rows are replaced only in part must not start a group with them.
  void installed(bool done, index_t applied, moment now);

  /// Letters to `node` can be sent, or would only pile up.
  void connected(node_id node, bool yes);

  /// Appends `data`, an encoded effect of whole words; ends with `token` among
  /// the proposals if it was accepted. `busy`: too many are on their way.
  verdict propose(const frame& data, uint64_t token, moment now);

  /// Asks a majority whether this is still the leader, by a round of messages
  /// and not by an entry (thesis 6.4); ends with `token` among the reads.
  void confirm_leadership(uint64_t token, moment now);

  /// One step, one at a time (thesis 4.1); ends among the changes if accepted.
  verdict change(change_kind what, node_id who, uint64_t token, moment now);

  /// What followed from the events since the last call.
  output take();

  /// Asks `to`, a voter, to call an election at once, and wins it if `to` has
  /// all of the log and nothing is proposed meanwhile (thesis 3.10). Not by way
  /// of libraft's own transfer. `busy`: proposals or a change are on their way.
  verdict transfer(node_id to, moment now);

  // For metrics, placement and tests.
  raft::role role() const;
  configuration servers() const; ///< With a change that is not committed yet.
  bool votes() const;            ///< Is one of them, and a voter.
  term_t term() const;
  index_t commit_index() const;
  index_t last_index() const;
  index_t matched(node_id x) const; ///< What the leader knows `x` to have; 0 on others.
  term_t last_term() const;         ///< Of the entry there.
  size_t proposals_in_flight() const;

private:
  std::unique_ptr<engine> engine_;
};

} // namespace parley::raft
