#include "actors/core/membership.hpp"

#include "actors/core/placement.hpp"
#include "schema/limits.hpp"

#include <algorithm>

namespace parley::core {

namespace {

std::string name(node_id x) {
  return "node " + std::to_string(x.value);
}

status refused(std::string text) {
  return {ec::forbidden, std::move(text)};
}

size_t staying(const cluster_map& map) {
  return static_cast<size_t>(std::count_if(map.nodes.begin(), map.nodes.end(),
                                           [](const cluster_node& x) { return !x.leaving; }));
}

/// Of each group, now: an odd number, for two survive no more failures than one.
size_t replicas_of(const cluster_map& map) {
  auto there = std::min<size_t>(staying(map), map.replicas);
  return there % 2 == 0 ? there - 1 : there;
}

/// Until then its founder holds everything.
bool is_grown(const cluster_map& map) {
  return replicas_of(map) >= limits::raft_voters_min;
}

void place_all(cluster_map& map) {
  for (size_t group = 0; group < group_count; ++group)
    map.groups[group] = place(group, map.nodes, replicas_of(map));
}

/// A node that comes takes over where it scores high enough, or fills up.
void take_share(cluster_map& map, node_id who) {
  auto replicas = replicas_of(map);
  for (size_t group = 0; group < group_count; ++group) {
    auto& nodes = map.groups[group];
    if (nodes.size() < replicas) {
      nodes = place(group, map.nodes, replicas, std::move(nodes));
      continue;
    }
    std::vector<cluster_node> rivals;
    for (auto& x : map.nodes)
      if (x.id == who || map.wants({static_cast<uint8_t>(group)}, x.id))
        rivals.push_back(x);
    auto best = place(group, rivals, replicas);
    if (std::find(best.begin(), best.end(), who) != best.end())
      nodes = std::move(best);
  }
}

/// What a node has goes to the others; if `heir` is given, where it can to it.
void hand_over(cluster_map& map, node_id who, node_id heir = {}) {
  for (size_t group = 0; group < group_count; ++group) {
    auto& nodes = map.groups[group];
    auto at = std::find(nodes.begin(), nodes.end(), who);
    if (at == nodes.end())
      continue;
    nodes.erase(at);
    if (heir && std::find(nodes.begin(), nodes.end(), heir) == nodes.end())
      nodes.push_back(heir);
    nodes = place(group, map.nodes, replicas_of(map), std::move(nodes));
  }
}

bool holds_any(const cluster_map& map, node_id who) {
  for (auto& nodes : map.groups)
    if (std::find(nodes.begin(), nodes.end(), who) != nodes.end())
      return true;
  return false;
}

status still_growing(const cluster_map& map) {
  return refused("everything is on one node until " + std::to_string(limits::raft_voters_min)
                 + " are there, and " + std::to_string(staying(map))
                 + " are: let others join first");
}

struct applier {
  cluster_map& map;

  status operator()(const cluster_change& x) {
    return std::visit(*this, x);
  }

  status operator()(const join_node& x) {
    if (!x.node)
      return refused("a node has a number from 1 to 65535");
    if (map.was_removed(x.node))
      return refused(name(x.node) + " was removed; a machine that comes back needs a new number");
    for (auto& other : map.nodes)
      if (other.at == x.at && other.id != x.node)
        return refused(name(other.id) + " listens on " + x.at.host + ":" + std::to_string(x.at.port)
                       + " already");
    auto known = map.find(x.node);
    if (known && !known->leaving) {
      known->at = x.at;
      known->zone = x.zone;
      return {};
    }
    if (known)
      *known = {x.node, x.at, x.zone, known->disk, false};
    else
      map.nodes.insert(
        std::find_if(map.nodes.begin(), map.nodes.end(), [&](auto& y) { return y.id > x.node; }),
        {x.node, x.at, x.zone, 0, false});
    if (is_grown(map))
      take_share(map, x.node);
    return {};
  }

  status operator()(const leave_node& x) {
    auto node = map.find(x.node);
    if (!node)
      return refused(name(x.node) + " is not in the cluster");
    if (node->leaving)
      return {};
    if (!is_grown(map) && holds_any(map, x.node))
      return still_growing(map);
    if (is_grown(map) && staying(map) <= map.replicas)
      return refused("everything is kept on " + std::to_string(map.replicas)
                     + " nodes, and no more are there: let another one join first");
    node->leaving = true;
    hand_over(map, x.node);
    return {};
  }

  status operator()(const replace_node& x) {
    if (!map.find(x.node))
      return refused(name(x.node) + " is not in the cluster");
    if (x.node == x.by.node)
      return refused("a node cannot replace itself: a new disk needs a new number");
    if (map.find(x.by.node))
      return refused(name(x.by.node) + " is in the cluster already");
    if (!is_grown(map))
      return still_growing(map);
    auto before = map.groups;
    if (auto joined = (*this)(x.by); !joined.ok())
      return joined;
    map.groups = std::move(before);
    map.find(x.node)->leaving = true;
    hand_over(map, x.node, x.by.node);
    return {};
  }

  status operator()(const move_replica& x) {
    if (x.group.value >= group_count)
      return refused("there are shards 0 to " + std::to_string(shard_count - 1) + ", and "
                     + std::to_string(map_group.value) + " is the map's own");
    if (!is_grown(map))
      return still_growing(map);
    auto to = map.find(x.to);
    if (!to || to->leaving)
      return refused(name(x.to) + (to ? " is leaving" : " is not in the cluster"));
    auto shard = "shard " + std::to_string(x.group.value);
    if (!map.wants(x.group, x.from))
      return refused(name(x.from) + " holds no replica of " + shard);
    if (map.wants(x.group, x.to))
      return refused(name(x.to) + " holds a replica of " + shard + " already");
    auto& nodes = map.groups[x.group.value];
    *std::find(nodes.begin(), nodes.end(), x.from) = x.to;
    return {};
  }

  status operator()(const rebalance&) {
    if (!is_grown(map))
      return still_growing(map);
    place_all(map);
    return {};
  }

  status operator()(const seen& x) {
    auto node = map.find(x.node);
    if (!node)
      return refused(name(x.node) + " is not in the cluster");
    if (node->disk != 0 && node->disk != x.disk)
      return refused(name(x.node) + " has another disk than the cluster knows");
    node->disk = x.disk;
    return {};
  }

  status operator()(const emptied& x) {
    auto node = map.find(x.node);
    if (!node || !node->leaving)
      return refused(name(x.node) + " is not leaving");
    map.removed.push_back(x.node);
    map.nodes.erase(map.nodes.begin() + (node - map.nodes.data()));
    return {};
  }
};

} // namespace

cluster_map found(std::vector<cluster_node> nodes, uint8_t replicas) {
  cluster_map map;
  map.epoch = 1;
  map.replicas = replicas;
  map.nodes = std::move(nodes);
  place_all(map);
  share_leaders(map);
  return map;
}

status apply(cluster_map& map, const map_change& what) {
  auto next = map;
  if (auto done = std::visit(applier{next}, what); !done.ok())
    return done;
  share_leaders(next);
  if (next == map)
    return {};
  ++next.epoch;
  map = std::move(next);
  return {};
}

} // namespace parley::core
