#include "schema/limits.hpp"
#include "tools/parley/commands.hpp"
#include "tools/parley/render.hpp"

// Contacts: who asked whom, who blocks whom.

namespace parley::chat {

void commands::change_contact(const command& x, wire::contact_change what,
                              const std::string& verb) {
  if (x.words.empty())
    return view_.say("! /" + x.verb + " NAME");
  auto name = x.words[0];
  ask<wire::change>(
    wire::change_contact{name, what, x.text_after(1)},
    [this, verb, name](const wire::change&) { view_.say("  " + verb + " " + name); });
}

void commands::contact(const command& x) {
  change_contact(x, wire::contact_change::request, "asked");
}

void commands::withdraw(const command& x) {
  change_contact(x, wire::contact_change::withdraw, "asked no more:");
}

void commands::accept(const command& x) {
  change_contact(x, wire::contact_change::accept, "accepted");
}

void commands::reject(const command& x) {
  change_contact(x, wire::contact_change::reject, "rejected");
}

void commands::unfriend(const command& x) {
  change_contact(x, wire::contact_change::remove, "removed");
}

void commands::block(const command& x) {
  change_contact(x, wire::contact_change::block, "blocked");
}

void commands::unblock(const command& x) {
  change_contact(x, wire::contact_change::unblock, "unblocked");
}

void commands::remark(const command& x) {
  change_contact(x, wire::contact_change::remark, "noted of");
}

void commands::contacts(const command& x) {
  auto which = x.words.empty() ? wire::contact_list::contacts : parse_contact_list(x.words[0]);
  if (!which)
    return view_.say("! /contacts asked, asking or blocked; or nothing");
  ask<wire::contacts_page>(
    wire::list_contacts{{}, static_cast<uint32_t>(limits::page_rows), *which},
    [this](const wire::contacts_page& page) {
      for (auto& one : page.contacts) {
        view_.names().learn(one.name);
        view_.say("  " + to_text(one));
      }
      view_.say("  " + std::to_string(page.total) + " in all");
    });
}

} // namespace parley::chat
