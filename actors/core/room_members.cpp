#include "actors/core/room.hpp"

#include "actors/core/visibility.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// Who belongs to a room, and who may change that.

namespace parley::core {

namespace {

std::vector<std::string_view> names_of(const std::vector<std::pair<user_id, std::string>>& who) {
  std::vector<std::string_view> result;
  for (auto& [user, name] : who)
    result.emplace_back(name);
  return result;
}

} // namespace

void room::decide(const waiting_request& x, const wire::create_room& body) {
  if (conversation_) // The nonce names the room: this is a repeat.
    return answer(x, wire::change{id_, 1, false});
  if (checked_[x.from->user].full)
    return refuse(x, ec::too_many_conversations);
  std::vector<std::pair<user_id, std::string>> who{{x.from->user, x.from->name}};
  std::string culprit;
  if (auto code = check_names(body.members, who, culprit); code != ec::none)
    return refuse(x, code, culprit);
  building();
  conversation_ = record::conversation{wire::conversation_kind::room, std::string{body.title},
                                       body.open, now_.wall};
  building_->what.put(keys::conversation(id_), record::encode(*conversation_));
  change_members(x, wire::event_kind::created, who);
}

void room::decide(const waiting_request& x, const wire::invite& body) {
  if (!current_member(x.from->user))
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  if (conversation_->kind == wire::conversation_kind::direct)
    return refuse(x, ec::forbidden);
  std::vector<std::pair<user_id, std::string>> who;
  std::string culprit;
  if (auto code = check_names(body.members, who, culprit); code != ec::none)
    return refuse(x, code, culprit);
  if (member_count_ + who.size() > limits::members_per_room)
    return refuse(x, ec::too_many_members);
  change_members(x, wire::event_kind::added, who);
}

void room::decide(const waiting_request& x, const wire::kick& body) {
  auto asker = current_member(x.from->user);
  if (asker == nullptr)
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  if (!asker->owner)
    return refuse(x, ec::forbidden);
  std::vector<std::pair<user_id, std::string>> who;
  for (auto given : body.members) {
    auto name = normalize_name(given);
    if (!name)
      return refuse(x, ec::bad_name, given);
    auto user = user_of(*name);
    if (user == x.from->user)
      return refuse(x, ec::forbidden, "to go, leave the room");
    if (current_member(user)
        && std::find(who.begin(), who.end(), std::pair{user, *name}) == who.end())
      who.emplace_back(user, *std::move(name));
  }
  change_members(x, wire::event_kind::removed, who);
}

void room::decide(const waiting_request& x, const wire::join&) {
  if (!conversation_)
    return refuse(x, ec::unknown_conversation);
  if (current_member(x.from->user))
    return answer(x, wire::change{id_, head_, false});
  if (!conversation_->open)
    return refuse(x, ec::forbidden);
  if (checked_[x.from->user].full)
    return refuse(x, ec::too_many_conversations);
  if (member_count_ >= limits::members_per_room)
    return refuse(x, ec::too_many_members);
  change_members(x, wire::event_kind::joined, {{x.from->user, x.from->name}});
}

void room::decide(const waiting_request& x, const wire::leave&) {
  if (!conversation_)
    return refuse(x, ec::unknown_conversation);
  if (conversation_->kind == wire::conversation_kind::direct)
    return refuse(x, ec::forbidden);
  auto member = current_member(x.from->user);
  if (member == nullptr)
    return answer(x, wire::change{id_, head_, false});
  auto was_owner = member->owner;
  change_members(x, wire::event_kind::left, {{x.from->user, x.from->name}});
  if (was_owner)
    pass_ownership();
}

void room::decide(const waiting_request& x, const wire::list_members& body) {
  if (!current_member(x.from->user))
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  auto limit =
    body.limit == 0 ? limits::page_rows : std::min<size_t>(body.limit, limits::page_rows);
  wire::members_page page{{}, static_cast<uint32_t>(member_count_), false};
  for (auto at = members_.upper_bound(body.after); at != members_.end(); ++at) {
    auto& [user, member] = *at;
    if (member.left != 0)
      continue;
    if (page.members.size() == limit) {
      page.more = true;
      break;
    }
    page.members.push_back({user, member.name, member.owner, member.delivered, member.read});
  }
  answer(x, std::move(page));
}

ec room::check_names(const std::vector<std::string_view>& names,
                     std::vector<std::pair<user_id, std::string>>& out, std::string& who) const {
  for (auto given : names) {
    who = given;
    auto name = normalize_name(given);
    if (!name)
      return ec::bad_name;
    auto user = user_of(*name);
    auto same = [user](const auto& x) { return x.first == user; };
    if (current_member(user) || std::any_of(out.begin(), out.end(), same))
      continue;
    auto checked = checked_.find(user);
    if (checked == checked_.end() || !checked->second.exists)
      return ec::unknown_user;
    if (checked->second.full)
      return ec::too_many_conversations;
    out.emplace_back(user, *std::move(name));
  }
  return ec::none;
}

const record::member* room::current_member(user_id user) const {
  auto at = members_.find(user);
  return at != members_.end() && at->second.left == 0 ? &at->second : nullptr;
}

void room::put_member(user_id user, const record::member& x) {
  if (auto current = current_member(user))
    member_count_ -= current->left == 0;
  member_count_ += x.left == 0;
  members_[user] = x;
  building_->what.put(keys::member(id_, user), record::encode(x));
}

void room::change_members(const waiting_request& x, wire::event_kind kind,
                          const std::vector<std::pair<user_id, std::string>>& who) {
  if (who.empty())
    return answer(x, wire::change{id_, head_, false});
  auto enters = kind != wire::event_kind::left && kind != wire::event_kind::removed;
  auto seq = store(*x.from, 0, wire::event{kind, names_of(who)}).seq;
  outbox_added notes{{id_, seq, conversation_->kind, {}}, x.from->session, x.what.number};
  for (auto& [user, name] : who) {
    auto found = members_.find(user);
    auto member = found == members_.end() ? record::member{} : found->second;
    if (enters) {
      member.name = name;
      member.delivered = member.read = seq - 1;
      begin_stay(member, seq);
    }
    member.owner = kind == wire::event_kind::created && user == x.from->user;
    if (!enters) {
      member.left = seq;
      building_->removed.push_back(user);
    }
    put_member(user, member);
    notes.row.members.push_back(
      {user, conversation_->title, member.joined, member.left, ordinal_, member.earlier});
  }
  building_->what.put(keys::outbox(id_, seq), record::encode(notes.row));
  building_->outbox.push_back(std::move(notes));
}

void room::pass_ownership() {
  auto heir = members_.end();
  for (auto at = members_.begin(); at != members_.end(); ++at)
    if (at->second.left == 0 && (heir == members_.end() || at->second.joined < heir->second.joined))
      heir = at;
  if (heir == members_.end())
    return;
  auto member = heir->second;
  member.owner = true;
  put_member(heir->first, member);
}

} // namespace parley::core
