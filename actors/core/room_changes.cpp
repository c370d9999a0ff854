#include "actors/core/page.hpp"
#include "actors/core/room.hpp"
#include "actors/core/room_people.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// Who may do what in a room, and what changes in it besides who is in. Each change
// is an event of the timeline, in the batch of the rows that it changes.

namespace parley::core {

namespace {

deed deed_of(wire::room_change x) {
  switch (x) {
    case wire::room_change::title:
      return deed::rename;
    case wire::room_change::announcement:
      return deed::announce;
    case wire::room_change::access:
      return deed::access;
    case wire::room_change::quiet:
      return deed::quiet;
    case wire::room_change::transfer:
      return deed::transfer;
    case wire::room_change::dissolve:
      return deed::dissolve;
    case wire::room_change::keep:
      return deed::keep;
  }
  return deed::dissolve;
}

deed deed_of(wire::member_change x) {
  switch (x) {
    case wire::member_change::ban:
    case wire::member_change::unban:
      return deed::ban;
    case wire::member_change::role:
      return deed::appoint;
    case wire::member_change::mute:
      return deed::mute;
    case wire::member_change::approve:
    case wire::member_change::refuse:
      return deed::approve;
  }
  return deed::appoint;
}

} // namespace

// -- who may ------------------------------------------------------------------------

ec room::allows(const origin& who, deed what) const {
  auto member = current_member(who.user);
  if (member == nullptr && what == deed::write && conversation_ && serves(who)) {
    if (conversation_->kind == wire::conversation_kind::direct)
      return may_write(who.role, false);
    return conversation_->dissolved ? ec::dissolved : ec::none;
  }
  if (member == nullptr)
    return conversation_ ? ec::not_member : ec::unknown_conversation;
  if (conversation_->kind == wire::conversation_kind::direct)
    return what == deed::write ? may_write(who.role, member_count_ == 1) : ec::forbidden;
  if (conversation_->dissolved)
    return ec::dissolved;
  auto role = member->role();
  if (!may(role, what))
    return ec::forbidden;
  if (what != deed::write)
    return ec::none;
  auto silent = conversation_->quiet && !may(role, deed::write_in_quiet);
  return silent || member->muted_until > now_.trusted() ? ec::muted : ec::none;
}

bool room::above(user_id who, user_id whom) const {
  auto a = current_member(who);
  auto b = members_.find(whom);
  auto role =
    b == members_.end() || b->second.left != 0 ? wire::room_role::member : b->second.role();
  return a != nullptr && a->role() > role;
}

bool room::is_banned(user_id user) const {
  auto at = outsiders_.find(user);
  return at != outsiders_.end() && at->second.banned;
}

// -- the room -------------------------------------------------------------------------

void room::decide(const waiting_request& x, const wire::change_room& body) {
  if (auto code = allows(*x.from, deed_of(body.what)); code != ec::none)
    return refuse(x, code);
  auto& now = *conversation_;
  switch (body.what) {
    case wire::room_change::title:
      return rename(x, body.text);
    case wire::room_change::transfer:
      return transfer(x, body.text);
    case wire::room_change::announcement:
      now.announcement = body.text;
      return changed(x, {wire::event_kind::announced, {}, body.text});
    case wire::room_change::access: {
      now.access = body.access;
      now.open = body.access == wire::room_access::open;
      wire::event what{wire::event_kind::access_changed, {}};
      what.access = body.access;
      return changed(x, std::move(what));
    }
    case wire::room_change::quiet:
      now.quiet = body.quiet;
      return changed(x, {body.quiet ? wire::event_kind::quieted : wire::event_kind::unquieted, {}});
    case wire::room_change::dissolve:
      now.dissolved = true;
      return changed(x, {wire::event_kind::dissolved, {}});
    case wire::room_change::keep: {
      now.keep = body.keep;
      wire::event what{wire::event_kind::keep_changed, {}};
      what.keep = body.keep;
      changed(x, std::move(what));
      return look_for_old();
    }
  }
  refuse(x, ec::unsupported);
}

void room::changed(const waiting_request& x, wire::event what) {
  put_conversation();
  auto seq = store(*x.from, 0, std::move(what)).seq;
  answer(x, wire::change{id_, seq, false});
}

/// Each member has the title in their list.
void room::rename(const waiting_request& x, std::string_view title) {
  if (member_count_ > limits::renamed_members)
    return refuse(x, ec::too_many_members);
  conversation_->title = title;
  put_conversation();
  auto seq = store(*x.from, 0, wire::event{wire::event_kind::renamed, {}, title}).seq;
  outbox_added notes{{id_, seq, conversation_->kind, {}}, x.from->session, x.what.number};
  for (auto& [user, member] : members_)
    if (member.left == 0)
      notes.row.members.push_back(
        {user, conversation_->title, member.joined, member.left, ordinal_, member.earlier});
  building_->what.put(keys::outbox(id_, seq), record::encode(notes.row));
  building_->outbox.push_back(std::move(notes));
}

void room::transfer(const waiting_request& x, std::string_view to) {
  auto name = normalize_name(to);
  auto user = name ? user_of(*name) : user_id{};
  auto heir = current_member(user);
  if (heir == nullptr)
    return refuse(x, ec::not_member, to);
  if (heir->owner)
    return answer(x, wire::change{id_, head_, false});
  appoint(x.from->user, wire::room_role::admin);
  appoint(user, wire::room_role::owner);
  wire::event what{wire::event_kind::appointed, {*name}};
  what.role = wire::room_role::owner;
  changed(x, std::move(what));
}

void room::appoint(user_id user, wire::room_role role) {
  auto member = members_.at(user);
  member.owner = role == wire::room_role::owner;
  member.admin = role == wire::room_role::admin;
  building();
  put_member(user, member);
}

// -- its members ----------------------------------------------------------------------

void room::decide(const waiting_request& x, const wire::change_members& body) {
  if (auto code = allows(*x.from, deed_of(body.what)); code != ec::none)
    return refuse(x, code);
  people who;
  for (auto given : body.members) {
    auto name = normalize_name(given);
    if (!name)
      return refuse(x, ec::bad_name, given);
    auto user = user_of(*name);
    auto same = [user](const auto& y) { return y.first == user; };
    if (std::none_of(who.begin(), who.end(), same))
      who.emplace_back(user, *std::move(name));
  }
  switch (body.what) {
    case wire::member_change::ban:
      return ban(x, who);
    case wire::member_change::approve:
      return let_in(x, who, true);
    case wire::member_change::refuse:
      return let_in(x, who, false);
    case wire::member_change::unban:
      std::erase_if(who, [this](const auto& y) { return !is_banned(y.first); });
      return change_each(x, body, who);
    case wire::member_change::role:
    case wire::member_change::mute:
      for (auto& [user, name] : who)
        if (!current_member(user))
          return refuse(x, ec::not_member, name);
        else if (!above(x.from->user, user))
          return refuse(x, ec::forbidden, name);
      return change_each(x, body, who);
  }
}

void room::change_each(const waiting_request& x, const wire::change_members& body,
                       const people& who) {
  if (who.empty())
    return answer(x, wire::change{id_, head_, false});
  wire::event what{wire::event_kind::unbanned, names_of(who)};
  for (auto& [user, name] : who) {
    if (body.what == wire::member_change::unban) {
      erase_outsider(user);
    } else if (body.what == wire::member_change::role) {
      what.kind = wire::event_kind::appointed;
      what.role = body.role;
      appoint(user, body.role);
    } else {
      what.kind = wire::event_kind::muted;
      what.until = body.until;
      auto member = members_.at(user);
      member.muted_until = body.until;
      building();
      put_member(user, member);
    }
  }
  changed(x, std::move(what));
}

/// Who is in is out, and nobody of them comes in again.
void room::ban(const waiting_request& x, const people& who) {
  people fresh;
  for (auto& [user, name] : who) {
    if (user == x.from->user || (current_member(user) && !above(x.from->user, user)))
      return refuse(x, ec::forbidden, name);
    if (!is_banned(user))
      fresh.emplace_back(user, name);
  }
  if (fresh.empty())
    return answer(x, wire::change{id_, head_, false});
  if (outsiders_.size() + fresh.size() > limits::outsiders_per_room)
    return refuse(x, ec::too_many_members);
  people inside;
  for (auto& [user, name] : fresh) {
    put_outsider(user, {name, true, now_.wall});
    if (current_member(user))
      inside.emplace_back(user, name);
  }
  std::erase_if(fresh, [this](const auto& y) { return current_member(y.first) != nullptr; });
  if (!fresh.empty())
    store(*x.from, 0, wire::event{wire::event_kind::banned, names_of(fresh)});
  change_members(x, wire::event_kind::banned, inside);
}

// -- who asks to be let in --------------------------------------------------------------

void room::ask_to_join(const waiting_request& x) {
  auto user = x.from->user;
  if (outsiders_.contains(user))
    return answer(x, wire::change{id_, 0, false, true});
  if (outsiders_.size() >= limits::outsiders_per_room)
    return refuse(x, ec::too_many_members);
  put_outsider(user, {x.from->name, false, now_.wall});
  store(*x.from, 0, wire::event{wire::event_kind::asked, {x.from->name}});
  answer(x, wire::change{id_, 0, false, true});
}

/// Those of them who asked; who withdrew or was let in meanwhile is passed over.
void room::let_in(const waiting_request& x, const people& who, bool yes) {
  people asked;
  for (auto& [user, name] : who)
    if (auto at = outsiders_.find(user); at != outsiders_.end() && !at->second.banned)
      asked.emplace_back(user, name);
  if (!yes) {
    for (auto& [user, name] : asked)
      erase_outsider(user);
    if (!asked.empty())
      store(*x.from, 0, wire::event{wire::event_kind::refused, names_of(asked)});
    return answer(x, wire::change{id_, head_, false});
  }
  for (auto& [user, name] : asked)
    if (auto at = checked_.find(user); at != checked_.end() && at->second.full)
      return refuse(x, ec::too_many_conversations, name);
  if (member_count_ + asked.size() > limits::members_per_room)
    return refuse(x, ec::too_many_members);
  change_members(x, wire::event_kind::added, asked);
}

void room::list_outsiders(const waiting_request& x, const wire::list_members& body) {
  if (auto code = allows(*x.from, deed::see_asking); code != ec::none)
    return refuse(x, code);
  auto banned = body.which == wire::member_list::banned;
  auto limit = rows_of_page(body.limit);
  wire::members_page page;
  for (auto& [user, outsider] : outsiders_)
    page.total += outsider.banned == banned;
  for (auto at = outsiders_.upper_bound(body.after); at != outsiders_.end(); ++at) {
    if (at->second.banned != banned)
      continue;
    if (page.members.size() == limit) {
      page.more = true;
      break;
    }
    page.members.push_back({at->first, at->second.name});
  }
  answer(x, std::move(page));
}

void room::put_outsider(user_id user, const record::outsider& x) {
  outsiders_[user] = x;
  building().what.put(keys::outsider(id_, user), record::encode(x));
}

void room::erase_outsider(user_id user) {
  if (outsiders_.erase(user) != 0)
    building().what.erase(keys::outsider(id_, user));
}

} // namespace parley::core
