#include "actors/core/search_terms.hpp"

#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <optional>
#include <unordered_set>

namespace parley::core {

namespace {

/// Code points of a word; what is longer is found by its beginning.
constexpr size_t longest_word = 64;

/// Letters and digits without a break.
struct run {
  bool unspaced = false;
  std::u32string letters;
};

bool is_part_of_word(UChar32 x) {
  return u_isalnum(x) || (U_GET_GC_MASK(x) & U_GC_M_MASK) != 0;
}

/// What it says about the run that it stands in; nothing if it may stand in any.
enum class spacing { any, spaced, unspaced };

spacing spacing_of(UChar32 x) {
  UErrorCode code = U_ZERO_ERROR;
  switch (uscript_getScript(x, &code)) {
    case USCRIPT_COMMON:
    case USCRIPT_INHERITED:
      return u_isdigit(x) ? spacing::spaced : spacing::any;
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
    case USCRIPT_BOPOMOFO:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return spacing::unspaced;
    default:
      return spacing::spaced;
  }
}

icu::UnicodeString fold(std::string_view text) {
  UErrorCode code = U_ZERO_ERROR;
  auto given = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  auto folder = icu::Normalizer2::getNFKCCasefoldInstance(code);
  auto folded = U_SUCCESS(code) ? folder->normalize(given, code) : given;
  return U_SUCCESS(code) ? folded : given;
}

std::vector<run> runs_of(std::string_view text) {
  std::vector<run> result;
  auto folded = fold(text);
  auto in_run = false;
  auto decided = false; // What the run is.
  for (int32_t at = 0; at < folded.length(); at = folded.moveIndex32(at, 1)) {
    auto letter = folded.char32At(at);
    if (!is_part_of_word(letter)) {
      in_run = false;
      continue;
    }
    auto how = spacing_of(letter);
    auto unspaced = how == spacing::unspaced;
    if (!in_run || (how != spacing::any && decided && result.back().unspaced != unspaced)) {
      result.push_back({});
      decided = false;
    }
    in_run = true;
    if (how != spacing::any) {
      decided = true;
      result.back().unspaced = unspaced;
    }
    result.back().letters.push_back(static_cast<char32_t>(letter));
  }
  return result;
}

std::string utf8(std::u32string_view x) {
  std::string result;
  auto letters = reinterpret_cast<const UChar32*>(x.data());
  icu::UnicodeString::fromUTF32(letters, static_cast<int32_t>(x.size())).toUTF8String(result);
  return result;
}

std::string word_of(const run& x) {
  return utf8(std::u32string_view{x.letters}.substr(0, longest_word));
}

/// The term at a letter of a run, if one begins there.
std::optional<std::string> term_at(const run& x, size_t at) {
  if (!x.unspaced || x.letters.size() == 1)
    return at == 0 ? std::optional{word_of(x)} : std::nullopt;
  if (at + 1 == x.letters.size())
    return std::nullopt;
  return utf8(std::u32string_view{x.letters}.substr(at, 2));
}

} // namespace

std::vector<std::string> terms_of(std::string_view text, size_t most) {
  std::vector<std::string> result;
  std::unordered_set<std::string> known;
  for (auto& x : runs_of(text))
    for (size_t at = 0; at < x.letters.size() && result.size() < most; ++at)
      if (auto term = term_at(x, at); term && known.insert(*term).second)
        result.push_back(*std::move(term));
  return result;
}

uint64_t number_of_term(std::string_view term) {
  return digest_of({}, term);
}

search_query::search_query(std::string_view text) : terms_(terms_of(text, limits::search_terms)) {
  for (auto& x : runs_of(text))
    if (x.unspaced)
      unspaced_.push_back(utf8(x.letters));
    else
      words_.push_back(word_of(x));
}

bool search_query::matches(std::string_view text) const {
  std::unordered_set<std::string> words;
  std::vector<std::string> unspaced;
  for (auto& x : runs_of(text))
    if (x.unspaced)
      unspaced.push_back(utf8(x.letters));
    else
      words.insert(word_of(x));
  auto stands = [&unspaced](const std::string& wanted) {
    return std::any_of(unspaced.begin(), unspaced.end(), [&wanted](const std::string& x) {
      return x.find(wanted) != std::string::npos;
    });
  };
  return std::all_of(words_.begin(), words_.end(),
                     [&words](const std::string& x) { return words.contains(x); })
         && std::all_of(unspaced_.begin(), unspaced_.end(), stands);
}

} // namespace parley::core
