#include "actors/core/room.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

// What is between the two of a direct chat: whether they are contacts, who asked,
// who blocks whom. Decided here, where all that either does comes in one order; the
// lists of both follow through the outbox.

namespace parley::core {

namespace {

bool looks_alike(const record::contact& a, const record::contact& b) {
  auto since = a.state == wire::contact_state::none || a.since == b.since;
  return a.state == b.state && since && a.blocked == b.blocked;
}

} // namespace

void room::decide(const waiting_request& x, const wire::change_contact& body) {
  auto name = *normalize_name(body.name);
  person other{user_of(name), name};
  if (other.first == x.from->user)
    return refuse(x, ec::forbidden, "yourself");
  if (!checked_[other.first].exists)
    return refuse(x, ec::unknown_user);
  auto mine = pair::side_of(x.from->user, other.first);
  auto before = pair_;
  auto next = pair_;
  auto done = next.change(mine, body.what, body.text, now_.trusted());
  if (done.code != ec::none)
    return refuse(x, done.code);
  if (!done.changed)
    return answer(x, wire::change{id_, 0, false});
  if (auto code = has_place(body, done, x.from->user, other.first); code != ec::none)
    return refuse(x, code);
  pair_ = std::move(next);
  if (done.befriended && !conversation_)
    make_direct({x.from->user, x.from->name}, other);
  else
    put_conversation();
  tell_pair(x, other, before);
  for (auto& hello : done.hellos) {
    origin from{{}, x.from->user, {}, x.from->role, x.from->name};
    if (hello.from != mine)
      from = {{}, other.first, {}, record::role::person, other.second};
    store(from, 0, wire::content{{}, hello.greeting});
  }
}

/// What both lists have room for was asked before; the lists take whatever comes.
ec room::has_place(const wire::change_contact& body, const pair::outcome& done, user_id from,
                   user_id other) const {
  auto& mine = checked_.at(from);
  auto& theirs = checked_.at(other);
  if (done.befriended) {
    if (mine.contacts_full || theirs.contacts_full)
      return ec::too_many_contacts;
    auto full = mine.full || theirs.full;
    return full && !conversation_ ? ec::too_many_conversations : ec::none;
  }
  if (body.what == wire::contact_change::request && (mine.asking_full || theirs.asked_full))
    return ec::too_many_requests;
  if (body.what == wire::contact_change::block && mine.blocks_full)
    return ec::too_many_contacts;
  return ec::none;
}

/// Those for whom it is another thing; answered when they have it. Who is blocked is
/// not told.
void room::tell_pair(const waiting_request& x, const person& other, const pair& before) {
  auto version = pair_.state().version;
  outbox_added notes{
    {id_, version, wire::conversation_kind::direct, {}}, x.from->session, x.what.number};
  auto add = [&](user_id whose, const person& of) {
    auto side = pair::side_of(whose, of.first);
    auto seen = pair_.as_seen_by(side);
    if (looks_alike(seen, before.as_seen_by(side)))
      return;
    seen.user = of.first;
    seen.name = of.second;
    notes.row.contacts.push_back({whose, std::move(seen)});
  };
  add(x.from->user, other);
  add(other.first, {x.from->user, x.from->name});
  building().what.put(keys::outbox(id_, version), record::encode(notes.row));
  building_->outbox.push_back(std::move(notes));
}

ec room::may_write(record::role role, bool to_oneself) const {
  if (pair_.blocked())
    return ec::blocked;
  auto free = rules_.writing == writing::anyone || to_oneself || role == record::role::service;
  return free || pair_.contacts() ? ec::none : ec::not_contact;
}

} // namespace parley::core
