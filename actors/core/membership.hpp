#pragma once

#include "schema/cluster_map.hpp"
#include "schema/error.hpp"

#include <variant>

// How the cluster map changes: what an operator asks for, or a node shows,
// becomes the next map or is refused in one line. Only the leader of the map's
// group decides; moving the replicas after it is theirs (replica.hpp).

namespace parley::core {

/// A node comes in, or is elsewhere now, or shall stay after all.
struct join {
  node_id node;
  node_address at;
  std::string zone;
};

/// A node shall hold nothing any more. When that is so, it is removed.
struct leave {
  node_id node;
};

/// One node takes the place of another, whose machine may be gone.
struct replace {
  node_id node;
  join by;
};

/// One replica moves.
struct move_replica {
  shard_id group;
  node_id from;
  node_id to;
};

/// Every replica goes where it would be if all nodes had come at once.
struct rebalance {};

/// A node was seen for the first time.
struct seen {
  node_id node;
  uint64_t disk = 0;
};

/// A node that leaves holds nothing any more.
struct emptied {
  node_id node;
};

using map_change = std::variant<join, leave, replace, move_replica, rebalance, seen, emptied>;

/// The map of a cluster that begins; every founder makes the same one. Three or
/// five nodes or more; `replicas` is 3 or 5.
cluster_map found(std::vector<cluster_node> nodes, uint8_t replicas);

/// Makes of `map` the next one, of the next epoch. If all is as was asked
/// already, the map stays as it is. An error, a line for the operator, changes
/// nothing.
status apply(cluster_map& map, const map_change& what);

} // namespace parley::core
