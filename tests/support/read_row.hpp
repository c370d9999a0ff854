#pragma once

#include "persistence/store.hpp"

namespace parley {

/// For tests, whose stores can be read: the value of a row, or nothing.
inline std::optional<std::string> read_row(const row_view& from, const key& at) {
  std::optional<std::string> result;
  auto read = read_row(from, at, result);
  return read.ok() ? result : std::nullopt;
}

} // namespace parley
