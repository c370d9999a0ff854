#include "tools/parley/render.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace parley::chat {

namespace {

constexpr size_t digits = 16;

std::string_view name_of(wire::device_kind x) {
  auto at = static_cast<size_t>(x);
  return at < wire::device_kind_names.size() ? wire::device_kind_names[at] : "unknown";
}

} // namespace

std::string to_text(device_id id) {
  char result[digits + 1];
  std::snprintf(result, sizeof(result), "%016llx", static_cast<unsigned long long>(id.value));
  return result;
}

std::optional<device_id> parse_device(std::string_view text) {
  device_id result;
  auto end = text.data() + text.size();
  auto [at, wrong] = std::from_chars(text.data(), end, result.value, 16);
  if (text.size() != digits || at != end || wrong != std::errc{})
    return std::nullopt;
  return result;
}

std::optional<wire::device_kind> parse_device_kind(std::string_view text) {
  auto& names = wire::device_kind_names;
  auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end())
    return std::nullopt;
  return static_cast<wire::device_kind>(at - names.begin());
}

nlohmann::json to_json(const wire::device& x) {
  return {{"device", to_text(x.id)}, {"kind", name_of(x.kind)},  {"label", x.label},
          {"created", x.created},    {"last_used", x.last_used}, {"expires", x.expires},
          {"online", x.online},      {"current", x.current}};
}

std::string to_text(const wire::device& x) {
  auto result = to_text(x.id) + "  " + std::string{name_of(x.kind)};
  if (!x.label.empty())
    result += "  " + printable(x.label);
  result += x.online ? "  online" : "  last used " + to_time(x.last_used);
  if (x.current)
    result += ", this one";
  if (x.expires != 0 && !x.online)
    result += ", until " + to_time(x.expires);
  return result;
}

} // namespace parley::chat
