#include "actors/core/inbox.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// How the user is, as far as others may see it, and how others are.
//
//   devices -> pace -> greet (contacts), tell (who wants to be told) -> their inboxes
//   greet, ask, tell <- their inboxes -> answer, and pushes to devices
//
// Each note says all that one of the two knows: how its user is for the other one, and
// whether that user wants to be told. So whatever is lost, the next one heals.

namespace parley::core {

namespace {

using state = wire::presence_state;

} // namespace

void inbox::load_people(const std::vector<row>& found) {
  for (auto& row : found)
    if (auto x = record::decode<record::contact>(row.value.bytes()))
      contact_changed(*x);
}

// -- how the user is --------------------------------------------------------------------

void inbox::presence_changed() {
  auto is = state::offline;
  for (auto& x : devices_)
    if (x.cursors_loaded && !x.cut_off)
      is = std::max(is, x.away ? state::away : state::online);
  pace_.becomes(is, now_.steady);
  tell_presence();
}

/// Contacts may have come meanwhile without this user being there to be greeted.
void inbox::tell_presence() {
  auto comes = pace_.told() == state::offline;
  if (!pace_.take_due(now_.steady))
    return;
  auto goes = pace_.told() == state::offline;
  for (auto& x : people_) {
    auto hears = x.told && x.may_see(visibility());
    auto watched = x.contact && x.epoch != 0;
    if (comes && x.contact)
      write_note(x, note_kind::greet);
    else if (hears || (goes && watched))
      write_note(x, note_kind::tell);
    if (devices_.empty()) { // Nobody says any more how they are.
      x.state = state::offline;
      x.doubts = 0;
    }
  }
}

void inbox::write_note(const acquaintance& to, note_kind kind) {
  presence_note x{.kind = kind, .user = id_, .epoch = epoch_};
  if (account_)
    x.name = account_->name;
  if (to.may_see(visibility())) {
    x.state = pace_.told();
    x.last_seen = last_seen();
  }
  x.watches = present() && to.watched();
  out_->inboxes.push_back({to.user, std::move(x)});
}

bool inbox::present() const noexcept {
  return !devices_.empty() || pace_.told() != state::offline;
}

time_us inbox::last_seen() const noexcept {
  return account_ && pace_.told() == state::offline ? account_->last_seen : 0;
}

wire::visibility inbox::visibility() const noexcept {
  return account_ ? account_->visibility : wire::visibility::nobody;
}

void inbox::write_last_seen(effect& what) {
  if (!account_)
    return;
  account_->last_seen = now_.trusted();
  for (auto& x : devices_)
    note_session(what, x.id);
  noted_at_ = now_.steady;
  what.put(keys::account(id_), record::encode(*account_));
}

void inbox::decide(const waiting_request& x, const wire::set_presence& body) {
  auto from = device_of(x.from->session);
  if (from == nullptr) {
    on(pulse{x.from});
    return refuse(x, ec::retry);
  }
  if (body.what == wire::presence_change::visibility)
    return change_visibility(x, body.visibility);
  from->away = body.what == wire::presence_change::away;
  presence_changed();
  answer(x, wire::done{});
}

void inbox::change_visibility(const waiting_request& x, wire::visibility to) {
  if (!account_)
    return refuse(x, ec::wrong_credentials);
  account_->visibility = to;
  effect change;
  change.put(keys::account(id_), record::encode(*account_));
  commit(std::move(change), [this, x] {
    answer(x, wire::done{});
    for (auto& y : people_)
      if (y.told)
        write_note(y, note_kind::tell);
  });
}

// -- who others are ---------------------------------------------------------------------

void inbox::contact_changed(const record::contact& x) {
  auto contact = x.state == wire::contact_state::contact && !x.blocked;
  auto& known = people_.meet(x.user);
  if (contact != known.contact || x.blocked != known.blocked) {
    if (!contact)
      becomes(known, state::offline, 0); // Should a device watch them, it hears more.
    known.contact = contact;
    known.blocked = x.blocked;
    if (present() && known.watched())
      write_note(known, contact ? note_kind::greet : note_kind::ask);
    else if (known.epoch != 0)
      write_note(known, note_kind::tell);
  }
  people_.part(x.user);
}

void inbox::becomes(acquaintance& x, wire::presence_state to, time_us last_seen) {
  x.doubts = 0;
  x.last_seen = last_seen;
  if (std::exchange(x.state, to) != to)
    show_presence(x);
}

void inbox::watch(device& by, user_id whom) {
  if (std::find(by.watched.begin(), by.watched.end(), whom) != by.watched.end())
    return;
  by.watched.push_back(whom);
  ++people_.meet(whom).watchers;
}

void inbox::unwatch(device& by, user_id whom) {
  if (std::erase(by.watched, whom) == 0)
    return;
  auto& known = people_.meet(whom);
  --known.watchers;
  if (!known.watched()) {
    known.state = state::offline;
    write_note(known, note_kind::tell);
  }
  people_.part(whom);
}

void inbox::leaves(device& x) {
  while (!x.watched.empty())
    unwatch(x, x.watched.back());
  std::erase_if(inquiries_,
                [&x](const inquiry& y) { return y.asked.from->session == x.who->session; });
}

void inbox::on(const presence_note& x) {
  if (x.kind == note_kind::ask)
    last_used_ = now_.steady;
  auto& known = people_.meet(x.user);
  if (x.epoch >= known.epoch) {
    known.epoch = x.epoch;
    known.told = x.watches && (known.told || known.contact || people_.has_room_for_stranger());
    if (x.kind != note_kind::unwanted && known.watched()) {
      known.name = x.name;
      becomes(known, x.state, x.last_seen);
    }
    if (x.kind != note_kind::unwanted)
      learn_for_inquiries(x);
    // Of devices that have just come all are about to be told, and until then nobody that
    // there are none: this may be the next life of an inbox.
    auto comes =
      pace_.told() == state::offline
      && std::any_of(devices_.begin(), devices_.end(), [](auto& y) { return !y.cut_off; });
    if ((x.kind == note_kind::greet || x.kind == note_kind::ask) && !comes)
      write_note(known, note_kind::answer);
    else if (x.kind == note_kind::tell && !(present() && known.watched()))
      write_note(known, note_kind::unwanted);
  }
  people_.part(x.user);
}

// -- who asks -----------------------------------------------------------------------------

void inbox::decide(const waiting_request& x, const wire::ask_presence& body) {
  auto from = device_of(x.from->session);
  if (from == nullptr) {
    on(pulse{x.from});
    return refuse(x, ec::retry);
  }
  inquiry one{x, {}, now_.steady + limits::answer_within};
  for (auto name : body.names) {
    auto folded = *normalize_name(name);
    one.people.push_back({user_of(folded), folded});
  }
  if (body.wish == wire::presence_wish::unwatch)
    for (auto& person : std::exchange(one.people, {}))
      unwatch(*from, person.user);
  if (body.wish == wire::presence_wish::watch) {
    auto more = std::set<user_id>(from->watched.begin(), from->watched.end());
    for (auto& person : one.people)
      more.insert(person.user);
    if (more.size() > limits::watched_per_device)
      return refuse(x, ec::too_large);
    for (auto& person : one.people)
      if (person.user != id_)
        watch(*from, person.user);
  }
  inquire(one);
  inquiries_.push_back(std::move(one));
  answer_inquiries();
}

/// Those who have not said it yet. A user knows oneself, and does not see who is blocked.
void inbox::inquire(inquiry& x) {
  for (auto& person : x.people) {
    auto known = people_.find(person.user);
    if (person.user == id_) {
      person.state = pace_.told();
      person.known = true;
    } else if (known != nullptr && known->blocked) {
      person.known = true;
    } else if (!person.known) {
      write_note(known != nullptr ? *known : acquaintance{person.user}, note_kind::ask);
    }
  }
  inquire_at_ = std::min(inquire_at_, now_.steady + limits::ask_again_after);
}

void inbox::learn_for_inquiries(const presence_note& x) {
  for (auto& one : inquiries_)
    for (auto& person : one.people)
      if (person.user == x.user) {
        person.state = x.state;
        person.last_seen = x.last_seen;
        person.known = true;
      }
  answer_inquiries();
}

void inbox::answer_inquiries() {
  std::erase_if(inquiries_, [this](const inquiry& x) {
    wire::presences found{{}, visibility()};
    for (auto& person : x.people) {
      if (!person.known)
        return false;
      found.found.push_back({person.user, person.name, person.state, person.last_seen});
    }
    answer(x.asked, std::move(found));
    return true;
  });
}

void inbox::look_after_inquiries() {
  inquire_at_ = never;
  std::erase_if(inquiries_, [this](const inquiry& x) { return now_.steady >= x.until; });
  for (auto& x : inquiries_)
    inquire(x);
}

// -- what devices are shown -----------------------------------------------------------------

void inbox::show_presence(const acquaintance& x) {
  for (auto& to : devices_)
    if (to.cursors_loaded)
      show_presence(to, x);
}

void inbox::show_presence(device& to, const acquaintance& x) {
  auto has = [](const auto& list, user_id user) {
    return std::find(list.begin(), list.end(), user) != list.end();
  };
  if (!x.contact && !has(to.watched, x.user))
    return;
  if (to.window.has_room_for_page())
    out_->answer(to.who->session, 0,
                 wire::encode_answer(0, wire::presence{x.user, x.name, x.state, x.last_seen}));
  else if (!has(to.unsaid, x.user))
    to.unsaid.push_back(x.user);
}

/// To one that has just come.
void inbox::show_people(device& to) {
  if (to.taken_back)
    out_->answer(to.who->session, 0, wire::encode_answer(0, wire::presence_forgotten{}));
  for (auto& x : people_)
    if (x.state != state::offline)
      show_presence(to, x);
}

void inbox::say_unsaid(device& to) {
  if (to.unsaid.empty() || !to.window.has_room_for_page())
    return;
  for (auto user : std::exchange(to.unsaid, {}))
    if (auto x = people_.find(user))
      show_presence(to, *x);
}

/// Devices of a node that cannot be reached count as gone for others, not for delivery: they
/// may be well, and be back with the link.
void inbox::on(const reachable& x) {
  auto changed = false;
  for (auto& to : devices_)
    if (node_of(to.who->session) == x.peer)
      changed = std::exchange(to.cut_off, !x.yes) == x.yes || changed;
  if (!changed)
    return;
  presence_changed();
  if (x.yes || !std::all_of(devices_.begin(), devices_.end(), [](auto& y) { return y.cut_off; }))
    return;
  effect change;
  write_last_seen(change);
  commit(
    std::move(change), [] {}, true);
}

// -- when notes may be lost -------------------------------------------------------------------

/// Who leads others now may not know yet how they are. What was said last counts for a
/// while: contacts who come back greet, others are asked then.
void inbox::doubt_people(const unsure& x) {
  if (!present())
    return;
  for (auto& known : people_) {
    if (!known.watched() || !x.concerns(shard_of(known.user)))
      continue;
    if (known.contact)
      write_note(known, note_kind::greet);
    if (known.contact && known.state == state::offline)
      continue;
    known.doubts = 1;
    doubts_end_at_ = std::min(doubts_end_at_, now_.steady + limits::presence_grace);
  }
  for (auto& one : inquiries_)
    inquire(one);
}

/// Who sleeps does not hear a greeting: so at last they are asked.
void inbox::look_after_doubts() {
  doubts_end_at_ = never;
  for (auto& x : people_) {
    if (x.doubts == 1) {
      x.doubts = 2;
      write_note(x, note_kind::ask);
      doubts_end_at_ = now_.steady + limits::ask_again_after;
    } else if (x.doubts == 2) {
      becomes(x, state::offline, 0);
    }
  }
}

} // namespace parley::core
