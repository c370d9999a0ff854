#include "actors/core/room.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// Who is away when something is written, for push services. Each is noted once in a
// while, until they come, and whenever a message mentions them; their inbox says whether
// it is worth a notice (inbox_notices.cpp).

namespace parley::core {

namespace {

/// Outbox rows about who is away stand beside those about members: their versions are
/// times, for those of a message may be written at different ones.
constexpr uint64_t of_absence = uint64_t{1} << 61;

} // namespace

/// Of the message that is stored next.
void room::note_absent(const origin& from, const wire::content& what) {
  if (!rules_.notices)
    return;
  last_content_ = {head_ + 1, ordinal_ + 1, std::max(last_time_, now_.wall), from.user, from.name};
  std::set<user_id> mentioned;
  if (what.extra)
    for (auto given : what.extra->mentions)
      if (auto name = normalize_name(given); name && current_member(user_of(*name)))
        mentioned.insert(user_of(*name));
  std::vector<record::absence::user> absent;
  auto note = [&](user_id user, bool by_name) {
    auto there = std::binary_search(subscribers_.begin(), subscribers_.end(), user);
    if (user == from.user || there)
      return;
    auto [at, fresh] = noted_.try_emplace(user, now_.steady);
    if (!fresh && !by_name && now_.steady < at->second + limits::note_again_after)
      return;
    at->second = now_.steady;
    absent.push_back({user, by_name});
  };
  if (member_count_ > limits::noticed_members)
    for (auto user : mentioned)
      note(user, true);
  else
    for (auto& [user, member] : members_)
      if (member.left == 0)
        note(user, mentioned.contains(user));
  put_absence(std::move(absent));
}

/// Somebody is gone who was thought to be there, and may have missed the last message.
void room::note_parting(user_id user) {
  if (!rules_.notices || !loaded_ || failed() || member_count_ > limits::noticed_members)
    return;
  auto member = current_member(user);
  auto missed = member != nullptr && last_content_.by != user
                && std::max(member->delivered, member->read) < last_content_.seq;
  if (missed && noted_.try_emplace(user, now_.steady).second)
    put_absence({{user, false}});
}

/// From the last message.
void room::put_absence(std::vector<record::absence::user> users) {
  if (users.empty())
    return;
  absences_ = std::max(absences_ + 1, static_cast<uint64_t>(now_.wall));
  auto& last = last_content_;
  outbox_added news{{id_, absences_ | of_absence, conversation_->kind, {}}, {}, 0};
  news.row.absence = {last.name, last.seq, last.ordinal, last.time, std::move(users)};
  building().what.put(keys::outbox(id_, news.row.version), record::encode(news.row));
  building().outbox.push_back(std::move(news));
}

} // namespace parley::core
