#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace parley {

/// A queue that costs next to nothing while it is empty: most of those that rooms
/// and inboxes have are. std::deque would hold half a kilobyte in each.
template <class T>
class fifo {
public:
  bool empty() const noexcept {
    return first_ == items_.size();
  }

  size_t size() const noexcept {
    return items_.size() - first_;
  }

  T& front() {
    return items_[first_];
  }

  const T& front() const {
    return items_[first_];
  }

  const T& back() const {
    return items_.back();
  }

  auto begin() const noexcept {
    return items_.begin() + static_cast<std::ptrdiff_t>(first_);
  }

  auto end() const noexcept {
    return items_.end();
  }

  auto begin() noexcept {
    return items_.begin() + static_cast<std::ptrdiff_t>(first_);
  }

  auto end() noexcept {
    return items_.end();
  }

  void push_back(T x) {
    items_.push_back(std::move(x));
  }

  void pop_front() {
    items_[first_++] = T{}; // What it held is given back at once.
    if (empty())
      clear();
    else if (first_ > items_.size() / 2)
      forget_popped();
  }

  void clear() {
    items_.clear();
    first_ = 0;
    if (items_.capacity() * sizeof(T) > kept_bytes)
      items_.shrink_to_fit();
  }

private:
  void forget_popped() {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }

  /// What an empty one keeps, so that one that is used now and then allocates not.
  static constexpr size_t kept_bytes = 256;

  std::vector<T> items_;
  size_t first_ = 0; ///< Those before it were popped.
};

} // namespace parley
