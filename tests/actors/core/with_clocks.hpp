#pragma once

#include <chrono>

namespace parley::testing {

/// A fixture whose time is `now`, with clocks that go on and are set.
template <class Fixture>
struct with_clocks : Fixture {
  void pass(std::chrono::microseconds time) {
    this->now.wall += time.count();
    this->now.steady += time;
  }

  /// Somebody sets the wall; it is believed at once.
  void set(std::chrono::microseconds by) {
    this->now.wall += by.count();
  }

  /// As far as anybody knows, the wall is wrong for a while.
  void leap(std::chrono::microseconds by) {
    this->now.wall += by.count();
    this->now.leap += by.count();
  }
};

} // namespace parley::testing
