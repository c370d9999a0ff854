#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace parley::core {

/// How often something may be done: once in `every` in the long run, and `burst` times
/// in a row after a rest. Without `every` as often as one likes.
struct rate {
  std::chrono::microseconds every{};
  unsigned burst = 1;
};

/// Counts against a rate, by the generic cell rate algorithm (ITU-T I.371): one number,
/// the time at which all that was taken is paid for. Safe to share.
class rate_limit {
public:
  using time = std::chrono::microseconds;

  /// False if it was done too often; then nothing is taken.
  bool take(const rate& of, time now) noexcept {
    auto until = paid_at_.load(std::memory_order_relaxed);
    int64_t next = 0;
    do {
      next = std::max(until, now.count()) + of.every.count();
      if (next - now.count() > of.every.count() * of.burst)
        return false;
    } while (!paid_at_.compare_exchange_weak(until, next, std::memory_order_relaxed));
    return true;
  }

  /// One that was taken did not count.
  void give_back(const rate& of) noexcept {
    paid_at_.fetch_sub(of.every.count(), std::memory_order_relaxed);
  }

  /// Whether one could be taken.
  bool allows(const rate& of, time now) const noexcept {
    return std::max(paid_at_.load(std::memory_order_relaxed), now.count()) + of.every.count()
           <= now.count() + of.every.count() * of.burst;
  }

  /// From then on it is as if nothing had been taken.
  time forgotten_at() const noexcept {
    return time{paid_at_.load(std::memory_order_relaxed)};
  }

private:
  std::atomic<int64_t> paid_at_{0}; ///< Microseconds.
};

} // namespace parley::core
