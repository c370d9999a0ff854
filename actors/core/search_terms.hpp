#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::core {

// What of a text is found again. Texts are folded (NFKC_Casefold, Unicode Standard
// Annex 31) and cut into runs of letters and digits. A run is a word; where a script
// puts no spaces between words (Han, kana, Hangul, Thai ..) it is looked up by its
// pairs of letters. Unicode is ICU's.

/// Different terms of a text, at most so many.
std::vector<std::string> terms_of(std::string_view text, size_t most);

/// DO NOT CHANGE: it is on disk, in keys.
uint64_t number_of_term(std::string_view term);

/// What somebody looks for.
class search_query {
public:
  explicit search_query(std::string_view text);

  /// Under all of these a message must stand; none if there is nothing to look for.
  const std::vector<std::string>& terms() const noexcept {
    return terms_;
  }

  /// Whether a text has all words, and what has no spaces as it was written.
  bool matches(std::string_view text) const;

private:
  std::vector<std::string> terms_;
  std::vector<std::string> words_;
  std::vector<std::string> unspaced_;
};

} // namespace parley::core
