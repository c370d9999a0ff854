#include "actors/core/room.hpp"

#include "actors/core/page.hpp"
#include "actors/core/room_people.hpp"
#include "actors/core/visibility.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// Who belongs to a room, and who may change that.

namespace parley::core {

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
  conversation_ =
    record::conversation{body.live ? wire::conversation_kind::live : wire::conversation_kind::room,
                         std::string{body.title}, body.entrance() == wire::room_access::open,
                         now_.wall, body.entrance()};
  put_conversation();
  change_members(x, wire::event_kind::created, who);
}

void room::decide(const waiting_request& x, const wire::invite& body) {
  if (auto code = allows(*x.from, deed::invite); code != ec::none)
    return refuse(x, code);
  std::vector<std::pair<user_id, std::string>> who;
  std::string culprit;
  if (auto code = check_names(body.members, who, culprit); code != ec::none)
    return refuse(x, code, culprit);
  for (auto& [user, name] : who)
    if (is_banned(user))
      return refuse(x, ec::banned, name);
  if (member_count_ + who.size() > limits::members_per_room)
    return refuse(x, ec::too_many_members);
  change_members(x, wire::event_kind::added, who);
}

void room::decide(const waiting_request& x, const wire::kick& body) {
  if (auto code = allows(*x.from, deed::kick); code != ec::none)
    return refuse(x, code);
  std::vector<std::pair<user_id, std::string>> who;
  for (auto given : body.members) {
    auto name = normalize_name(given);
    if (!name)
      return refuse(x, ec::bad_name, given);
    auto user = user_of(*name);
    if (user == x.from->user)
      return refuse(x, ec::forbidden, "to go, leave the room");
    if (current_member(user) && !above(x.from->user, user))
      return refuse(x, ec::forbidden, given);
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
  if (conversation_->dissolved)
    return refuse(x, ec::dissolved);
  if (is_banned(x.from->user))
    return refuse(x, ec::banned);
  if (conversation_->access == wire::room_access::by_request)
    return ask_to_join(x);
  if (conversation_->access != wire::room_access::open)
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
  if (member->owner && !conversation_->dissolved)
    pass_ownership(*x.from); // First, for who goes is told of nothing that comes after.
  change_members(x, wire::event_kind::left, {{x.from->user, x.from->name}});
}

void room::decide(const waiting_request& x, const wire::list_members& body) {
  if (!current_member(x.from->user))
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  if (body.which != wire::member_list::members)
    return list_outsiders(x, body);
  auto limit = rows_of_page(body.limit);
  wire::members_page page{{},
                          static_cast<uint32_t>(member_count_),
                          false,
                          conversation_->access,
                          conversation_->quiet,
                          conversation_->announcement,
                          conversation_->keep};
  for (auto at = members_.upper_bound(body.after); at != members_.end(); ++at) {
    auto& [user, member] = *at;
    if (member.left != 0)
      continue;
    if (page.members.size() == limit) {
      page.more = true;
      break;
    }
    page.members.push_back({user, member.name, member.owner, member.delivered, member.read,
                            member.role(), member.muted_until});
  }
  answer(x, std::move(page));
}

void room::decide(const waiting_request& x, const wire::list_readers& body) {
  if (!current_member(x.from->user))
    return refuse(x, conversation_ ? ec::not_member : ec::unknown_conversation);
  if (member_count_ > limits::readers_members)
    return refuse(x, ec::too_many_members);
  if (body.seq > committed_head_ || !sees(x.from->user, body.seq))
    return refuse(x, ec::unknown_message);
  read(x, {{keys::messages(id_, body.seq, body.seq)}},
       [this, x, body](const rows& found) { show_readers(x, body, found); });
}

void room::show_readers(const waiting_request& x, const wire::list_readers& body,
                        const rows& found) {
  auto stored =
    found.results[0].empty() ? std::nullopt : wire::decode_server(found.results[0][0].value);
  if (!stored)
    return refuse(x, ec::unknown_message);
  auto sender = std::get<wire::message>(stored->body).sender;
  auto limit = rows_of_page(body.limit);
  wire::readers_page page{id_, body.seq};
  for (auto& [user, member] : members_) {
    if (member.left != 0 || user == sender || !sees(user, body.seq))
      continue;
    ++page.members;
    page.delivered += std::max(member.delivered, member.read) >= body.seq;
    if (member.read < body.seq)
      continue;
    ++page.read;
    if (user <= body.after)
      continue;
    page.more = page.readers.size() == limit;
    if (!page.more)
      page.readers.push_back({user, member.name});
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
  auto enters = kind != wire::event_kind::left && kind != wire::event_kind::removed
                && kind != wire::event_kind::banned;
  auto seq = store(*x.from, 0, wire::event{kind, names_of(who)}).seq;
  outbox_added notes{{id_, seq, conversation_->kind, {}}, x.from->session, x.what.number};
  for (auto& [user, name] : who) {
    auto found = members_.find(user);
    auto member = found == members_.end() ? record::member{} : found->second;
    if (enters) {
      member.name = name;
      member.delivered = member.read = seq - 1;
      begin_stay(member, seq);
      erase_outsider(user);
    }
    member.admin = false;
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

/// To an admin, if there is one; and among them to who is in for longest.
void room::pass_ownership(const origin& from) {
  auto heir = members_.end();
  auto before = [](const record::member& a, const record::member& b) {
    return a.admin != b.admin ? a.admin : a.joined < b.joined;
  };
  for (auto at = members_.begin(); at != members_.end(); ++at)
    if (at->second.left == 0 && at->first != from.user
        && (heir == members_.end() || before(at->second, heir->second)))
      heir = at;
  if (heir == members_.end())
    return;
  appoint(heir->first, wire::room_role::owner);
  wire::event what{wire::event_kind::appointed, {heir->second.name}};
  what.role = wire::room_role::owner;
  store(from, 0, std::move(what));
}

} // namespace parley::core
