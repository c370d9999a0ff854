#pragma once

#include <cstdint>
#include <cstdlib>

namespace parley::testing {

/// A number that who runs the test may give.
inline uint64_t from_environment(const char* name, uint64_t otherwise) {
  auto given = std::getenv(name);
  return given == nullptr ? otherwise : std::strtoull(given, nullptr, 10);
}

} // namespace parley::testing
