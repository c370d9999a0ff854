#include "tools/parley/render.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace parley::chat {

namespace {

constexpr time_us second = 1'000'000;

} // namespace

nlohmann::json to_json(const wire::user_profile& x) {
  return {{"name", x.name},
          {"display_name", x.shown.display_name},
          {"avatar", x.shown.avatar},
          {"service", x.service}};
}

std::string to_text(const wire::user_profile& x) {
  auto result = std::string{x.name};
  if (!x.shown.display_name.empty())
    result += "  " + printable(x.shown.display_name);
  if (!x.shown.avatar.empty())
    result += "  " + printable(x.shown.avatar);
  return x.service ? result + "  (service)" : result;
}

std::string to_day(time_us start) {
  auto then = static_cast<std::time_t>(start / second);
  std::tm parts{};
  gmtime_r(&then, &parts);
  std::array<char, 16> words{};
  std::strftime(words.data(), words.size(), "%Y-%m-%d", &parts);
  return words.data();
}

nlohmann::json to_json(const wire::online_session& x) {
  return {{"device", to_text(x.device)},
          {"start", x.start},
          {"end", x.end},
          {"seconds", (x.end - x.start) / second},
          {"online", x.online}};
}

nlohmann::json to_json(const wire::online_day& x) {
  return {{"day", to_day(x.start)}, {"seconds", x.seconds}};
}

std::string to_text(const wire::online_day& x) {
  std::array<char, 32> words{};
  std::snprintf(words.data(), words.size(), "  %2u h %02u min %02u s", x.seconds / 3600,
                x.seconds / 60 % 60, x.seconds % 60);
  return to_day(x.start) + words.data();
}

} // namespace parley::chat
