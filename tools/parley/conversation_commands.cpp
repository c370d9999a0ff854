#include "schema/limits.hpp"
#include "tools/parley/commands.hpp"
#include "tools/parley/render.hpp"

#include <cstdlib>

// The list of conversations, and what each is to the user.

namespace parley::chat {

void commands::list(const command& x) {
  auto hidden = x.line == "hidden";
  if (!hidden && !x.line.empty())
    return view_.say("! /list or /list hidden");
  wire::list_conversations what{{}, static_cast<uint32_t>(limits::page_rows)};
  what.which = hidden ? wire::conversation_list::hidden : wire::conversation_list::shown;
  ask<wire::conversations_page>(what, [this, hidden](const wire::conversations_page& page) {
    for (auto& one : page.conversations) {
      view_.names().learn(one);
      view_.say("  " + to_text(one));
    }
    if (page.conversations.empty())
      view_.say("  nothing yet");
    else if (!hidden)
      view_.say("  " + sums_of(page));
  });
}

void commands::settle(const command& x) {
  if (!view_.here())
    return view_.say("! which one? Start with /msg NAME or /room ID");
  auto minutes = x.words.size() < 2 ? 0 : std::strtoul(x.words[1].c_str(), nullptr, 10);
  auto what = parse_conversation_change(x.words.empty() ? "" : x.words[0], minutes);
  if (!what)
    return view_.say("! /chat pin, unpin, mute [MINUTES], unmute, hide or show");
  what->id = *view_.here();
  ask<wire::conversation>(
    *what, [this](const wire::conversation& now) { view_.say("  " + to_text(now)); });
}

void commands::read(const command&) {
  if (!view_.here())
    return view_.say("! of what? Start with /msg NAME or /room ID");
  auto to = view_.last_seen(*view_.here());
  if (to == 0)
    return view_.say("  nothing to read");
  ask<wire::conversation>(wire::read{{*view_.here(), to}}, [this](const wire::conversation& x) {
    view_.say("  read; " + std::to_string(x.unread) + " unread");
  });
}

} // namespace parley::chat
