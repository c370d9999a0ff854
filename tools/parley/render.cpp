#include "tools/parley/render.hpp"

#include "schema/identity.hpp"

#include <charconv>
#include <cstdio>
#include <ctime>

namespace parley::chat {

namespace {

constexpr time_us second = 1'000'000;

std::string_view name_of(wire::event_kind kind) {
  switch (kind) {
    case wire::event_kind::created:
      return "created";
    case wire::event_kind::added:
      return "added";
    case wire::event_kind::joined:
      return "joined";
    case wire::event_kind::left:
      return "left";
    case wire::event_kind::removed:
      return "removed";
  }
  return "changed";
}

/// Who joins and who leaves does it; the others have it done to them.
bool is_about_sender(std::string_view sender, const wire::event& x) {
  return x.members.size() == 1 && x.members[0] == sender;
}

} // namespace

std::string to_text(conversation_id id) {
  char digits[33];
  std::snprintf(digits, sizeof digits, "%016llx%016llx", static_cast<unsigned long long>(id.high),
                static_cast<unsigned long long>(id.low));
  return digits;
}

std::optional<conversation_id> parse_id(std::string_view text) {
  conversation_id result;
  auto read = [](std::string_view part, uint64_t& to) {
    auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), to, 16);
    return error == std::errc{} && end == part.data() + part.size();
  };
  if (text.size() != 32 || !read(text.substr(0, 16), result.high)
      || !read(text.substr(16), result.low))
    return std::nullopt;
  return result;
}

std::string to_time(time_us time) {
  auto then = static_cast<std::time_t>(time / second);
  auto now = std::time(nullptr);
  std::tm then_parts{};
  std::tm now_parts{};
  localtime_r(&then, &then_parts);
  localtime_r(&now, &now_parts);
  auto today = then_parts.tm_year == now_parts.tm_year && then_parts.tm_yday == now_parts.tm_yday;
  char words[32];
  std::strftime(words, sizeof words, today ? "%H:%M:%S" : "%Y-%m-%d %H:%M", &then_parts);
  return words;
}

std::string printable(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
      c = '?';
  return result;
}

std::string to_text(const wire::message& x) {
  if (auto content = std::get_if<wire::content>(&x.body)) {
    if (content->is_text())
      return printable(content->body);
    return "[" + printable(content->kind) + ", " + std::to_string(content->body.size()) + " bytes]";
  }
  auto& event = std::get<wire::event>(x.body);
  std::string result = "* " + std::string{name_of(event.kind)};
  if (is_about_sender(x.sender_name, event))
    return result;
  auto between = ": ";
  for (auto member : event.members) {
    result.append(between).append(member);
    between = ", ";
  }
  return result;
}

nlohmann::json to_json(const wire::message& x) {
  nlohmann::json result{{"type", "message"},
                        {"conversation", to_text(x.conversation)},
                        {"seq", x.seq},
                        {"time", x.time},
                        {"sender", x.sender_name}};
  if (auto content = std::get_if<wire::content>(&x.body)) {
    if (content->is_text()) {
      result["text"] = content->body;
    } else {
      result["kind"] = content->kind;
      result["body"] = to_hex(content->body);
    }
  } else {
    auto& event = std::get<wire::event>(x.body);
    result["type"] = "event";
    result["event"] = name_of(event.kind);
    result["members"] = event.members;
  }
  return result;
}

nlohmann::json to_json(const wire::conversation& x) {
  return {{"conversation", to_text(x.id)},
          {"kind", x.kind == wire::conversation_kind::room ? "room" : "direct"},
          {"title", x.title},
          {"head", x.head},
          {"read", x.read},
          {"unread", x.unread},
          {"first_seq", x.first_seq},
          {"last_seq", x.last_seq}};
}

std::string to_text(const wire::conversation& x) {
  auto room = x.kind == wire::conversation_kind::room;
  std::string result = to_text(x.id) + (room ? "  room    " : "  direct  ") + printable(x.title);
  if (x.unread > 0)
    result += "  (" + std::to_string(x.unread) + " unread)";
  if (x.last_seq != 0)
    result += "  (left)";
  return result;
}

} // namespace parley::chat
