#include "actors/core/subscriptions.hpp"

#include "actors/core/visibility.hpp"
#include "schema/codec.hpp"

#include <algorithm>

namespace parley::core {

void subscriptions::add(conversation_id conversation, user_id user) {
  auto& users = users_[conversation];
  if (std::find(users.begin(), users.end(), user) == users.end())
    users.push_back(user);
}

void subscriptions::remove(conversation_id conversation, user_id user) {
  auto at = users_.find(conversation);
  if (at == users_.end())
    return;
  std::erase(at->second, user);
  if (at->second.empty())
    users_.erase(at);
}

void subscriptions::clear() {
  users_.clear();
  asked_.clear();
}

const std::vector<user_id>& subscriptions::of(conversation_id conversation) const {
  static const std::vector<user_id> nobody;
  auto at = users_.find(conversation);
  return at == users_.end() ? nobody : at->second;
}

void subscriptions::ask(std::vector<question> questions, actions& out) {
  if (questions.empty())
    return;
  load what{shard_of(questions.front().conversation), ++tokens_, {}};
  for (auto& [conversation, x] : questions) {
    what.queries.push_back({.range = keys::messages(conversation, 0, UINT64_MAX), .last = true});
    what.queries.push_back({keys::with_prefix(keys::member(conversation, x.user))});
    if (x.want_own)
      what.queries.push_back({keys::client_ids(conversation, x.user)});
  }
  asked_.emplace(what.token, std::move(questions));
  out.loads.push_back(std::move(what));
}

void subscriptions::answered(const rows& found, actions& out) {
  auto asked = asked_.extract(found.token);
  if (asked.empty() || found.code != ec::none)
    return; // The inbox asks again.
  auto next = found.results.begin();
  for (auto& [conversation, x] : asked.mapped()) {
    head answer;
    answer.conversation = conversation;
    for (auto& row : *next++)
      if (auto last = wire::decode_server(row.value)) {
        auto& message = std::get<wire::message>(last->body);
        answer.seq = message.seq;
        answer.ordinal = message.ordinal;
      }
    for (auto& row : *next++)
      if (auto member = record::decode<record::member>(row.value.bytes())) {
        // The mailbox may not know yet that the user was let out.
        answer.seq = visible_end(*member, answer.seq);
        answer.told = {x.user, member->delivered, member->read};
      }
    answer.has_own = x.want_own;
    if (x.want_own)
      for (auto& row : *next++)
        if (auto result = record::decode<record::client_id>(row.value.bytes());
            result && result->seq > answer.own_seq) {
          answer.own_seq = result->seq;
          answer.own_ordinal = result->ordinal;
        }
    out.inboxes.push_back({x.user, answer});
  }
}

} // namespace parley::core
