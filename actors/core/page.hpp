#pragma once

#include "schema/limits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace parley::core {

/// Rows that a page may have of which a client asked for so many; 0: as many as may
/// be.
constexpr size_t rows_of_page(uint32_t asked) noexcept {
  return asked == 0 ? limits::page_rows : std::min<size_t>(asked, limits::page_rows);
}

} // namespace parley::core
