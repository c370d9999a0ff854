#pragma once

#include "schema/frame.hpp"
#include "schema/ids.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace parley::client {

using steady_time = std::chrono::steady_clock::time_point;

/// The messages of one conversation that were not acknowledged yet, in the
/// order in which they were sent.
///
///   push --> waiting --take--> in flight --acknowledged | refused--> gone
///               ^                  |
///               +-- postponed -----+   (a retryable error: that message)
///               +-- disconnected --+   (all of them)
///
/// A message keeps its counter and its body for life, so the server can tell a
/// repeat. `previous` is computed anew each time: it names the nearest message
/// before it that is not acknowledged, so nothing can overtake that one and
/// nothing waits for one that was refused for good.
class send_queue {
public:
  struct message {
    uint64_t counter = 0;
    std::string kind; ///< Empty for a text.
    std::string body;
    bool in_flight = false;
    frame special{}; ///< Instead of kind and body, if it is there: a whole request.

    size_t bytes() const noexcept {
      return kind.size() + body.size() + special.size_bytes();
    }
  };

  /// What is to go out; valid until the queue changes.
  struct outgoing {
    uint64_t counter = 0;
    uint64_t previous = 0;
    const message* what = nullptr;
  };

  /// Appends a message and returns its counter: the time, or more than the
  /// last one, so that counters rise across restarts of the program too.
  uint64_t push(std::string kind, std::string body, time_us now);

  /// As above, for a `send` or `revise` that is more than a text or custom body:
  /// encoded, without counters.
  uint64_t push(frame special, time_us now);

  /// The next message to go out, now in flight. Nothing while all are, while
  /// `limits::credit_sends` are, or before a postponed one may go again.
  std::optional<outgoing> take(steady_time now);

  /// The message that `take` would return; does not mark it.
  const message* peek(steady_time now) const;

  /// Removes the message; nothing if it is not there.
  std::optional<message> acknowledged(uint64_t counter);

  /// Removes a message that was refused for good. Later ones go out again.
  std::optional<message> refused(uint64_t counter);

  /// The message may go again at `at`, before every later one.
  void postponed(uint64_t counter, steady_time at);

  /// Everything that was in flight must be repeated.
  void disconnected();

  /// When a postponed message may go again, if one waits for that.
  std::optional<steady_time> wakes_at() const;

  size_t size() const noexcept {
    return messages_.size();
  }

  size_t in_flight() const noexcept {
    return in_flight_;
  }

private:
  uint64_t push(message what, time_us now);
  std::optional<message> remove(uint64_t counter);
  size_t find(uint64_t counter) const;

  std::deque<message> messages_;
  size_t in_flight_ = 0;
  uint64_t last_ = 0;
  steady_time not_before_ = {};
};

} // namespace parley::client
