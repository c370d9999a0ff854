#include "tools/parley/commands.hpp"
#include "tools/parley/render.hpp"

// The user's devices, and how to log them out.

namespace parley::chat {

void commands::devices(const command&) {
  ask<wire::devices>(wire::list_devices{}, [this](const wire::devices& found) {
    for (auto& x : found.all)
      view_.say("  " + to_text(x));
  });
}

void commands::revoke(const command& x) {
  wire::revoke what{{}, x.words.size() == 1 && x.words[0] == "others"};
  for (auto& word : x.words)
    if (auto id = parse_device(word))
      what.devices.push_back(id->value);
  if (x.words.empty() || (!what.others && what.devices.size() != x.words.size()))
    return view_.say("! /revoke DEVICES..., as /devices shows them, or /revoke others");
  ask<wire::done>(what, [this](const wire::done&) { view_.say("  logged out"); });
}

} // namespace parley::chat
