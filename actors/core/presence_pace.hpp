#pragma once

#include "schema/limits.hpp"
#include "schema/wire.hpp"

#include <algorithm>
#include <chrono>

namespace parley::core {

/// When others are told how a user is: at once, but for what comes too soon after the
/// last time, and for leaving, which most take back. Of several changes the last counts.
class presence_pace {
public:
  using time = std::chrono::microseconds;

  /// The user is so from now on.
  void becomes(wire::presence_state x, time now) {
    if (x == is_)
      return;
    is_ = x;
    if (is_ == told_)
      at_ = time::max();
    else
      at_ = std::max(told_at_ + limits::presence_every,
                     is_ == wire::presence_state::offline ? now + limits::presence_grace : now);
  }

  /// Whether others are to be told now; then `told` has changed.
  [[nodiscard]] bool take_due(time now) {
    if (now < at_)
      return false;
    told_ = is_;
    told_at_ = now;
    at_ = time::max();
    return true;
  }

  /// What others believe.
  wire::presence_state told() const noexcept {
    return told_;
  }

  /// When they are to be told next.
  time deadline() const noexcept {
    return at_;
  }

private:
  wire::presence_state is_ = wire::presence_state::offline;
  wire::presence_state told_ = wire::presence_state::offline;
  time told_at_ = -limits::presence_every;
  time at_ = time::max();
};

} // namespace parley::core
