#include "actors/core/placement.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace parley::core {

namespace {

/// Of a node for a group: the same everywhere and forever, for replicas move
/// when it changes (the finalizer of splitmix64, Steele et al. 2014, twice).
uint64_t score(uint64_t group, node_id node) {
  auto mix = [](uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
  };
  return mix(mix(group + 0x9e3779b97f4a7c15) ^ node.value * 0x9e3779b97f4a7c15);
}

struct candidate {
  const cluster_node* node;
  bool shares_zone; ///< With one that was chosen.
  uint64_t score;

  bool operator<(const candidate& x) const {
    return shares_zone != x.shares_zone ? shares_zone : score < x.score;
  }
};

} // namespace

std::vector<node_id> place(uint64_t group, const std::vector<cluster_node>& nodes, size_t replicas,
                           std::vector<node_id> keep) {
  std::vector<candidate> candidates;
  for (auto& x : nodes)
    if (!x.leaving && std::find(keep.begin(), keep.end(), x.id) == keep.end())
      candidates.push_back({&x, false, score(group, x.id)});
  auto occupy = [&](const std::string& zone) {
    for (auto& x : candidates)
      x.shares_zone |= !zone.empty() && x.node->zone == zone;
  };
  for (auto& x : nodes)
    if (std::find(keep.begin(), keep.end(), x.id) != keep.end())
      occupy(x.zone);
  auto chosen = std::move(keep);
  while (chosen.size() < replicas && !candidates.empty()) {
    auto best = std::max_element(candidates.begin(), candidates.end());
    chosen.push_back(best->node->id);
    auto& zone = best->node->zone;
    candidates.erase(best);
    occupy(zone);
  }
  return chosen;
}

void share_leaders(cluster_map& map) {
  std::unordered_map<node_id, size_t> leads;
  for (auto& x : map.nodes)
    leads.emplace(x.id, x.leaving ? group_count : 0);
  for (auto& nodes : map.groups)
    ++leads[nodes.front()];
  for (auto again = true; std::exchange(again, false);)
    for (auto& nodes : map.groups) {
      auto least = std::min_element(nodes.begin(), nodes.end(),
                                    [&](node_id x, node_id y) { return leads[x] < leads[y]; });
      if (leads[*least] + 1 >= leads[nodes.front()])
        continue;
      --leads[nodes.front()];
      ++leads[*least];
      std::rotate(nodes.begin(), least, least + 1);
      again = true;
    }
}

} // namespace parley::core
