#pragma once

#include "actors/core/replica.hpp"
#include "actors/directory.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <unordered_map>

namespace parley {

/// One shard's Raft group on this node. Honours the contracts of the journal
/// and of history, so that rooms and inboxes cannot tell one node from five.
/// core::replica decides, this carries: to the node's journal (with all other
/// groups in one sync), to the peers, to who waits; and tells the shard who
/// leads.
///
/// Lifecycle: one per group on each node of a cluster, in the actor system of
/// the nodes, as long as the node; begins with the node's first tick. Ends the process when the
/// disk fails or the group's state is damaged: the others go on without it.
struct replica_state {
  static constexpr const char* name = "replica";

  explicit replica_state(replica_actor::pointer self) : self(self) {
    // nop
  }

  void start(shard_id id, const cluster_map& map, uint64_t life, directory_ptr dir,
             std::shared_ptr<const store> disk);
  void add(append& x);
  void add(load& x);
  void flush();
  void refuse_from_now_on(const fence& x);
  void handle(const committed& x);
  void handle(const peer_letter& x);
  void handle(const reachable& x);
  void handle(const map_changed& x);
  void handle(const drains& x);
  void serve(const peer_letter& x);
  void reply(rows& x);
  void tick_now();

  replica_actor::pointer self;

private:
  struct waiting_writer {
    writer_actor who;
    uint64_t last = 0; ///< Of its appends.
  };

  /// Of somebody here, or of the fetcher of another node.
  struct waiting_load {
    reader_actor reader;
    node_id from;
    load what;
  };

  void flush_soon();
  void carry_out(core::replica_actions&& out);
  void answer(writer_id writer, const committed& what);
  void tell_role(const raft::role& x);
  void read(core::load_ticket ticket, waiting_load&& x);
  void refuse(core::load_ticket ticket, const waiting_load& x);
  void log(const core::copy_news& x) const;
  raft::moment now() const;

  shard_id id_;
  directory_ptr dir_;
  std::shared_ptr<const store> disk_;
  std::optional<core::replica> core_;
  bool flushing_ = false;
  std::unordered_map<writer_id, waiting_writer> writers_;
  std::unordered_map<writer_id, shard_actor> fences_;
  std::unordered_map<core::load_ticket, waiting_load> loads_;

  /// Loads of other nodes that are at history, and the tokens of their fetchers.
  std::unordered_map<core::load_ticket, std::pair<node_id, uint64_t>> reads_;
  core::load_ticket tickets_ = 0;
};

/// Spawned by the composition root.
replica_actor::behavior_type replica(replica_actor::stateful_pointer<replica_state> self,
                                     shard_id id, std::shared_ptr<const cluster_map> map,
                                     uint64_t life, directory_ptr dir,
                                     std::shared_ptr<const store> disk);

} // namespace parley
