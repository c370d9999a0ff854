#include "tests/simulation/shown.hpp"

#include "schema/body_digest.hpp"

#include <algorithm>
#include <iterator>

namespace parley::simulation {

void shown::add(const wire::message& x, bool acknowledged) {
  if (auto content = std::get_if<wire::content>(&x.body)) {
    messages_.try_emplace(x.seq, state{x.sender, digest_of(*content), 0, false, {}});
  } else if (auto now = std::get_if<wire::revised>(&x.body)) {
    state fresh{x.sender, digest_of(now->content), now->edited, false, {}};
    for (auto& y : now->reactions)
      fresh.reactions.emplace(y.what, y.count);
    messages_.try_emplace(x.seq, std::move(fresh));
  } else if (std::holds_alternative<wire::tombstone>(x.body)) {
    messages_.try_emplace(x.seq, state{x.sender, 0, 0, true, {}});
  } else if (auto what = std::get_if<wire::revision>(&x.body)) {
    changes_.try_emplace(x.seq, change{what->target, what->kind, digest_of(what->content),
                                       std::string{what->reaction}, what->count, !acknowledged});
  }
}

shown::state shown::state_of(seq_t seq) const {
  auto result = messages_.at(seq);
  for (auto& [at, x] : changes_) {
    if (x.target != seq)
      continue;
    switch (x.kind) {
      case wire::revision_kind::edit:
        result.digest = x.digest;
        result.edited = at;
        break;
      case wire::revision_kind::recall:
        result.recalled = true;
        break;
      case wire::revision_kind::react:
      case wire::revision_kind::unreact:
        if (x.counted && x.count == 0)
          result.reactions.erase(x.reaction);
        else
          result.reactions[x.reaction] = x.counted ? x.count : 0;
        break;
    }
  }
  return result;
}

std::string shown::compare(const wire::message& x) const {
  if (!messages_.contains(x.seq))
    return {};
  auto mine = state_of(x.seq);
  auto differs = [&x](const std::string& what) {
    return "#" + std::to_string(x.seq) + " is shown differently: " + what + "\n";
  };
  if (auto grave = std::get_if<wire::tombstone>(&x.body)) {
    if (grave->why == wire::tombstone_kind::hidden)
      return {}; // Perhaps while this device was away.
    return mine.recalled ? std::string{} : differs("recalled");
  }
  if (mine.recalled)
    return differs("not recalled");
  if (hidden_.contains(x.seq))
    return differs("not hidden");
  wire::revised theirs;
  if (auto now = std::get_if<wire::revised>(&x.body))
    theirs = *now;
  else if (auto content = std::get_if<wire::content>(&x.body))
    theirs.content = *content;
  else
    return {};
  if (digest_of(theirs.content) != mine.digest || theirs.edited != mine.edited)
    return differs("edited at " + std::to_string(theirs.edited) + ", here at "
                   + std::to_string(mine.edited));
  for (auto& y : theirs.reactions) {
    auto at = mine.reactions.find(y.what);
    if (at == mine.reactions.end() || (at->second != 0 && at->second != y.count))
      return differs(std::to_string(y.count) + " reactions");
    mine.reactions.erase(at);
  }
  std::erase_if(mine.reactions, [](auto& y) { return y.second == 0; });
  return mine.reactions.empty() ? std::string{} : differs("a reaction is missing");
}

seq_t shown::some(uint64_t n) const {
  if (messages_.empty())
    return 0;
  return std::next(messages_.begin(), static_cast<ptrdiff_t>(n % messages_.size()))->first;
}

seq_t shown::some_of(user_id by, uint64_t n) const {
  std::vector<seq_t> own;
  for (auto& [seq, x] : messages_)
    if (x.by == by)
      own.push_back(seq);
  return own.empty() ? 0 : own[n % own.size()];
}

} // namespace parley::simulation
