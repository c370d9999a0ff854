#include "tools/parley/commands.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tools/parley/render.hpp"

#include <algorithm>
#include <cstdlib>

namespace parley::chat {

namespace {

constexpr uint32_t history_lines = 20;
constexpr size_t help_column = 32;

} // namespace

struct commands::row {
  std::string_view verb; ///< One word, or two.
  std::string_view words;
  std::string_view help;
  void (commands::*run)(const command&);
};

const commands::row commands::table[] = {
  {"register", "", "make the account of --user and log in", &commands::make_account},
  {"login", "", "log in", &commands::log_in},
  {"msg", "NAME TEXT", "write to somebody; after that, plain lines go there",
   &commands::write_to_user},
  {"room", "ID TEXT", "write to a room; ID is the start of its id or title",
   &commands::write_to_room},
  {"reply", "N TEXT", "answer message #N; @NAME in a text mentions somebody", &commands::reply},
  {"edit", "N TEXT", "say something else in message #N", &commands::edit},
  {"recall", "N", "take message #N back", &commands::recall},
  {"react", "N WITH", "react to message #N, with +1 say", &commands::react},
  {"unreact", "N WITH", "take a reaction back", &commands::unreact},
  {"versions", "N", "what message #N said before", &commands::versions},
  {"readers", "N", "who has read message #N", &commands::readers},
  {"hide", "N", "delete message #N for yourself", &commands::hide},
  {"forward", "N NAME", "send message #N on to somebody", &commands::forward},
  {"file", "PATH", "send a file", &commands::write_file},
  {"save", "N PATH", "write the file of message #N to PATH", &commands::save},
  {"location", "LAT LON LABEL", "tell of a place, in degrees", &commands::write_location},
  {"room create", "TITLE NAMES...", "make a room that anyone may join by its id",
   &commands::create_room},
  {"room live", "TITLE NAMES...", "the same, but what is written in it is not stored",
   &commands::create_live_room},
  {"join", "ID", "enter a room that is open", &commands::join},
  {"leave", "[ID]", "leave this room, or that one", &commands::leave},
  {"invite", "NAMES...", "into this room", &commands::invite},
  {"kick", "NAMES...", "out of this room", &commands::kick},
  {"members", "[ID]", "who is in it, and how far they have read", &commands::members},
  {"ban", "NAMES...", "out of this room, and never in again", &commands::ban},
  {"unban", "NAMES...", "may come in again", &commands::unban},
  {"promote", "NAMES...", "make them admins of this room", &commands::promote},
  {"demote", "NAMES...", "admins no more", &commands::demote},
  {"mute", "MINUTES NAMES...", "may not write in this room for so long", &commands::mute},
  {"unmute", "NAMES...", "may write again", &commands::unmute},
  {"asking", "", "who would like to be let into this room", &commands::asking},
  {"approve", "NAMES...", "let them in", &commands::approve},
  {"refuse", "NAMES...", "do not let them in", &commands::refuse},
  {"rename", "TITLE", "this room", &commands::rename},
  {"announce", "TEXT", "what everybody in this room should know", &commands::announce},
  {"entrance", "open|request|closed", "how one enters this room", &commands::entrance},
  {"quiet", "on|off", "whether only admins may write here", &commands::quiet},
  {"transfer", "NAME", "make somebody the owner of this room", &commands::transfer},
  {"keep", "DAYS [MESSAGES]", "how long messages are kept here; 0: for ever", &commands::keep},
  {"dissolve", "", "this room is over, for good", &commands::dissolve},
  {"contact", "NAME [TEXT]", "ask somebody to be a contact, with a greeting", &commands::contact},
  {"withdraw", "NAME", "ask no more", &commands::withdraw},
  {"accept", "NAME", "who asked is a contact from now on", &commands::accept},
  {"reject", "NAME", "who asked will not be", &commands::reject},
  {"unfriend", "NAME", "a contact no more", &commands::unfriend},
  {"block", "NAME", "neither of you can write to the other", &commands::block},
  {"unblock", "NAME", "both can again", &commands::unblock},
  {"remark", "NAME [TEXT]", "a note on somebody that only you see", &commands::remark},
  {"contacts", "[asked|asking|blocked]", "who they are, who asked you, whom you asked or block",
   &commands::contacts},
  {"presence", "NAMES...", "who is online, and when the others were seen", &commands::presence},
  {"watch", "NAMES...", "be told when they come and go", &commands::watch},
  {"unwatch", "NAMES...", "not any more", &commands::unwatch},
  {"away", "", "you are not at this device", &commands::away},
  {"back", "", "you are", &commands::back},
  {"visibility", "[contacts|everyone|nobody]", "who may see whether you are online",
   &commands::visibility},
  {"search", "WORDS", "messages of this conversation with all of them", &commands::search},
  {"profile", "[NAME]", "how somebody wants to be shown", &commands::profile},
  {"display-name", "WORDS", "how you want to be called", &commands::display_name},
  {"avatar", "WHERE", "where your picture is", &commands::avatar},
  {"online", "", "when you were online", &commands::online},
  {"devices", "", "where you are logged in", &commands::devices},
  {"revoke", "DEVICES...|others", "log them out", &commands::revoke},
  {"list", "[hidden]", "conversations, and what is unread", &commands::list},
  {"chat", "pin|unpin|mute [MINUTES]|unmute|hide|show",
   "this one on top, silent, or out of the list", &commands::settle},
  {"history", "[N]", "the last messages of this conversation", &commands::history},
  {"read", "", "everything in this conversation is read", &commands::read},
  {"help", "", "this", &commands::help},
  {"quit", "", "the end", &commands::quit},
};

void commands::typed(const std::string& line) {
  auto x = parse_command(line);
  if (!x)
    return;
  if (x->verb.empty())
    return write_here(*x);
  auto two = x->words.empty() ? x->verb : x->verb + " " + x->words[0];
  for (auto& wanted : {two, x->verb})
    for (auto& row : table)
      if (row.verb == wanted)
        return (this->*row.run)(*x);
  view_.say("! no such command: /" + x->verb + "; try /help");
}

void commands::help(const command&) {
  for (auto& row : table) {
    auto line = "  /" + std::string{row.verb} + " " + std::string{row.words};
    line.resize(std::max(line.size() + 1, help_column), ' ');
    view_.say(line + std::string{row.help});
  }
}

// -- writing --------------------------------------------------------------------

void commands::write_here(const command& x) {
  if (!view_.here())
    return view_.say("! to whom? Start with /msg NAME TEXT or /room ID TEXT");
  write(x.line);
}

void commands::write_to_user(const command& x) {
  auto name = x.words.empty() ? std::nullopt : normalize_name(x.words[0]);
  if (!name)
    return view_.say("! /msg NAME TEXT");
  view_.names().learn(*name);
  view_.turn_to(direct_conversation(user_of(how_.user), user_of(*name)), *name);
  if (auto text = x.text_after(1); !text.empty())
    write(text);
}

void commands::write_to_room(const command& x) {
  auto id = x.words.empty() ? std::nullopt : view_.names().find(x.words[0]);
  if (!id)
    return view_.say("! /room ID TEXT: no such room in /list, or several");
  view_.turn_to(*id, {});
  if (auto text = x.text_after(1); !text.empty())
    write(text);
}

// -- rooms ------------------------------------------------------------------------

void commands::create_room(const command& x) {
  make_room(x, false);
}

void commands::create_live_room(const command& x) {
  make_room(x, true);
}

void commands::make_room(const command& x, bool live) {
  if (x.words.size() < 2)
    return view_.say("! /room " + x.words[0] + " TITLE NAMES...");
  wire::create_room what{random_number(), x.words[1], {}, true};
  what.members.assign(x.words.begin() + 2, x.words.end());
  what.live = live;
  change(what, "created", true);
}

void commands::join(const command& x) {
  auto id = x.words.empty() ? std::nullopt : view_.names().find(x.words[0]);
  if (!id)
    return view_.say("! /join ID: the 32 digits of the room's id");
  change(wire::join{*id}, "joined", true);
}

void commands::leave(const command& x) {
  if (auto id = room_of(x))
    change(wire::leave{*id}, "left", false);
}

void commands::invite(const command& x) {
  if (auto& room = view_.here())
    change(wire::invite{*room, {x.words.begin(), x.words.end()}}, "invited", false);
  else
    view_.say("! enter a room first: /room ID");
}

void commands::kick(const command& x) {
  if (auto& room = view_.here())
    change(wire::kick{*room, {x.words.begin(), x.words.end()}}, "removed", false);
  else
    view_.say("! enter a room first: /room ID");
}

void commands::members(const command& x) {
  auto id = room_of(x);
  if (!id)
    return;
  ask<wire::members_page>(
    wire::list_members{*id, {}, static_cast<uint32_t>(limits::page_rows)},
    [this](const wire::members_page& page) {
      for (auto& m : page.members) {
        view_.names().learn(m.name);
        view_.say(
          "  " + std::string{m.name}
          + (m.role == wire::room_role::member ? "" : " (" + std::string{name_of(m.role)} + ")")
          + "  received " + std::to_string(m.delivered) + ", read " + std::to_string(m.read));
      }
      view_.say("  " + std::to_string(page.total) + " members");
    });
}

// -- looking ------------------------------------------------------------------------

void commands::history(const command& x) {
  if (!view_.here())
    return view_.say("! of what? Start with /msg NAME or /room ID");
  auto lines = history_lines;
  if (!x.words.empty())
    lines = static_cast<uint32_t>(std::clamp(std::atol(x.words[0].c_str()), 1L, 256L));
  wire::read_history what{*view_.here(), 0, 0, lines};
  what.back = true;
  ask<wire::history_page>(what, [this](const wire::history_page& found) {
    for (auto record : found.records)
      if (auto old = wire::decode_server(record))
        view_.show(std::get<wire::message>(old->body));
  });
}

void commands::search(const command& x) {
  if (!view_.here())
    return view_.say("! in what? Start with /msg NAME or /room ID");
  ask<wire::found>(wire::search{*view_.here(), x.line}, [this](const wire::found& page) {
    for (auto at = page.records.rbegin(); at != page.records.rend(); ++at)
      if (auto old = wire::decode_server(*at))
        view_.show(std::get<wire::message>(old->body));
    if (page.next != 0)
      view_.say("  there may be older ones");
  });
}

// -- coming and going -----------------------------------------------------------------

void commands::make_account(const command&) {
  program_.log_in(true);
}

void commands::log_in(const command&) {
  program_.log_in(false);
}

void commands::quit(const command&) {
  program_.quit();
}

// -- what they share ------------------------------------------------------------------

void commands::change(const wire::client_body& what, const std::string& verb, bool enter) {
  ask<wire::change>(what, [this, verb, enter](const wire::change& x) {
    if (x.asked)
      return view_.say("  asked to be let in");
    view_.say("  " + verb + " " + to_text(x.room));
    if (enter)
      view_.turn_to(x.room, {});
  });
}

std::optional<conversation_id> commands::room_of(const command& x) {
  auto result = x.words.empty() ? view_.here() : view_.names().find(x.words[0]);
  if (!result)
    view_.say("! which room? Its id, or the start of its title");
  return result;
}

} // namespace parley::chat
