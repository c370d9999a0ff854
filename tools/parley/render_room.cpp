#include "tools/parley/render.hpp"

// Members of rooms, how long messages are kept, and who was away.

namespace parley::chat {

namespace {

/// "1 day", "2 days"
std::string counted(uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string span(uint64_t seconds) {
  for (auto [unit, name] : {std::pair{86400u, "day"}, {3600u, "hour"}, {60u, "minute"}})
    if (seconds % unit == 0)
      return counted(seconds / unit, name);
  return counted(seconds, "second");
}

} // namespace

nlohmann::json to_json(const wire::member& x) {
  return {{"name", x.name},
          {"role", name_of(x.role)},
          {"delivered", x.delivered},
          {"read", x.read},
          {"muted_until", x.muted_until}};
}

std::string to_text(const wire::member& x) {
  auto result = printable(x.name) + "  " + std::string{name_of(x.role)};
  return x.muted_until == 0 ? result : result + "  muted until " + to_time(x.muted_until);
}

std::string to_text(const wire::retention& x) {
  if (x == wire::retention{})
    return "for ever";
  std::string result;
  if (x.seconds != 0)
    result = span(x.seconds);
  if (x.messages != 0)
    result += (result.empty() ? "" : ", ") + counted(x.messages, "message");
  return result;
}

nlohmann::json to_json(const wire::notice& x) {
  return {
    {"time", x.at.time},       {"user", x.name},     {"conversation", to_text(x.at.conversation)},
    {"kind", name_of(x.kind)}, {"title", x.title},   {"sender", x.sender},
    {"seq", x.at.seq},         {"unread", x.unread}, {"mentions", x.mentions},
    {"mentioned", x.mentioned}};
}

} // namespace parley::chat
