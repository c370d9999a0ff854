#pragma once

#include "schema/cluster_map.hpp"
#include "schema/error.hpp"
#include "schema/raft_message.hpp"

#include <variant>

// How the cluster map changes: what an operator asks for, or a node shows,
// becomes the next map or is refused in one line. Only the leader of the map's
// group decides; moving the replicas after it is theirs (replica.hpp).

namespace parley::core {

/// A node was seen for the first time.
struct seen {
  node_id node;
  uint64_t disk = 0;
};

/// A node that leaves holds nothing any more.
struct emptied {
  node_id node;
};

using map_change = std::variant<cluster_change, seen, emptied>;

/// What the leader of a group said of itself, latest.
struct group_news {
  node_id leader; ///< 0: nobody has, for some time.
  raft::leading what;
};

/// The map of a cluster that begins; every founder makes the same one. As many
/// nodes as `replicas`, 3 or 5, or more; or one, which others will join.
cluster_map found(std::vector<cluster_node> nodes, uint8_t replicas);

/// Makes of `map` the next one, of the next epoch. If all is as was asked
/// already, the map stays as it is. An error, a line for the operator, changes
/// nothing.
status apply(cluster_map& map, const map_change& what);

} // namespace parley::core
