#pragma once

#include "schema/frame.hpp"
#include "schema/keys.hpp"

#include <vector>

namespace parley {

/// Sets one row, or deletes it if `value` is empty.
struct row {
  parley::key key;
  frame value;
};

/// What one step changes on disk: all of it or nothing. It holds results, not
/// commands, so that a replica that applies it need not decide anything.
struct effect {
  std::vector<key_range> cleared; ///< Emptied before the rows are set.
  std::vector<row> rows;
  size_t bytes = 0; ///< Sum of the values' sizes.

  void put(const key& k, frame value) {
    bytes += value.size_bytes();
    rows.push_back({k, std::move(value)});
  }

  void erase(const key& k) {
    rows.push_back({k, {}});
  }

  /// Whether it changes nothing.
  bool empty() const noexcept {
    return cleared.empty() && rows.empty();
  }
};

} // namespace parley
