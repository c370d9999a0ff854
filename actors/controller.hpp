#pragma once

#include "actors/core/controller.hpp"
#include "actors/directory.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

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

/// Who is in the cluster. core::controller decides, this carries: makes peers
/// for the nodes of the map, tells the replicas, and passes on what is newer.
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
  void handle(const rows& x);
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
  struct waiting_asker {
    uint64_t number = 0; ///< The asker's.
    observer_actor who;
  };

  void carry_out(core::controller_actions&& out);
  void adopt(const std::shared_ptr<const cluster_map>& map);
  void count_copies(const cluster_map& map);
  void meet(const cluster_node& x);
  void part_from(node_id x);
  void send_map(node_id to);
  void show_door();
  void hear_of_door(const peer_letter& x);
  void note_draining(node_id who, bool yes);
  void agree_on_formats();
  void agree_on(uint16_t format);
  void report(const waiting_asker& to, status done);
  std::chrono::microseconds now() const;

  cluster_self as_;
  directory_ptr dir_;
  std::optional<core::controller> core_;
  std::map<node_id, address> addresses_; ///< Where peers look for their nodes.
  std::set<node_id> linked_;
  std::set<node_id> draining_;        ///< Perhaps this one too.
  std::map<node_id, node_door> said_; ///< By the others.
  std::map<core::change_ticket, waiting_asker> askers_;
  core::change_ticket tickets_ = 0;
};

/// Spawned by the composition root. `map` is the last that this node knew.
controller_actor::behavior_type
controller(controller_actor::stateful_pointer<controller_state> self, cluster_self as,
           std::shared_ptr<const cluster_map> map, directory_ptr dir);

} // namespace parley
