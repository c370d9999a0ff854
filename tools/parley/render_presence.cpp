#include "tools/parley/render.hpp"

namespace parley::chat {

namespace {

std::string_view name_of(wire::presence_state x) {
  switch (x) {
    case wire::presence_state::offline:
      return "offline";
    case wire::presence_state::away:
      return "away";
    case wire::presence_state::online:
      return "online";
  }
  return "unknown";
}

} // namespace

std::string_view name_of(wire::visibility x) {
  switch (x) {
    case wire::visibility::contacts:
      return "contacts";
    case wire::visibility::everyone:
      return "everyone";
    case wire::visibility::nobody:
      return "nobody";
  }
  return "unknown";
}

std::optional<wire::visibility> parse_visibility(std::string_view text) {
  for (auto x : {wire::visibility::contacts, wire::visibility::everyone, wire::visibility::nobody})
    if (text == name_of(x))
      return x;
  return std::nullopt;
}

nlohmann::json to_json(const wire::presence& x) {
  return {{"name", x.name}, {"state", name_of(x.state)}, {"last_seen", x.last_seen}};
}

std::string to_text(const wire::presence& x) {
  auto result = printable(x.name) + "  " + std::string{name_of(x.state)};
  if (x.last_seen != 0)
    result += ", last seen " + to_time(x.last_seen);
  return result;
}

} // namespace parley::chat
