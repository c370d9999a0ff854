#pragma once

#include <chrono>
#include <cstdint>

namespace parley {

/// The wait before try number `tries` (from 0): `first`, doubled each time up
/// to `most`, then moved by up to `jitter` of itself so that a crowd spreads
/// out. `random` is any evenly spread number.
constexpr std::chrono::microseconds backoff(std::chrono::microseconds first, unsigned tries,
                                            std::chrono::microseconds most, double jitter,
                                            uint64_t random) {
  auto wait = first;
  for (unsigned i = 0; i < tries && wait < most; ++i)
    wait *= 2;
  if (wait > most)
    wait = most;
  auto swing = static_cast<double>(random % 2001) / 1000.0 - 1.0; // -1 .. 1
  return wait
         + std::chrono::microseconds{
           static_cast<int64_t>(static_cast<double>(wait.count()) * jitter * swing)};
}

} // namespace parley
