#include "tools/parley/command.hpp"

#include <charconv>

namespace parley::chat {

namespace {

constexpr auto blanks = " \t\r\n";

std::string_view trim(std::string_view x) {
  auto first = x.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(blanks) - first + 1);
}

/// Takes the first word off `x`.
std::string_view take_word(std::string_view& x) {
  x = trim(x);
  auto end = std::min(x.find_first_of(blanks), x.size());
  auto word = x.substr(0, end);
  x = trim(x.substr(end));
  return word;
}

} // namespace

std::string command::text_after(size_t count) const {
  std::string_view rest = line;
  while (count-- > 0)
    take_word(rest);
  return std::string{trim(rest)};
}

std::optional<uint64_t> number_in(std::string_view text) {
  uint64_t result = 0;
  auto end = text.data() + text.size();
  auto [at, wrong] = std::from_chars(text.data(), end, result);
  return at == end && wrong == std::errc{} ? std::optional{result} : std::nullopt;
}

std::optional<command> parse_command(std::string_view line) {
  line = trim(line);
  if (line.empty())
    return std::nullopt;
  command result;
  if (!line.starts_with('/') || line.starts_with("//")) {
    result.line = line.substr(line.starts_with("//") ? 1 : 0);
    return result;
  }
  line.remove_prefix(1);
  result.verb = take_word(line);
  result.line = line;
  while (!line.empty())
    result.words.emplace_back(take_word(line));
  return result;
}

} // namespace parley::chat
