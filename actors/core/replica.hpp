#pragma once

#include "actors/core/mail.hpp"
#include "persistence/raft_group.hpp"
#include "persistence/store.hpp"
#include "schema/cluster_map.hpp"
#include "schema/peer_frame.hpp"
#include "schema/shard_copy.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace parley::core {

/// What one replica is made with.
struct replica_options {
  shard_id shard;

  /// Its `self`, founders and limits; the seed is drawn anew for each group.
  raft::group_options group;

  writer_id writer;  ///< In whose name the replica writes rows.
  uint64_t life = 0; ///< Epoch of the node's journal.
  uint64_t seed = 0; ///< Must differ between replicas and between starts.
  size_t copy_page_bytes = limits::copy_page_bytes;
};

/// A load that waits in the host: the replica only says when it may be served.
using load_ticket = uint64_t;

/// Tells the operator how a copy of the shard goes.
struct copy_news {
  enum class kind : uint8_t { begun, done, failed };

  kind what;
  node_id from;
};

/// What follows from steps, in this order. The host carries it out.
struct replica_actions {
  std::vector<append> appends; ///< For the node's journal, which is never to refuse one.
  std::vector<std::pair<node_id, raft_letter>> letters;
  std::vector<std::pair<writer_id, committed>> answers;
  std::vector<writer_id> fenced;
  std::vector<load_ticket> readable; ///< The rows may be read now ...
  std::vector<load_ticket> refused;  ///< ... or not here.
  std::vector<copy_news> copies;
  std::optional<raft::role> role; ///< If it changed.
  uint64_t cut = 0;               ///< If not 0: entries up to it are dropped from the log.
  std::string fatal;              ///< If not empty, the process must end.
};

/// What one shard's replica decides: which appends share an entry, when reads
/// are served, what becomes rows, and how it gets the rows of others when it is
/// too far behind. raft::group has the protocol; this has what is around it.
///
///   append -> entry -> group -> log on a majority -> committed
///                                                 +-> rows -> journal, behind
///   load   -> is this still the leader? ----------> rows are written -> readable
///
/// What is replicated is the effect, not the command: followers write rows and
/// decide nothing. An epoch is a Raft term. Refuses appends with `storage_full`
/// while the disk has nothing but its reserve.
///
/// The log keeps whatever rows a crash may lose; as far as they are flushed it may
/// be cut.
///
/// Events go in, actions come out; no clock, no network, and the disk only to
/// read and to be told that a flush is due. Hand it everything that has arrived,
/// then call flush(): that is the group commit.
class replica {
public:
  /// Begins with the first tick. `disk` must outlive it.
  replica(replica_options options, const store& disk);
  ~replica();

  // What rooms, inboxes and couriers want.
  void add(append&& x, replica_actions& out);
  void add(load_ticket x);
  void refuse_from_now_on(writer_id x);
  void flush(raft::moment now, replica_actions& out);

  // What happens.
  void tick(raft::moment now, replica_actions& out);
  void hear(node_id from, const raft_letter& x, raft::moment now, replica_actions& out);
  void reachable(node_id peer, bool yes, raft::moment now, replica_actions& out);

  /// Who shall hold the group from now on; until the first time, its founders.
  /// The leader makes it so, a step at a time; who is not among them gives the
  /// rows back when it is known to be out of the group.
  void assign(const cluster_map& map);

  /// Whether all nodes know packed entries.
  void pack_entries(bool yes) noexcept {
    packs_ = yes;
  }

  /// A node, perhaps this one, is about to end and shall not lead; or stays.
  void drains(node_id node, bool yes);

  /// Of an append to the node's journal.
  void step(const committed& x, raft::moment now, replica_actions& out);

  raft::role role() const noexcept {
    return role_;
  }

  /// Whether the rows of the shard are here, if not quite the latest: a replica
  /// gets its vote when it has them.
  bool holds_rows() const {
    return group_ && !copy_ && group_->votes();
  }

  /// Nothing while the rows are being replaced.
  const raft::group* group() const noexcept {
    return group_ ? &*group_ : nullptr;
  }

private:
  /// What becomes one entry, and who waits for it.
  struct batch {
    uint64_t epoch = 0; ///< Of all of them.
    std::vector<effect> effects;
    size_t bytes = 0;
    std::map<writer_id, uint64_t> writers; ///< And their last append in it.
    std::vector<writer_id> fences;

    /// Nothing to write: leadership must be confirmed, no entry is needed.
    bool asks_only() const noexcept {
      return effects.empty() && fences.empty();
    }
  };

