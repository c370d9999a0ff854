#pragma once

#include <string>
#include <string_view>

namespace parley::testing {

/// Two digits for each byte; a space after every `group` bytes.
inline std::string hex(std::string_view bytes, size_t group = 8) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i != 0 && i % group == 0)
      result += ' ';
    auto byte = static_cast<unsigned char>(bytes[i]);
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

} // namespace parley::testing
