#pragma once

#include "actors/contracts.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
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

  /// Of nodes that can be reached; nothing: this one cannot any more.
  void set_door(node_id x, std::optional<node_door> what) {
    std::unique_lock guard{mutex_};
    auto at = doors_.find(x);
    if (what ? at != doors_.end() && at->second == *what : at == doors_.end())
      return;
    if (what)
      doors_.insert_or_assign(x, *std::move(what));
    else
      doors_.erase(at);
    ++doors_changes_;
  }

  /// How often the doors have changed.
  uint64_t doors_changes() const noexcept {
    return doors_changes_.load(std::memory_order_relaxed);
  }

  /// Where clients can go: nodes that can be reached and are not about to end,
  /// `first` before all others, and these from another one on for each `spread`.
  std::vector<std::string> doors(node_id first, uint64_t spread) const {
    std::shared_lock guard{mutex_};
    std::vector<std::string> result;
    for (auto& [id, x] : doors_)
      if (id != first && is_open(x))
        result.push_back(x.clients);
    if (!result.empty())
      std::rotate(result.begin(), result.begin() + static_cast<ptrdiff_t>(spread % result.size()),
                  result.end());
    if (auto at = doors_.find(first); at != doors_.end() && is_open(at->second))
      result.insert(result.begin(), at->second.clients);
    return result;
  }

  /// Where clients reach `x`; empty if they cannot, or it is about to end.
  std::string door_of(node_id x) const {
    std::shared_lock guard{mutex_};
    auto at = doors_.find(x);
    return at != doors_.end() && is_open(at->second) ? at->second.clients : "";
  }

  /// Whether another node can be reached and is not about to end.
  bool any_stays() const {
    std::shared_lock guard{mutex_};
    return std::any_of(doors_.begin(), doors_.end(),
                       [](const auto& x) { return !x.second.draining; });
  }

  void remove(node_id x) {
    std::unique_lock guard{mutex_};
    peers_.erase(x);
    doors_.erase(x);
  }

  void set_removed(std::vector<node_id> x) {
    std::unique_lock guard{mutex_};
    removed_ = std::move(x);
  }

private:
  static bool is_open(const node_door& x) {
    return !x.draining && !x.clients.empty();
  }

  struct entry {
    peer_actor who;
    uint64_t disk = 0;
  };

  mutable std::shared_mutex mutex_;
  std::unordered_map<node_id, entry> peers_;
  std::map<node_id, node_door> doors_;
  std::atomic<uint64_t> doors_changes_{0};
  std::vector<node_id> removed_;
};

} // namespace parley