  /// An append to the journal, and the write of the group that is done with it.
  struct written_up_to {
    uint64_t append = 0;
    uint64_t write = 0; ///< 0: none.
  };

  void append_rows(effect&& what);
  void append_log(effect&& what, uint64_t write);
  void hand_to_journal(effect&& what, uint64_t write, bool behind);
  void open_group();
  void propose();
  void confirm();
  void carry_out();
  void take_role(const raft::role& x);
  void write(raft::output& from);
  void end(const raft::proposal_end& x);
  void end(const raft::read_end& x);
  void read_what_is_written();
  void refuse_for_space(const append& x, replica_actions& out);
  batch& batch_for(size_t bytes);
  bool may_propose(const batch& x) const;
  void done(const batch& x);
  void refuse(const batch& x);
  void fail(std::string why);
  bool is_written(uint64_t append) const;
  uint64_t flushed_up_to() const;
  void look_what_is_flushed();

  // Copies of the shard (replica_copy.cpp).
  void fetch(node_id from, uint64_t at_least, bool for_group);
  void ask_for_page();
  void hear(const copy_page& x);
  void page_is_written();
  void end_fetching();
  void look_after_copies();
  void give_up_fetching();
  void fetch_what_follows_own_mark();
  node_id another_node(node_id than) const;
  void serve(const copy_request& x, node_id to);

  // Who is in the group (replica_members.cpp).
  bool is_wanted(node_id x) const;
  node_id successor() const;
  void steer();
  void change(raft::change_kind what, node_id who);
  void name_heir(node_id x);
  void hand_over();
  void announce();
  void hear(node_id from, const raft::leading& x);
  void forget_hearsay();
  void retire();

  replica_options options_;
  const store& disk_;
  std::mt19937_64 random_;
  std::optional<raft::group> group_;
  raft::role role_;
  std::set<node_id> unreachable_;

  bool packs_ = false;

  // Appends on their way to an entry that is committed.
  std::deque<batch> pending_;
  uint64_t tokens_ = 0;
  std::map<uint64_t, batch> proposed_; ///< By token.
  std::map<uint64_t, batch> asking_;   ///< By token; these write nothing.
  std::unordered_set<writer_id> refused_;

  // Loads on their way to history.
  std::vector<load_ticket> loads_;                                     ///< Not asked about yet.
  std::map<uint64_t, std::vector<load_ticket>> confirming_;            ///< By token.
  std::deque<std::pair<uint64_t, std::vector<load_ticket>>> readable_; ///< By append.

  uint64_t appends_ = 0;
  std::deque<written_up_to> writing_;
  raft::moment flush_at_{}; ///< Unless what is waited for is flushed by then.

  /// The rows are being replaced by those of another replica.
  struct copy_in_progress {
    node_id from;
    uint64_t at_least = 0;  ///< What the rows must contain.
    bool for_group = false; ///< The group waits; or there is none until it is done.
    uint64_t token = 0;
    std::string after;
    uint64_t append = 0; ///< Of the last page; 0: it is not here.
    uint64_t applied = 0;
    bool last = false;
    bool whole = false; ///< All rows are written, but perhaps not flushed.
    raft::moment asked_at{};
    unsigned tries = 0;
  };
  std::optional<copy_in_progress> copy_;

  /// A moment of the shard that another replica reads.
  struct moment_of_shard {
    std::unique_ptr<const row_view> rows;
    uint64_t applied = 0;
    raft::moment used_at{};
  };
  std::map<uint64_t, moment_of_shard> moments_;

  // Who shall be in the group.
  uint64_t map_epoch_ = 0;
  std::vector<node_id> wanted_;    ///< Who shall lead it first.
  std::vector<node_id> everybody_; ///< In the cluster.
  std::vector<node_id> sources_;   ///< Who may have a copy, likely ones first.
  bool elsewhere_ = false;         ///< By that map, and nothing of the group is here.
  std::set<node_id> draining_;
  uint64_t changes_ = 0;
  bool changing_ = false;
  raft::moment steer_at_{};
  raft::moment announce_at_{};
  raft::moment prefer_at_{};  ///< When the group may be handed to who shall lead it.
  node_id heir_;              ///< Gets the group as soon as nothing is proposed.
  raft::moment heir_until_{}; ///< Then it has not come to it.
  bool hearsay_ = false;      ///< Its role is what the leader said, not what the group knows.
  raft::moment heard_at_{};

  raft::moment now_{};
  replica_actions* out_ = nullptr;
};

} // namespace parley::core
