#pragma once

#include "actors/core/actions.hpp"
#include "schema/limits.hpp"

#include <chrono>
#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace parley {

/// The rooms, or the inboxes, that are awake in one shard: forwards to them in
/// order, wakes and lets go, keeps their timers. The only holder of their
/// handles, for a message to an actor that just quit vanishes silently.
///
///   asleep --forward--> awake --done, all handled--> asleep
///                         |
///                         +--failed or crashed--> fencing --fenced--> asleep
///
/// While the journal is asked for the end of a failed writer (fencing), events
/// wait here, up to limits::backlog; the next life gets them.
template <class Id, class Handle, class Event>
class residents {
public:
  using time = std::chrono::microseconds;

  struct resident {
    Handle who;
    writer_id writer;
    uint64_t forwarded = 0;
    time wake_at = never;
    bool fencing = false;
    std::vector<Event> waiting;
  };

  /// The one that is awake, if it is.
  resident* find(const Id& id) {
    auto at = residents_.find(id);
    return at == residents_.end() ? nullptr : &at->second;
  }

  /// The one for `id`; `wake` makes it if it sleeps.
  template <class Wake>
  resident& find_or_wake(const Id& id, Wake wake) {
    auto [at, added] = residents_.try_emplace(id);
    if (added)
      wake(at->second);
    return at->second;
  }

  /// Keeps an event for the next life. False if there are too many.
  bool keep(resident& x, Event&& event) {
    if (x.waiting.size() >= limits::backlog)
      return false;
    x.waiting.push_back(std::move(event));
    return true;
  }

  void arm(const Id& id, time at) {
    auto x = find(id);
    if (x == nullptr || x->wake_at <= at)
      return;
    disarm(id, *x);
    x->wake_at = at;
    timers_.emplace(at, id);
  }

  /// Forgets the resident; what waited for its next life is returned.
  std::vector<Event> remove(const Id& id) {
    auto at = residents_.find(id);
    if (at == residents_.end())
      return {};
    disarm(id, at->second);
    auto waiting = std::move(at->second.waiting);
    residents_.erase(at);
    return waiting;
  }

  /// The one whose writer this is, with its id.
  template <class Matches>
  const Id* find_if(Matches matches) const {
    for (auto& [id, x] : residents_)
      if (matches(x))
        return &id;
    return nullptr;
  }

  time next_timer() const {
    return timers_.empty() ? never : timers_.begin()->first;
  }

  /// The next id whose time has come; nothing if none.
  const Id* take_due(time now) {
    if (timers_.empty() || timers_.begin()->first > now)
      return nullptr;
    due_ = timers_.begin()->second;
    timers_.erase(timers_.begin());
    residents_[due_].wake_at = never;
    return &due_;
  }

  template <class Visit>
  void for_each(Visit visit) {
    for (auto& [id, x] : residents_)
      visit(id, x);
  }

  size_t size() const noexcept {
    return residents_.size();
  }

private:
  void disarm(const Id& id, resident& x) {
    if (x.wake_at != never)
      timers_.erase({x.wake_at, id});
    x.wake_at = never;
  }

  std::unordered_map<Id, resident> residents_;
  std::set<std::pair<time, Id>> timers_;
  Id due_;
};

} // namespace parley
