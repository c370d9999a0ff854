#include "actors/core/watchers.hpp"

#include "schema/limits.hpp"

#include <algorithm>

namespace parley::core {

bool watchers::pass(user_id to, const presence_note& x, bool awake, uint64_t epoch, actions& out) {
  if (!x.watches)
    forget(to, x);
  else if (x.kind == note_kind::ask)
    remember(to, x);
  if (awake)
    return true;
  if (x.kind == note_kind::tell)
    out.inboxes.push_back(
      {x.user, presence_note{.kind = note_kind::unwanted, .user = to, .epoch = epoch}});
  return x.kind == note_kind::ask;
}

void watchers::remember(user_id of, const presence_note& x) {
  auto known = watchers_.find(of);
  if (known != watchers_.end())
    for (auto& y : known->second)
      if (y.user == x.user) {
        y.epoch = std::max(y.epoch, x.epoch);
        return;
      }
  auto full = known != watchers_.end() && known->second.size() == limits::watchers_per_user;
  if (full || count_ == limits::watchers_per_shard)
    return;
  watchers_[of].push_back({x.user, x.epoch});
  ++count_;
}

void watchers::forget(user_id of, const presence_note& x) {
  auto known = watchers_.find(of);
  if (known == watchers_.end())
    return;
  count_ -= std::erase_if(
    known->second, [&x](const watcher& y) { return y.user == x.user && y.epoch <= x.epoch; });
  if (known->second.empty())
    watchers_.erase(known);
}

std::vector<presence_note> watchers::of(user_id x) const {
  std::vector<presence_note> result;
  if (auto known = watchers_.find(x); known != watchers_.end())
    for (auto& y : known->second)
      result.push_back(
        {.kind = note_kind::answer, .user = y.user, .epoch = y.epoch, .watches = true});
  return result;
}

void watchers::clear() {
  watchers_.clear();
  count_ = 0;
}

} // namespace parley::core
