#pragma once

#include "schema/ids.hpp"

#include <atomic>
#include <chrono>
#include <mutex>

namespace parley::core {

/// Compares the wall clock of a node with its steady one. A wall clock that leaps forward
/// is most often wrong for a while; what ends or is deleted by it would not come back. So
/// a leap is believed when it has stood for limits::leap_stands. Back is believed at once:
/// then things last longer. What a node starts with is believed, too.
///
/// May be asked by several threads.
class clock_watch {
public:
  /// How much of `wall` is a leap forward that is not believed yet (moment::leap).
  time_us leap(time_us wall, std::chrono::microseconds steady) {
    auto ahead = wall - steady.count() - believed_.load(std::memory_order_relaxed);
    auto usual = !leaping_.load(std::memory_order_relaxed) && -drift < ahead && ahead < drift;
    return usual ? 0 : look(wall - steady.count(), steady);
  }

private:
  /// Clocks that are corrected little by little are followed at such steps.
  static constexpr time_us drift = 1'000'000;

  time_us look(time_us offset, std::chrono::microseconds steady);

  std::atomic<time_us> believed_{0}; ///< The wall clock is ahead of the steady one by this.
  std::atomic<bool> leaping_{true};  ///< Has to look closer; at first, too.
  std::mutex looks_;
  bool knows_ = false;
  time_us leapt_to_ = 0;
  std::chrono::microseconds leapt_at_{};
};

} // namespace parley::core
