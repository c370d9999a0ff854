#include "schema/limits.hpp"
#include "tools/parley/commands.hpp"
#include "tools/parley/render.hpp"

#include <cstdlib>

// What changes in rooms besides who is in.

namespace parley::chat {

void commands::change_here(std::string_view word, const room_words& with, const std::string& done,
                           const std::string& usage) {
  auto& room = view_.here();
  if (!room)
    return view_.say("! enter a room first: /room ID");
  auto what = room_request(word, with, *room, now());
  if (!what)
    return view_.say("! " + usage);
  change(*what, done, false);
}

void commands::change_members(const command& x, const std::string& done) {
  change_here(x.verb, {x.words}, done, "/" + x.verb + " NAMES...");
}

void commands::ban(const command& x) {
  change_members(x, "banned");
}

void commands::unban(const command& x) {
  change_members(x, "unbanned");
}

void commands::promote(const command& x) {
  change_members(x, "promoted");
}

void commands::demote(const command& x) {
  change_members(x, "demoted");
}

void commands::approve(const command& x) {
  change_members(x, "let in");
}

void commands::refuse(const command& x) {
  change_members(x, "not let in");
}

void commands::unmute(const command& x) {
  change_members(x, "unmuted");
}

void commands::mute(const command& x) {
  room_words with;
  with.minutes = x.words.empty() ? 0 : number_in(x.words[0]).value_or(0);
  if (with.minutes != 0)
    with.words.assign(x.words.begin() + 1, x.words.end());
  change_here("mute", with, "muted", "in a room: /mute MINUTES NAMES...");
}

void commands::asking(const command&) {
  auto& room = view_.here();
  if (!room)
    return view_.say("! enter a room first: /room ID");
  ask<wire::members_page>(
    wire::list_members{
      *room, {}, static_cast<uint32_t>(limits::page_rows), wire::member_list::asking},
    [this](const wire::members_page& page) {
      for (auto& m : page.members)
        view_.say("  " + std::string{m.name});
      view_.say("  " + std::to_string(page.total) + " would like to be let in");
    });
}

void commands::rename(const command& x) {
  change_here("rename", {{x.line}}, "renamed", "/rename TITLE");
}

void commands::announce(const command& x) {
  change_here("announce", {{x.line}}, "announced in", "/announce TEXT");
}

void commands::transfer(const command& x) {
  change_here("transfer", {{x.line}}, "transferred", "/transfer NAME");
}

void commands::dissolve(const command&) {
  change_here("dissolve", {}, "dissolved", "/dissolve");
}

void commands::keep(const command& x) {
  constexpr auto usage = "/keep DAYS [MESSAGES]";
  auto days = x.words.empty() ? std::nullopt : number_in(x.words[0]);
  auto messages = x.words.size() < 2 ? std::optional<uint64_t>{0} : number_in(x.words[1]);
  if (!days || *days > limits::retention_seconds_max / day_seconds || !messages
      || x.words.size() > 2)
    return view_.say(std::string{"! "} + usage);
  change_here("keep", {.keep = {*days * day_seconds, *messages}},
              "changed how long messages are kept in", usage);
}

void commands::entrance(const command& x) {
  change_here("entrance", {{x.line}}, "changed the entrance of",
              "/entrance open, request or closed");
}

void commands::quiet(const command& x) {
  change_here("quiet", {{x.line}}, x.line == "on" ? "quieted" : "unquieted", "/quiet on or off");
}

} // namespace parley::chat
