#pragma once

#include "schema/frame.hpp"
#include "schema/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace parley::fuzz {

inline std::string_view view(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// What was decoded is encoded, and decodes again, if it fits a frame: a forged one may
/// name the same text many times. Whatever cannot be encoded is none of ours.
template <class Value, class Encode, class Decode>
void round_trip(const Value& decoded, Encode encode, Decode decode) {
  if (!decoded)
    return;
  frame bytes = encode(*decoded);
  if (bytes.size_bytes() <= limits::frame_bytes && !decode(bytes))
    std::abort();
}

} // namespace parley::fuzz
