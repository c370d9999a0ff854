#include "tools/parley/commands.hpp"
#include "tools/parley/render.hpp"

// How users want to be shown, and when one was online.

namespace parley::chat {

void commands::profile(const command& x) {
  auto who = x.words.empty() ? std::string_view{} : std::string_view{x.words[0]};
  ask<wire::user_profile>(wire::ask_profile{who}, [this](const wire::user_profile& found) {
    view_.say("  " + to_text(found));
  });
}

/// What is not changed stays as it was.
void commands::change_profile(std::function<void(wire::profile&)> change) {
  ask<wire::user_profile>(wire::ask_profile{}, [this, change](const wire::user_profile& was) {
    auto shown = was.shown;
    change(shown);
    ask<wire::done>(wire::set_profile{shown},
                    [this](const wire::done&) { view_.say("  changed"); });
  });
}

void commands::display_name(const command& x) {
  change_profile([words = x.line](wire::profile& shown) { shown.display_name = words; });
}

void commands::avatar(const command& x) {
  change_profile([words = x.line](wire::profile& shown) { shown.avatar = words; });
}

void commands::online(const command&) {
  ask<wire::online_times>(wire::read_online_times{}, [this](const wire::online_times& found) {
    for (auto& x : found.days)
      view_.say("  " + to_text(x));
  });
}

} // namespace parley::chat
