#pragma once

#include "schema/error.hpp"

#include <ostream>

namespace parley {

/// For the words of a failed test.
inline std::ostream& operator<<(std::ostream& out, ec code) {
  return out << name_of(code);
}

} // namespace parley
