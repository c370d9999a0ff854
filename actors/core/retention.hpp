#pragma once

#include "schema/record.hpp"

#include <algorithm>

namespace parley::core {

/// What is over by either is over; 0 is no limit.
inline wire::retention stricter(const wire::retention& a, const wire::retention& b) noexcept {
  auto least = [](uint64_t x, uint64_t y) {
    return x == 0 || y == 0 ? std::max(x, y) : std::min(x, y);
  };
  return {least(a.seconds, b.seconds), least(a.messages, b.messages)};
}

inline time_us life_of(const wire::retention& x) noexcept {
  return static_cast<time_us>(x.seconds) * 1'000'000;
}

/// Whether what was written at `time` was so for too long.
inline bool is_over(time_us time, const wire::retention& keep, time_us now) noexcept {
  return keep.seconds != 0 && time < now - life_of(keep);
}

/// Instead of the time of the first message, when all were let go.
inline constexpr time_us nothing_left = INT64_MAX;

/// Nothing in it that is kept is older.
inline time_us oldest_of(const record::conversation& x) noexcept {
  return std::max(x.first_time, x.created);
}

/// Whether there are more than are kept.
inline bool is_too_long(const record::conversation& x, seq_t head,
                        const wire::retention& keep) noexcept {
  auto first = std::max<seq_t>(x.first, 1);
  return keep.messages != 0 && head >= first && head - first >= keep.messages;
}

} // namespace parley::core
