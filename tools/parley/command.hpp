#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::chat {

/// What somebody typed: `/verb word text with spaces`, or only text.
struct command {
  std::string verb; ///< Empty: text for whoever was written to last.
  std::vector<std::string> words;
  std::string line; ///< Everything behind the verb.

  /// Everything behind the first `count` words.
  std::string text_after(size_t count) const;
};

/// Nothing if `text` is more than a number, or none.
std::optional<uint64_t> number_in(std::string_view text);

/// Nothing if the line is blank. Two slashes at the start make a text that
/// begins with one.
std::optional<command> parse_command(std::string_view line);

} // namespace parley::chat
