#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace parley::checker {

/// What a node did wrong, as its clients saw it. All zero is the promise kept.
struct verdict {
  uint64_t lost = 0;       ///< Acknowledged, and a member's device never got it.
  uint64_t missing = 0;    ///< Not acknowledged, but some devices got it and one did not.
  uint64_t gaps = 0;       ///< A place that nobody ever saw anything at.
  uint64_t duplicated = 0; ///< Stored at two places, or given to an application twice.
  uint64_t reordered = 0;  ///< Out of order, or two devices disagree about a place.
  uint64_t forged = 0;     ///< Nobody sent it, another body, or not for this device.

  /// Sends whose outcome nobody learned. No fault.
  uint64_t unknown = 0;

  /// The first few faults in words.
  std::vector<std::string> examples;

  bool ok() const noexcept {
    return lost + missing + gaps + duplicated + reordered + forged == 0;
  }
};

} // namespace parley::checker
