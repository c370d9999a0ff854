#include "tools/parley/commands.hpp"
#include "tools/parley/render.hpp"

// Who is online, and who may see that.

namespace parley::chat {

void commands::presence(const command& x) {
  if (x.words.empty())
    return view_.say("! /presence NAMES...");
  ask<wire::presences>(wire::ask_presence{{x.words.begin(), x.words.end()}},
                       [this](const wire::presences& all) {
                         for (auto& one : all.found)
                           view_.say("  " + to_text(one));
                       });
}

void commands::watch(const command& x) {
  if (!node_.started() || x.words.empty())
    return view_.say(x.words.empty() ? "! /watch NAMES..." : "! /login first");
  node_->watch(x.words, [this](const wire::error& error, const wire::presences& all) {
    if (error.code != ec::none)
      view_.say("! " + std::string{error.text});
    for (auto& one : all.found)
      view_.say("  " + to_text(one));
    program_.settled();
  });
}

void commands::unwatch(const command& x) {
  if (!node_.started() || x.words.empty())
    return view_.say(x.words.empty() ? "! /unwatch NAMES..." : "! /login first");
  node_->unwatch(x.words);
}

void commands::away(const command&) {
  if (!node_.started())
    return view_.say("! /login first");
  node_->set_away(true);
  view_.say("  away");
}

void commands::back(const command&) {
  if (!node_.started())
    return view_.say("! /login first");
  node_->set_away(false);
  view_.say("  back");
}

void commands::visibility(const command& x) {
  auto show = [this](wire::visibility who) { view_.say("  seen by " + std::string{name_of(who)}); };
  if (x.words.empty())
    return ask<wire::presences>(wire::ask_presence{},
                                [show](const wire::presences& y) { show(y.visibility); });
  auto who = parse_visibility(x.words[0]);
  if (!who)
    return view_.say("! /visibility contacts, everyone or nobody; or nothing");
  ask<wire::done>(wire::set_presence{wire::presence_change::visibility, *who},
                  [show, who = *who](const wire::done&) { show(who); });
}

} // namespace parley::chat
