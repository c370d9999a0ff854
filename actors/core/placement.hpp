#pragma once

#include "schema/cluster_map.hpp"

#include <cstdint>
#include <vector>

// Which nodes hold which group: rendezvous hashing (Thaler and Ravishankar
// 1998), over zones when there are any, so that a node that comes or goes moves
// little more than its own share. Pure functions of the map: nothing is drawn.

namespace parley::core {

/// The nodes for `group`: first `keep`, in its order, then those that score
/// highest for it, first from zones that have none yet. Nodes that leave are
/// not taken. Fewer than `replicas` if there are no more.
std::vector<node_id> place(uint64_t group, const std::vector<cluster_node>& nodes, size_t replicas,
                           std::vector<node_id> keep = {});

/// Who stands first in a group shall lead it: passes that on from nodes that
/// lead much to nodes that lead less, until nobody leads two more than a node
/// that could take one over. Every group has nodes.
void share_leaders(cluster_map& map);

} // namespace parley::core
