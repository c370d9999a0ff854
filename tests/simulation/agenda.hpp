#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace parley::simulation {

/// What is to happen, by time, and where that is the same by when it was planned.
template <class Time>
class agenda {
public:
  void plan(Time when, std::function<void()> what) {
    auto place = free_.empty() ? what_.size() : free_.back();
    if (free_.empty())
      what_.emplace_back();
    else
      free_.pop_back();
    what_[place] = std::move(what);
    heap_.push_back({when, planned_++, place});
    std::push_heap(heap_.begin(), heap_.end());
  }

  bool empty() const noexcept {
    return heap_.empty();
  }

  /// When the next comes. There must be one.
  Time next() const {
    return heap_.front().when;
  }

  std::function<void()> take() {
    std::pop_heap(heap_.begin(), heap_.end());
    auto place = heap_.back().place;
    heap_.pop_back();
    free_.push_back(place);
    return std::exchange(what_[place], nullptr);
  }

private:
  struct entry {
    Time when;
    uint64_t order;
    size_t place;

    friend bool operator<(const entry& a, const entry& b) {
      return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
  };

  std::vector<entry> heap_; ///< Small, for they move a lot.
  std::vector<std::function<void()>> what_;
  std::vector<size_t> free_; ///< Places in it.
  uint64_t planned_ = 0;
};

} // namespace parley::simulation
