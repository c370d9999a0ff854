#include "actors/core/subscriptions.hpp"

#include "schema/codec.hpp"

#include <algorithm>

namespace parley::core {

bool subscriptions::add(conversation_id conversation, const subscribe& x) {
  auto& known = subscribers_[conversation];
  auto at =
    std::find_if(known.begin(), known.end(), [&x](const subscribe& y) { return y.user == x.user; });
  if (at == known.end())
    at = known.insert(at, x);
  else if (x.epoch < at->epoch)
    return false;
  *at = x;
  return true;
}

bool subscriptions::remove(conversation_id conversation, const unsubscribe& x) {
  auto at = subscribers_.find(conversation);
  if (at == subscribers_.end())
    return false;
  auto removed = std::erase_if(
    at->second, [&x](const subscribe& y) { return y.user == x.user && y.epoch <= x.epoch; });
  if (at->second.empty())
    subscribers_.erase(at);
  return removed != 0;
}

void subscriptions::clear() {
  subscribers_.clear();
  asked_.clear();
}

const std::vector<subscribe>& subscriptions::of(conversation_id conversation) const {
  static const std::vector<subscribe> nobody;
  auto at = subscribers_.find(conversation);
  return at == subscribers_.end() ? nobody : at->second;
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
        answer.time = message.time;
      }
    auto knows = true;
    for (auto& row : *next++)
      if (auto member = record::decode<record::member>(row.value.bytes())) {
        knows = member->joined == x.joined && member->left == 0;
        answer.told = {x.user, member->delivered, member->read};
      }
    answer.has_own = x.want_own;
    if (x.want_own)
      for (auto& row : *next++)
        for (auto& result : record::decode_client_ids(row.value.bytes()))
          if (result.seq > answer.own_seq) {
            answer.own_seq = result.seq;
            answer.own_ordinal = result.ordinal;
          }
    // Who was let out, and perhaps in again, hears of that first: the inbox asks
    // again then.
    if (knows)
      out.inboxes.push_back({x.user, answer});
  }
}

} // namespace parley::core
