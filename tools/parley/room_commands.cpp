#include "schema/limits.hpp"
#include "tools/parley/commands.hpp"
#include "tools/parley/render.hpp"

#include <charconv>
#include <chrono>
#include <cstdlib>

// What changes in rooms besides who is in.

namespace parley::chat {

namespace {

/// Whether it is a number and nothing else.
bool number_in(const std::string& text, uint64_t& out) {
  auto end = text.data() + text.size();
  return std::from_chars(text.data(), end, out).ptr == end && !text.empty();
}

} // namespace

void commands::change_members(const command& x, wire::member_change what, const std::string& verb,
                              wire::room_role role) {
  auto& room = view_.here();
  if (!room)
    return view_.say("! enter a room first: /room ID");
  wire::change_members body{*room, {x.words.begin(), x.words.end()}, what, role};
  change(body, verb, false);
}

void commands::ban(const command& x) {
  change_members(x, wire::member_change::ban, "banned");
}

void commands::unban(const command& x) {
  change_members(x, wire::member_change::unban, "unbanned");
}

void commands::promote(const command& x) {
  change_members(x, wire::member_change::role, "promoted", wire::room_role::admin);
}

void commands::demote(const command& x) {
  change_members(x, wire::member_change::role, "demoted", wire::room_role::member);
}

void commands::approve(const command& x) {
  change_members(x, wire::member_change::approve, "let in");
}

void commands::refuse(const command& x) {
  change_members(x, wire::member_change::refuse, "not let in");
}

void commands::unmute(const command& x) {
  change_members(x, wire::member_change::mute, "unmuted");
}

void commands::mute(const command& x) {
  auto& room = view_.here();
  auto minutes = x.words.empty() ? 0 : std::atol(x.words[0].c_str());
  if (!room || minutes <= 0 || x.words.size() < 2)
    return view_.say("! in a room: /mute MINUTES NAMES...");
  auto until = std::chrono::system_clock::now().time_since_epoch() + std::chrono::minutes{minutes};
  wire::change_members body{*room, {x.words.begin() + 1, x.words.end()}};
  body.what = wire::member_change::mute;
  body.until = std::chrono::duration_cast<std::chrono::microseconds>(until).count();
  change(body, "muted", false);
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

void commands::change_room(wire::change_room what, const std::string& verb) {
  auto& room = view_.here();
  if (!room)
    return view_.say("! enter a room first: /room ID");
  what.room = *room;
  change(what, verb, false);
}

void commands::rename(const command& x) {
  change_room({{}, wire::room_change::title, x.line}, "renamed");
}

void commands::announce(const command& x) {
  change_room({{}, wire::room_change::announcement, x.line}, "announced in");
}

void commands::transfer(const command& x) {
  change_room({{}, wire::room_change::transfer, x.line}, "transferred");
}

void commands::dissolve(const command&) {
  change_room({{}, wire::room_change::dissolve}, "dissolved");
}

void commands::keep(const command& x) {
  uint64_t days = 0;
  wire::change_room body{{}, wire::room_change::keep};
  auto fits =
    (x.words.size() == 1 || (x.words.size() == 2 && number_in(x.words[1], body.keep.messages)))
    && number_in(x.words[0], days) && days <= 36500;
  if (!fits)
    return view_.say("! /keep DAYS [MESSAGES]");
  body.keep.seconds = days * 24 * 3600;
  change_room(body, "changed how long messages are kept in");
}

void commands::entrance(const command& x) {
  wire::change_room body{{}, wire::room_change::access};
  if (x.line == "open")
    body.access = wire::room_access::open;
  else if (x.line == "request")
    body.access = wire::room_access::by_request;
  else if (x.line != "closed")
    return view_.say("! /entrance open, request or closed");
  change_room(body, "changed the entrance of");
}

void commands::quiet(const command& x) {
  if (x.line != "on" && x.line != "off")
    return view_.say("! /quiet on or off");
  wire::change_room body{{}, wire::room_change::quiet};
  body.quiet = x.line == "on";
  change_room(body, body.quiet ? "quieted" : "unquieted");
}

} // namespace parley::chat
