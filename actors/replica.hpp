#pragma once

#include "actors/directory.hpp"
#include "persistence/raft_rows.hpp"
#include "persistence/store.hpp"
#include "schema/shard_copy.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace parley {

/// One shard's Raft group on this node. Honours the contracts of the journal
/// and of history, so that rooms and inboxes cannot tell one node from five:
///
///   append -> entry -> group -> log on a majority -> rows -> journal -> committed
///   load   -> is this still the leader? -> history -> rows
///
/// What is replicated is the effect, not the command: followers write rows and
/// decide nothing. raft::group has the protocol; this has the clock, the disk
/// (through the node's journal, with all other groups in one sync) and the
/// peers. Tells the shard who leads; an epoch is a Raft term.
///
/// Lifecycle: one per shard on each node of a cluster, in the actor system of
/// the nodes, as long as the node; begins with the node's first tick. Ends the process when the
/// disk fails or the group's state is damaged: the others go on without it.
struct replica_state {
  static constexpr const char* name = "replica";

  explicit replica_state(replica_actor::pointer self) : self(self) {
    // nop
  }

  void start(shard_id id, raft::configuration founders, uint64_t life, directory_ptr dir,
             std::shared_ptr<const store> disk);
  void add(append& x);
  void add(load& x);
  void flush();
  void refuse_from_now_on(const fence& x);
  void handle(const committed& x);
  void handle(const peer_letter& x);
  void handle(const reachable& x);
  void tick_now();

  replica_actor::pointer self;

private:
  struct writer_progress {
    writer_actor who;
    uint64_t upto = 0;
  };

  /// What becomes one entry, and who waits for it.
  struct batch {
    std::vector<effect> effects;
    size_t bytes = 0;
    std::map<writer_id, writer_progress> writers;
    std::vector<std::pair<shard_actor, writer_id>> fences;
  };

  struct waiting_load {
    reader_actor reader;
    load what;
  };

  /// An append to the journal, and the write of the group that is done with it.
  struct written_up_to {
    uint64_t append = 0;
    uint64_t write = 0; ///< 0: none.
  };

  void append_rows(effect&& what, uint64_t write = 0);
  void open_group();
  void flush_soon();
  void propose();
  void confirm();
  void carry_out();
  void take_role(const raft::role& x);
  void write(raft::output& out);
  void end(const raft::proposal_end& x);
  void end(const raft::read_end& x);
  void answer_what_is_written();
  batch& batch_for(size_t bytes);
  void done(const batch& x);
  void refuse(const batch& x);
  void refuse(const std::vector<waiting_load>& of);
  void serve(std::vector<waiting_load>& what);

  // Copies of the shard (replica_copy.cpp).
  void fetch(node_id from, bool for_group);
  void ask_for_page();
  void handle(const copy_page& x);
  void page_is_written();
  void look_after_copies();
  void give_up_fetching();
  node_id another_node(node_id than) const;
  void serve(const copy_request& x, node_id to);
  void fail(const std::string& why);
  raft::moment now() const;

  shard_id id_;
  raft::configuration founders_;
  uint64_t life_ = 0;
  directory_ptr dir_;
  std::shared_ptr<const store> disk_;
  std::optional<raft::group> group_;
  raft::role role_;
  std::unordered_set<node_id> unreachable_;
  bool flushing_ = false;

  // Appends on their way to an entry, and entries on their way to the rows.
  std::deque<batch> pending_;
  uint64_t tokens_ = 0;
  std::map<uint64_t, batch> proposed_;             ///< By token.
  std::deque<std::pair<uint64_t, batch>> applied_; ///< Done when this append is written.
  std::unordered_set<writer_id> refused_;

  // Loads on their way to history.
  std::vector<waiting_load> loads_;                                     ///< Not asked about yet.
  std::map<uint64_t, std::vector<waiting_load>> confirming_;            ///< By token.
  std::deque<std::pair<uint64_t, std::vector<waiting_load>>> readable_; ///< As `applied_`.

  writer_id writer_;
  uint64_t appends_ = 0;
  std::deque<written_up_to> writing_;

  /// The rows are being replaced by those of another replica.
  struct copy_in_progress {
    node_id from;
    bool for_group = false; ///< The group waits; or there is none until it is done.
    uint64_t token = 0;
    std::string after;
    uint64_t append = 0; ///< Of the last page; 0: it is not here.
    uint64_t applied = 0;
    bool last = false;
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
};

/// Spawned by the composition root.
replica_actor::behavior_type replica(replica_actor::stateful_pointer<replica_state> self,
                                     shard_id id, raft::configuration founders, uint64_t life,
                                     directory_ptr dir, std::shared_ptr<const store> disk);

} // namespace parley
