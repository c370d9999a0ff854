#pragma once

#include "actors/core/actions.hpp"
#include "actors/core/link.hpp"
#include "actors/core/membership.hpp"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace parley::core {

/// What an operator asked for; the host knows who waits. 0: nobody.
using change_ticket = uint64_t;

/// What follows from steps, in this order. The host carries it out.
struct controller_actions {
  std::vector<append> kept;                   ///< For the node's own journal; it answers to kept().
  std::vector<append> appends;                ///< For the replica of the map's group.
  std::vector<load> loads;                    ///< Likewise.
  std::shared_ptr<const cluster_map> adopted; ///< A newer map: for the replicas and links.
  std::vector<node_id> parted;                ///< Removed, and their farewell is over.
  std::vector<node_id> behind;                ///< Who is to be sent the map.
  std::vector<std::pair<change_ticket, status>> reports;
  bool marked = false;  ///< The store has the newest format.
  bool damaged = false; ///< The map in the store cannot be read: it is not changed any more.
  std::string end;      ///< If not empty, this node is not part of the cluster and must end.
};

/// What one node knows of the cluster map, and, where the map's group is led,
/// what the next one is: one change after the other (membership.hpp), and each
/// holds when the group has committed it.
///
///   change --> next map --append--> replica of the map's group
///                                        |
///   everybody <-- behind, adopted <-- committed
///
/// A node that the map removes keeps that on its disk before it ends, so that
/// its next start says so too.
class controller {
public:
  using time = std::chrono::microseconds;

  /// `map` is the last that this node knew. `keeper` writes to its own journal.
  controller(const node_self& as, writer_id keeper, std::shared_ptr<const cluster_map> map);

  const std::shared_ptr<const cluster_map>& map() const noexcept {
    return map_;
  }

  const std::array<group_news, group_count>& groups() const noexcept {
    return groups_;
  }

  /// Who leads the map's group. `fresh` is a writer that nobody else has.
  void follow(node_id leader, uint64_t epoch, writer_id fresh, controller_actions& out);

  /// Of the map's group. After a refusal the controller goes on as `fresh`.
  void step(const rows& x, time now, controller_actions& out);
  void step(const committed& x, writer_id fresh, time now, controller_actions& out);

  /// All nodes can read the newest format of rows: marks this node's store.
  void mark_format(controller_actions& out);

  /// All nodes have marked theirs with `format`, from which none goes back: the next start
  /// need not hear it from each.
  void keep_agreement(uint16_t format, controller_actions& out);

  /// Of the node's own journal.
  void kept(const committed& x, controller_actions& out);

  /// A letter of kind `map` or `leading`.
  void hear(node_id from, const raft_letter& x, time now, controller_actions& out);

  /// A node showed itself with its disk.
  void saw(node_id who, uint64_t disk, controller_actions& out);

  void ask(change_ticket ticket, map_change what, controller_actions& out);

  /// Every limits::raft_announce_every.
  void tick(time now, controller_actions& out);

private:
  struct waiting_change {
    map_change what;
    change_ticket ticket = 0;
  };

  void adopt(std::shared_ptr<const cluster_map> map, time now, controller_actions& out);
  void keep(const cluster_map& map, controller_actions& out);
  void keep(effect&& what, controller_actions& out);
  void note_disks(controller_actions& out);
  void change_next(controller_actions& out);
  void remove_who_is_empty(controller_actions& out);
  void send_map(node_id to, controller_actions& out) const;
  void end_first(status done, controller_actions& out);
  static void report(const waiting_change& to, status done, controller_actions& out);
  std::string leader_in_words() const;

  node_self as_;
  std::shared_ptr<const cluster_map> map_;
  std::map<node_id, uint64_t> seen_;  ///< Disks, also of nodes the map knows.
  std::map<node_id, time> farewells_; ///< Removed; known until then.
  std::array<group_news, group_count> groups_;
  std::array<time, group_count> heard_at_{};

  // In the journal of this node, for the next start.
  writer_id keeper_;
  uint64_t kept_ = 0;
  uint64_t last_kept_ = 0; ///< What says that this node was removed; 0: nothing does.
  uint64_t marking_ = 0;   ///< What marks the store; 0: nothing does.

  // As the leader of the map's group.
  node_id leader_;
  uint64_t epoch_ = 0;
  writer_id writer_;
  uint64_t appends_ = 0;
  bool leading_ = false; ///< And it has read what was committed before.
  std::deque<waiting_change> waiting_;
  std::shared_ptr<const cluster_map> next_; ///< On its way.
};

} // namespace parley::core
