#include "tools/checker/revisions.hpp"

#include "tools/checker/timeline.hpp"
#include "tools/checker/words.hpp"

#include <algorithm>

namespace parley::checker {

namespace {

constexpr size_t max_changed = 4096;

bool makes(const revision& what, const version& x) {
  auto kind = x.recalled ? change::recall : change::edit;
  return what.kind == kind && (x.recalled || what.digest == x.digest);
}

} // namespace

// -- who changes what -----------------------------------------------------------------

void revisions::invoked(device_id d, uint64_t counter, const revision& what) {
  open_.emplace(std::pair{d, counter}, what);
}

void revisions::refused(device_id d, uint64_t counter) {
  open_.erase({d, counter});
}

void revisions::stands(device_id d, uint64_t counter, seq_t seq, bool acknowledged) {
  auto found = open_.extract({d, counter});
  if (!found.empty() && found.mapped().kind != change::reaction) {
    auto& what = found.mapped();
    targets_[seq] = what.target;
    auto& all = messages_[what.target].changes;
    auto after = std::find_if(all.begin(), all.end(), [seq](auto& x) { return x.at > seq; });
    all.insert(after, {seq, what, false});
    forget_oldest();
  }
  if (!acknowledged)
    return;
  if (auto target = targets_.find(seq); target != targets_.end())
    for (auto& x : messages_[target->second].changes)
      x.acknowledged |= x.at == seq;
}

void revisions::forget_oldest() {
  if (messages_.size() <= max_changed)
    return;
  auto oldest = messages_.begin();
  for (auto& x : oldest->second.changes)
    targets_.erase(x.at);
  forgotten_ = std::max(forgotten_, oldest->first);
  messages_.erase(oldest);
}

// -- what the node shows ----------------------------------------------------------------

void revisions::shown(device_id to, seq_t seq, const version& what) {
  // A recall takes the edits with it.
  auto changed = targets_.find(seq);
  auto target = changed == targets_.end() || !what.recalled ? seq : changed->second;
  if (target <= forgotten_)
    return;
  if (what.by == 0) {
    auto sent = places_.digest_at(target);
    if (sent && *sent != what.digest)
      fault("is shown with a body that nobody sent", to, target, 0);
  } else if (!somebody_made(target, what)) {
    fault("is shown with a change that nobody made", to, target, what.by);
  }
  auto found = messages_.find(target);
  if (found == messages_.end())
    return;
  auto& x = found->second;
  auto known = known_to(to, x);
  if (what.by < known)
    fault("is shown as it was before a change that the device knows", to, target, known);
  x.views[to] = std::max(known, what.by);
}

bool revisions::somebody_made(seq_t target, const version& x) const {
  if (auto at = messages_.find(target); at != messages_.end())
    for (auto& step : at->second.changes)
      if (step.at == x.by)
        return makes(step.what, x);
  return std::any_of(open_.begin(), open_.end(),
                     [&](auto& y) { return y.second.target == target && makes(y.second, x); });
}

/// The last change that the device was shown, or got in its place.
seq_t revisions::known_to(device_id d, const message& x) const {
  auto view = x.views.find(d);
  auto known = view == x.views.end() ? 0 : view->second;
  for (auto& step : x.changes)
    if (step.at > known && places_.has(d, step.at))
      known = step.at;
  return known;
}

void revisions::excuse(device_id d) {
  for (auto& [target, x] : messages_)
    x.views.erase(d);
}

void revisions::finish() {
  for (auto& [target, x] : messages_) {
    auto last = std::find_if(x.changes.rbegin(), x.changes.rend(),
                             [](auto& step) { return step.acknowledged; });
    if (last == x.changes.rend())
      continue;
    for (auto& [d, view] : x.views)
      if (known_to(d, x) < last->at && !places_.is_over(d, last->at))
        fault("was changed, and the device has it as it was before", d, target, last->at);
  }
}

void revisions::fault(std::string_view what, device_id d, seq_t target, seq_t by) {
  faults_.add(faults_.versions, [&] {
    return in_words(id_) + ": seq " + std::to_string(target) + ", change at " + std::to_string(by)
           + ", " + in_words(d) + ": " + std::string{what};
  });
}

} // namespace parley::checker
