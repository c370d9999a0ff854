#pragma once

#include "schema/ids.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <optional>
#include <string_view>

namespace parley {

/// Names a content: its SHA-256 and how many bytes it has.
struct file_ref {
  std::array<char, limits::file_hash_bytes> hash{};
  uint64_t size = 0;

  /// Nothing if `hash` is none.
  static std::optional<file_ref> of(std::string_view hash, uint64_t size) {
    file_ref result;
    if (hash.size() != result.hash.size())
      return std::nullopt;
    std::copy(hash.begin(), hash.end(), result.hash.begin());
    result.size = size;
    return result;
  }

  std::string_view hash_bytes() const noexcept {
    return {hash.data(), hash.size()};
  }

  file_id id() const noexcept {
    file_id result;
    for (size_t i = 0; i < 8; ++i) {
      result.high = result.high << 8 | static_cast<unsigned char>(hash[i]);
      result.low = result.low << 8 | static_cast<unsigned char>(hash[i + 8]);
    }
    return result;
  }

  friend auto operator<=>(const file_ref&, const file_ref&) = default;
};

} // namespace parley
