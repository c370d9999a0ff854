#pragma once

#include "actors/core/link.hpp"
#include "actors/core/membership.hpp"
#include "actors/directory.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace parley {

/// What a node is to the others, and how it reaches them.
struct cluster_self {
  core::node_self as;
  bool encrypted = false; ///< TLS between nodes.
};

/// Who is in the cluster. Keeps what this node knows of the cluster map, makes
/// peers for the nodes in it, tells the replicas, and passes on what is newer.
/// Where the map's group is led it also changes the map, one change after the
/// other: core/membership.hpp decides what the next one is, and it holds when
/// the group has committed it.
///
///   ask_cluster --> next map --append--> replica of the map's group
///                                            |
///   everybody <-- letters, map_changed <-- committed
///
/// Lifecycle: one per node of a cluster, in the actor system of the nodes, as
/// long as the node. Ends the process when the map says that this node, or its
/// disk, is not part of the cluster any more.
struct controller_state {
  static constexpr const char* name = "controller";

  explicit controller_state(controller_actor::pointer self) : self(self) {
    // nop
  }

  void start(cluster_self as, std::shared_ptr<const cluster_map> map, directory_ptr dir);
  void follow(const leads& x);
  void begin_to_lead(const rows& x);
  void handle(const committed& x);
  void hear(const peer_letter& x);
  void handle(const relinked& x);
  void handle(const reachable& x);
  void handle(const disk_seen& x);
  void handle(const ask_cluster& x);
  void send_away();
  void look_after();

  controller_actor::pointer self;

private:
  struct waiting_change {
    core::map_change what;
    uint64_t number = 0;  ///< The asker's.
    observer_actor asker; ///< Nobody: this node asked itself.
  };

  void adopt(std::shared_ptr<const cluster_map> map);
  append to_keep(const cluster_map& map);
  void end_once_kept(const cluster_map& map);
  void meet(const cluster_node& x);
  void part_from_who_is_gone();
  void send_map(node_id to);
  void show_door();
  void note_draining(node_id who, bool yes);
  void change_next();
  void report(const waiting_change& to, status done);
  void remove_who_is_empty();
  void note_disks();
  [[noreturn]] void leave(const std::string& why);
  std::string leader_in_words() const;

  cluster_self as_;
  directory_ptr dir_;
  std::shared_ptr<const cluster_map> map_;
  std::map<node_id, address> addresses_; ///< Where peers look for their nodes.
  std::map<node_id, uint64_t> seen_;     ///< Disks, also of nodes the map knows.
  std::set<node_id> linked_;
  std::set<node_id> draining_;                             ///< Perhaps this one too.
  std::map<node_id, std::chrono::microseconds> farewells_; ///< Removed; known until then.
  std::array<group_news, group_count> groups_;
  std::array<std::chrono::microseconds, group_count> heard_at_{};

  // In the journal of this node, for the next start.
  writer_id keeper_;
  uint64_t kept_ = 0;

  // As the leader of the map's group.
  node_id leader_;
  uint64_t epoch_ = 0;
  writer_id writer_;
  uint64_t appends_ = 0;
  bool leading_ = false; ///< And it has read what was committed before.
  std::deque<waiting_change> waiting_;
  std::shared_ptr<const cluster_map> next_; ///< On its way.
};

/// Spawned by the composition root. `map` is the last that this node knew.
controller_actor::behavior_type
controller(controller_actor::stateful_pointer<controller_state> self, cluster_self as,
           std::shared_ptr<const cluster_map> map, directory_ptr dir);

} // namespace parley
