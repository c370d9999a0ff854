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
  uint64_t receipts = 0;   ///< Of what nobody got or read, that go back, or never come.
  uint64_t unread = 0;     ///< Counts that are not what the user has not read.
  uint64_t versions = 0;   ///< Nobody made it, it was seen newer, or it is not the last.
  uint64_t contacts = 0;   ///< Two users who do not agree on what is between them, or lost it.
  uint64_t members = 0;    ///< Of a room by one list and not by the other.

  /// Sends whose outcome nobody learned. No fault.
  uint64_t unknown = 0;

  /// The first few faults in words.
  std::vector<std::string> examples;

  /// Of all kinds.
  uint64_t faults() const noexcept {
    return lost + missing + gaps + duplicated + reordered + forged + receipts + unread + versions
           + contacts + members;
  }

  bool ok() const noexcept {
    return faults() == 0;
  }

  /// Counts a fault of a `kind` of this verdict; `words` are asked for an example.
  template <class Words>
  void add(uint64_t& kind, Words words) {
    ++kind;
    if (examples.size() < max_examples)
      examples.push_back(words());
  }

private:
  static constexpr size_t max_examples = 20;
};

/// How many faults there are of each kind, and the examples on lines of their own.
std::string in_words(const verdict& x);

} // namespace parley::checker
