#pragma once

#include "schema/ids.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <vector>

namespace parley {

/// What was pushed to one device and is not acknowledged yet: bounds what a
/// slow consumer can cost. Holds places and sizes, no bodies; a resend reads
/// them again.
class device_window {
public:
  /// Whether another message of `bytes` may be pushed. One always may.
  bool has_room(size_t bytes) const noexcept {
    return pushed_.empty()
           || (pushed_.size() < limits::device_window
               && bytes_ + bytes <= limits::device_window_bytes);
  }

  /// Messages that may still be pushed.
  size_t room() const noexcept {
    return limits::device_window - std::min(pushed_.size(), limits::device_window);
  }

  bool empty() const noexcept {
    return pushed_.empty();
  }

  size_t size() const noexcept {
    return pushed_.size();
  }

  void push(conversation_id conversation, seq_t seq, size_t bytes) {
    pushed_.push_back({conversation, seq, static_cast<uint32_t>(bytes)});
    bytes_ += bytes;
  }

  /// The device holds everything up to `seq`.
  void acknowledge(conversation_id conversation, seq_t seq) {
    std::erase_if(pushed_, [&](const entry& x) {
      auto done = x.conversation == conversation && x.seq <= seq;
      if (done)
        bytes_ -= x.bytes;
      return done;
    });
    if (pushed_.empty() && pushed_.capacity() > 16)
      pushed_.shrink_to_fit(); // Idle devices cost nothing.
  }

  /// The conversations with something unacknowledged.
  std::vector<conversation_id> conversations() const {
    std::vector<conversation_id> result;
    for (auto& x : pushed_)
      if (std::find(result.begin(), result.end(), x.conversation) == result.end())
        result.push_back(x.conversation);
    return result;
  }

  void clear() noexcept {
    pushed_.clear();
    bytes_ = 0;
  }

private:
  struct entry {
    conversation_id conversation;
    seq_t seq;
    uint32_t bytes;
  };

  std::vector<entry> pushed_;
  size_t bytes_ = 0;
};

} // namespace parley
