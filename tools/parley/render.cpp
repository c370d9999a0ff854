#include "tools/parley/render.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace parley::chat {

namespace {

constexpr time_us second = 1'000'000;

} // namespace

time_us now() {
  auto time = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

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

std::string_view name_of(wire::room_role role) {
  switch (role) {
    case wire::room_role::member:
      return "member";
    case wire::room_role::admin:
      return "admin";
    case wire::room_role::owner:
      return "owner";
  }
  return "member";
}

std::string_view name_of(wire::conversation_kind kind) {
  switch (kind) {
    case wire::conversation_kind::direct:
      return "direct";
    case wire::conversation_kind::room:
      return "room";
    case wire::conversation_kind::live:
      return "live";
  }
  return "room";
}

std::string printable(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
      c = '?';
  return result;
}

} // namespace parley::chat
