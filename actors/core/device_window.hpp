#pragma once

#include "schema/ids.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace parley {

/// What was pushed to one device and is not acknowledged yet: bounds what a
/// slow consumer can cost. Holds places and sizes, no bodies; a resend reads
/// them again. A push is lost if a much later one is acknowledged before it
/// (RFC 9002, section 6.1.2), for both went one way.
class device_window {
public:
  using time = std::chrono::microseconds;

  /// Whether another message of `bytes` may be pushed. One always may.
  bool has_room(size_t bytes) const noexcept {
    return pushed_.empty()
           || (pushed_.size() < limits::device_window
               && bytes_ + bytes <= limits::device_window_bytes);
  }

  /// Whether reading a page for it pays: it has room for a good part of one.
  bool has_room_for_page() const noexcept {
    return pushed_.size() <= limits::device_window / 2 && bytes_ <= limits::device_window_bytes / 2;
  }

  /// Messages that may still be pushed.
  size_t room() const noexcept {
    return limits::device_window - std::min(pushed_.size(), limits::device_window);
  }

  bool empty() const noexcept {
    return pushed_.empty();
  }

  /// Whether anything of it is not acknowledged.
  bool holds(conversation_id conversation) const noexcept {
    return std::any_of(pushed_.begin(), pushed_.end(),
                       [&](const entry& x) { return x.conversation == conversation; });
  }

  size_t size() const noexcept {
    return pushed_.size();
  }

  void push(conversation_id conversation, seq_t seq, size_t bytes, time now) {
    pushed_.push_back({conversation, seq, static_cast<uint32_t>(bytes), now});
    bytes_ += bytes;
  }

  /// The device holds everything up to `seq`.
  void acknowledge(conversation_id conversation, seq_t seq) {
    erase_if([&](const entry& x) {
      auto done = x.conversation == conversation && x.seq <= seq;
      if (done)
        acknowledged_ = std::max(acknowledged_, x.at);
      return done;
    });
  }

  /// The conversations with something unacknowledged; nothing of them is in
  /// the window any more.
  std::vector<conversation_id> take_all() {
    return take([](const entry&) { return true; });
  }

  /// Those of which something was pushed so long before another one that is
  /// acknowledged.
  std::vector<conversation_id> take_lost(time before) {
    return take([&](const entry& x) { return x.at + before <= acknowledged_; });
  }

private:
  struct entry {
    conversation_id conversation;
    seq_t seq;
    uint32_t bytes;
    time at;
  };

  template <class Is>
  std::vector<conversation_id> take(Is is_lost) {
    std::vector<conversation_id> result;
    auto taken = [&result](const entry& x) {
      return std::find(result.begin(), result.end(), x.conversation) != result.end();
    };
    for (auto& x : pushed_)
      if (is_lost(x) && !taken(x))
        result.push_back(x.conversation);
    if (!result.empty())
      erase_if(taken);
    return result;
  }

  template <class Is>
  void erase_if(Is is_done) {
    std::erase_if(pushed_, [&](const entry& x) {
      auto done = is_done(x);
      if (done)
        bytes_ -= x.bytes;
      return done;
    });
    if (pushed_.empty() && pushed_.capacity() > 16)
      pushed_.shrink_to_fit(); // Idle devices cost nothing.
  }

  std::vector<entry> pushed_; ///< As they went.
  size_t bytes_ = 0;
  time acknowledged_{}; ///< When the last that came to the device was pushed.
};

} // namespace parley
