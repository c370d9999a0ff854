#pragma once

#include "tools/swarm/world.hpp"

#include <chrono>

namespace parley::swarm {

/// A line each second: one that renews itself on a terminal, else plain lines
/// on standard error.
class progress {
public:
  explicit progress(const world& of);

  /// Prints if a second is over. `phase` is a word: load, drain.
  void tick(const char* phase);

  /// Leaves the line.
  void done();

private:
  using clock = std::chrono::steady_clock;

  const world& world_;
  bool terminal_;
  clock::time_point started_;
  clock::time_point last_;
  uint64_t acked_ = 0;
  uint64_t delivered_ = 0;
};

} // namespace parley::swarm
