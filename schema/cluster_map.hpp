#pragma once

#include "schema/address.hpp"
#include "schema/frame.hpp"
#include "schema/ids.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// Who is in a cluster and who shall hold what (cluster.capnp) as plain values.

namespace parley {

/// One node of a cluster.
struct cluster_node {
  node_id id;
  address at;       ///< Where it listens for other nodes.
  std::string zone; ///< What may fail together: a rack, a room; empty: of its own.

  /// Drawn when its data directory was made; 0: never seen. What comes from a
  /// node with this number and another disk is not listened to: it has
  /// forgotten whom it voted for.
  uint64_t disk = 0;

  bool leaving = false; ///< Holds nothing as soon as others hold it.

  friend bool operator==(const cluster_node&, const cluster_node&) = default;
};

/// Who is in the cluster, and which nodes shall hold a replica of each group,
/// the one that shall lead it first. Changed by the leader of the map's group
/// only, a step of `epoch` at a time; everybody else takes what is newer.
struct cluster_map {
  uint64_t epoch = 0;              ///< 0: a node that waits to be let in.
  uint8_t replicas = 3;            ///< Of each group: 3 or 5.
  std::vector<cluster_node> nodes; ///< By id.
  std::vector<node_id> removed;    ///< They never come back.
  std::array<std::vector<node_id>, group_count> groups;

  const cluster_node* find(node_id x) const noexcept;
  cluster_node* find(node_id x) noexcept;
  bool was_removed(node_id x) const noexcept;

  /// Whether `x` shall hold a replica of `group`.
  bool wants(shard_id group, node_id x) const noexcept;

  friend bool operator==(const cluster_map&, const cluster_map&) = default;
};

// What an operator may want of it; core/membership.hpp makes the next map of it.

/// A node comes in, or is elsewhere now, or shall stay after all.
struct join_node {
  node_id node;
  address at; ///< Where it listens for other nodes.
  std::string zone;
};

/// A node shall hold nothing any more. When that is so, it is removed.
struct leave_node {
  node_id node;
};

/// One node takes the place of another, whose machine may be gone.
struct replace_node {
  node_id node;
  join_node by;
};

/// One replica moves.
struct move_replica {
  shard_id group;
  node_id from;
  node_id to;
};

/// Every replica goes where it would be if all nodes had come at once.
struct rebalance {};

using cluster_change = std::variant<join_node, leave_node, replace_node, move_replica, rebalance>;

/// Reads NUMBER=HOST:PORT or NUMBER=HOST:PORT/ZONE as people write it; nothing
/// if it is neither. Numbers go from 1 to 65,535.
std::optional<cluster_node> parse_node(std::string_view text);

frame encode(const cluster_map& x);
std::optional<cluster_map> decode_cluster_map(std::string_view bytes);

} // namespace parley
