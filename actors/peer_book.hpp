#pragma once

#include "actors/contracts.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace parley {

/// The other nodes of the cluster, by number, and those that were removed from
/// it. Everybody reads it; the controller changes it with the cluster map. Safe
/// to share.
class peer_book {
public:
  /// Nothing if there is no such node.
  peer_actor find(node_id x) const {
    std::shared_lock guard{mutex_};
    auto at = peers_.find(x);
    return at == peers_.end() ? peer_actor{} : at->second.who;
  }

  /// As in record::node_identity; 0 if it was never seen.
  uint64_t disk_of(node_id x) const {
    std::shared_lock guard{mutex_};
    auto at = peers_.find(x);
    return at == peers_.end() ? 0 : at->second.disk;
  }

  bool was_removed(node_id x) const {
    std::shared_lock guard{mutex_};
    return std::find(removed_.begin(), removed_.end(), x) != removed_.end();
  }

  std::vector<std::pair<node_id, peer_actor>> all() const {
    std::shared_lock guard{mutex_};
    std::vector<std::pair<node_id, peer_actor>> result;
    for (auto& [id, x] : peers_)
      result.emplace_back(id, x.who);
    return result;
  }

  void set(node_id id, peer_actor who, uint64_t disk) {
    std::unique_lock guard{mutex_};
    peers_.insert_or_assign(id, entry{std::move(who), disk});
  }

  void remove(node_id x) {
    std::unique_lock guard{mutex_};
    peers_.erase(x);
  }

  void set_removed(std::vector<node_id> x) {
    std::unique_lock guard{mutex_};
    removed_ = std::move(x);
  }

private:
  struct entry {
    peer_actor who;
    uint64_t disk = 0;
  };

  mutable std::shared_mutex mutex_;
  std::unordered_map<node_id, entry> peers_;
  std::vector<node_id> removed_;
};

} // namespace parley
