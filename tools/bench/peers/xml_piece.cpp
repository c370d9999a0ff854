#include "tools/bench/peers/xml_piece.hpp"

#include <string>

namespace parley::peers::xml {

namespace {

constexpr auto nowhere = std::string_view::npos;

/// Of the tag that starts at `at`; '>' may stand in quotes.
size_t end_of_tag(std::string_view bytes, size_t at) {
  char quote = 0;
  for (auto i = bytes.find_first_of("'\">", at); i != nowhere;
       i = bytes.find_first_of(quote == 0 ? std::string_view{"'\">"} : std::string_view{&quote, 1},
                               i + 1)) {
    if (bytes[i] == '>' && quote == 0)
      return i + 1;
    quote = quote == 0 ? bytes[i] : '\0';
  }
  return nowhere;
}

} // namespace

piece first_piece(std::string_view bytes) {
  auto begin = bytes.find('<');
  if (begin == nowhere)
    return bytes.empty() ? piece{} : piece{piece::skipped, 0, bytes.size()};
  size_t depth = 0;
  for (auto at = begin; at != nowhere;) {
    auto end = end_of_tag(bytes, at);
    if (end == nowhere)
      return {};
    auto tag = bytes.substr(at, end - at);
    auto closes = tag[1] == '/';
    auto empty = tag[tag.size() - 2] == '/';
    if (depth == 0 && (tag[1] == '?' || tag.starts_with("<stream:stream")))
      return {piece::skipped, begin, end};
    if (depth == 0 && closes)
      return {piece::end_of_stream, begin, end};
    depth += !closes && !empty;
    depth -= closes;
    if (depth == 0)
      return {piece::stanza, begin, end};
    at = bytes.find('<', end);
  }
  return {};
}

bool is(std::string_view stanza, std::string_view name) {
  auto rest = stanza.substr(1);
  return rest.size() > name.size() && rest.starts_with(name)
         && std::string_view{" />"}.find(rest[name.size()]) != nowhere;
}

bool contains(std::string_view stanza, std::string_view words) {
  return stanza.find(words) != nowhere;
}

bool has_attribute(std::string_view text, std::string_view name, std::string_view value) {
  auto with = [name, value](char quote) {
    return std::string{name} + '=' + quote + std::string{value} + quote;
  };
  return contains(text, with('\'')) || contains(text, with('"'));
}

std::string_view attribute(std::string_view stanza, std::string_view name) {
  auto tag = stanza.substr(0, end_of_tag(stanza, 0));
  auto at = tag.find(" " + std::string{name} + "=");
  if (at == nowhere)
    return {};
  auto value = tag.substr(at + name.size() + 2);
  return value.substr(1, value.find(value[0], 1) - 1);
}

} // namespace parley::peers::xml
