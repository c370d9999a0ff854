#pragma once

#include "actors/core/actions.hpp"

#include <algorithm>
#include <chrono>

namespace parley {

/// An actor's next deadline: one delayed message to itself. An earlier deadline
/// replaces a later one, whose message comes all the same and rings nothing; if
/// it armed the next one, there would be more of them for each that is replaced.
class alarm {
public:
  using time = std::chrono::microseconds;

  /// Unless it rings before that anyway.
  template <class Self, class Message>
  void set(Self* self, time at, time now, Message what) {
    if (at >= at_)
      return;
    at_ = at;
    self->delayed_send(self, std::max(at - now, time{0}), std::move(what));
  }

  /// Whether the message that came is the one that was waited for.
  bool rings(time now) {
    if (now < at_)
      return false;
    at_ = never;
    return true;
  }

private:
  time at_ = never;
};

} // namespace parley
