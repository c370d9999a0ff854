#pragma once

#include "actors/core/rate_limit.hpp"
#include "schema/ids.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace parley::core {

/// How much each user asks of this node, over all of their connections. Who has asked
/// for nothing costs nothing. Safe to share.
class user_rates {
public:
  using time = std::chrono::microseconds;

  /// Before the first connection; without it nobody is bounded.
  void rule(const rate& x) {
    rule_ = x;
  }

  bool bounded() const noexcept {
    return rule_.every.count() > 0;
  }

  const rate& rule() const noexcept {
    return rule_;
  }

  /// What the connections of `user` share, for as long as one of them has it.
  std::shared_ptr<rate_limit> of(user_id user, time now) {
    std::lock_guard guard{mutex_};
    if (users_.size() >= sweep_at_)
      forget_who_is_gone(now);
    auto& known = users_[user];
    if (!known)
      known = std::make_shared<rate_limit>();
    return known;
  }

  /// Users that are remembered.
  size_t size() const {
    std::lock_guard guard{mutex_};
    return users_.size();
  }

private:
  void forget_who_is_gone(time now) {
    std::erase_if(users_, [now](const auto& x) {
      return x.second.use_count() == 1 && x.second->forgotten_at() <= now;
    });
    sweep_at_ = std::max(limits::users_remembered, 2 * users_.size());
  }

  rate rule_{};
  mutable std::mutex mutex_;
  std::unordered_map<user_id, std::shared_ptr<rate_limit>> users_;
  size_t sweep_at_ = limits::users_remembered;
};

} // namespace parley::core
