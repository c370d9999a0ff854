#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace parley::swarm {

/// Counts durations in buckets that grow with them: 64 to each doubling, so a
/// percentile is right to 1.6%. Fixed size, no allocation; microseconds or any
/// other unit.
class histogram {
public:
  void record(uint64_t x) noexcept {
    ++counts_[bucket_of(x)];
    ++total_;
    if (x > max_)
      max_ = x;
  }

  /// The value that `share` (0 to 1) of all are not above; 0 if there is none.
  uint64_t percentile(double share) const noexcept;

  uint64_t max() const noexcept {
    return max_;
  }

  uint64_t count() const noexcept {
    return total_;
  }

private:
  static constexpr unsigned bits = 6; ///< 64 buckets to a doubling.
  static constexpr uint64_t linear = 1 << bits;

  static size_t bucket_of(uint64_t x) noexcept {
    if (x < 2 * linear)
      return x;
    auto shift = static_cast<unsigned>(std::bit_width(x)) - bits - 1;
    return (shift << bits) + (x >> shift);
  }

  static uint64_t highest_in(size_t bucket) noexcept;

  std::array<uint64_t, (64 - bits + 1)* linear> counts_ = {};
  uint64_t total_ = 0;
  uint64_t max_ = 0;
};

} // namespace parley::swarm
