#pragma once

#include "tools/swarm/histogram.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace parley::peers {

using swarm::histogram;

/// Nanoseconds of the steady clock.
using nanoseconds = uint64_t;

/// One message on its way.
struct flight {
  nanoseconds begun = 0;
  uint32_t number = 0;
  uint32_t reached = 0; ///< Recipients that have it.
  bool busy = false;
  bool acknowledged = false;
  bool received = false; ///< By all.
};

/// The messages of one sender that are on their way, by number: a ring.
class flights {
public:
  static constexpr size_t size = 1024;

  /// The place of the next message, if it is free and `window` allows it; else none.
  flight* begin(nanoseconds now, size_t window) {
    auto& x = ring_[next_ % size];
    if (x.busy || open_ >= window)
      return nullptr;
    x = {now, next_++, 0, true, false, false};
    ++open_;
    return &x;
  }

  /// The message, if it is on its way.
  flight* find(uint32_t number) {
    auto& x = ring_[number % size];
    return x.busy && x.number == number ? &x : nullptr;
  }

  /// As above, by what `slot_of` said.
  flight* at(uint32_t slot) {
    auto& x = ring_[slot % size];
    return x.busy ? &x : nullptr;
  }

  static uint32_t slot_of(const flight& x) noexcept {
    return x.number % size;
  }

  void finish(flight& x) {
    x.busy = false;
    --open_;
  }

  size_t open() const noexcept {
    return open_;
  }

private:
  std::array<flight, size> ring_;
  uint32_t next_ = 0;
  size_t open_ = 0;
};

} // namespace parley::peers
