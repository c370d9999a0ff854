#include "tools/parley/room_words.hpp"

#include "schema/identity.hpp"

#include <array>
#include <utility>

namespace parley::chat {

namespace {

constexpr time_us minute = 60'000'000;

std::optional<wire::member_change> member_change_of(std::string_view word) {
  using wire::member_change;
  constexpr std::array<std::pair<std::string_view, member_change>, 8> known{{
    {"ban", member_change::ban},
    {"unban", member_change::unban},
    {"approve", member_change::approve},
    {"refuse", member_change::refuse},
    {"promote", member_change::role},
    {"demote", member_change::role},
    {"mute", member_change::mute},
    {"unmute", member_change::mute},
  }};
  for (auto& [name, what] : known)
    if (name == word)
      return what;
  return std::nullopt;
}

std::optional<wire::room_access> access_of(std::string_view word) {
  if (word == "open")
    return wire::room_access::open;
  if (word == "request")
    return wire::room_access::by_request;
  return word == "closed" ? std::optional{wire::room_access::closed} : std::nullopt;
}

/// Of the room as a whole.
std::optional<wire::client_body> change_of_room(std::string_view word, const room_words& with,
                                                conversation_id room) {
  auto& words = with.words;
  wire::change_room what{room};
  if (word == "dissolve" && words.empty()) {
    what.what = wire::room_change::dissolve;
    return what;
  }
  if (word == "keep" && words.empty()) {
    what.what = wire::room_change::keep;
    what.keep = with.keep;
    return what;
  }
  if (words.size() != 1)
    return std::nullopt;
  what.text = words.front();
  if (word == "rename")
    return what;
  if (word == "announce") {
    what.what = wire::room_change::announcement;
    return what;
  }
  if (word == "transfer") {
    what.what = wire::room_change::transfer;
    return what;
  }
  what.text = {};
  if (auto access = access_of(words.front()); word == "entrance" && access) {
    what.what = wire::room_change::access;
    what.access = *access;
    return what;
  }
  if (word == "quiet" && (words.front() == "on" || words.front() == "off")) {
    what.what = wire::room_change::quiet;
    what.quiet = words.front() == "on";
    return what;
  }
  return std::nullopt;
}

} // namespace

std::optional<wire::client_body> room_request(std::string_view word, const room_words& with,
                                              conversation_id room, time_us now) {
  std::vector<std::string_view> names{with.words.begin(), with.words.end()};
  if (word == "join" && names.empty())
    return wire::join{room};
  if (word == "leave" && names.empty())
    return wire::leave{room};
  if (auto whole = change_of_room(word, with, room))
    return whole;
  if (names.empty())
    return std::nullopt;
  if (word == "create") {
    wire::create_room what{random_number(), names.front(), {names.begin() + 1, names.end()}};
    what.live = with.live;
    return what;
  }
  if (word == "invite")
    return wire::invite{room, std::move(names)};
  if (word == "kick")
    return wire::kick{room, std::move(names)};
  auto change = member_change_of(word);
  if (!change || (word == "mute" && with.minutes == 0))
    return std::nullopt;
  wire::change_members what{room, std::move(names), *change};
  what.role = word == "promote" ? wire::room_role::admin : wire::room_role::member;
  if (word == "mute")
    what.until = now + static_cast<time_us>(with.minutes) * minute;
  return what;
}

} // namespace parley::chat
