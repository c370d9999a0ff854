#include "actors/core/pair.hpp"

#include "schema/limits.hpp"

#include <algorithm>
#include <chrono>

namespace parley::core {

namespace {

void settle(record::pair::side& x) {
  x = {0, {}, x.blocked};
}

void settle_if_old(record::pair::side& x, time_us now) {
  constexpr std::chrono::microseconds patience = limits::contact_request_for;
  if (x.asked != 0 && now >= x.asked + patience.count())
    settle(x);
}

} // namespace

pair::outcome pair::change(side who, wire::contact_change what, std::string_view greeting,
                           time_us now) {
  using change = wire::contact_change;
  settle_if_old(now_.lower, now);
  settle_if_old(now_.higher, now);
  auto& mine = of(who);
  auto& theirs = of(other(who));
  auto end = [this, now](record::pair::side& asker) -> outcome {
    if (now_.contacts)
      return {ec::no_request};
    if (asker.asked == 0)
      return {};
    settle(asker);
    now_.since = now;
    return changed();
  };
  switch (what) {
    case change::request:
      return request(who, greeting, now);
    case change::withdraw:
      return end(mine);
    case change::reject:
      return end(theirs);
    case change::accept:
      if (now_.contacts)
        return {};
      return theirs.asked == 0 ? outcome{ec::no_request} : befriend(who, now);
    case change::remove:
      if (!now_.contacts)
        return {};
      now_.contacts = false;
      now_.since = now;
      return changed();
    case change::block:
      if (mine.blocked)
        return {};
      mine.blocked = true;
      settle(mine);
      settle(theirs);
      if (!now_.contacts)
        now_.since = now;
      return changed();
    case change::unblock:
      if (!mine.blocked)
        return {};
      mine.blocked = false;
      return changed();
    case change::remark:
      break;
  }
  return {ec::unsupported};
}

pair::outcome pair::request(side who, std::string_view greeting, time_us now) {
  auto& mine = of(who);
  if (blocked())
    return {ec::blocked};
  if (now_.contacts || mine.asked != 0)
    return {};
  mine = {now, std::string{greeting}, false};
  return of(other(who)).asked != 0 ? befriend(who, now) : changed();
}

/// Who made them contacts has spoken last.
pair::outcome pair::befriend(side last, time_us now) {
  auto result = changed();
  result.befriended = true;
  for (auto from : {other(last), last})
    if (auto& x = of(from); x.asked != 0) {
      if (!x.greeting.empty())
        result.hellos.push_back({from, std::move(x.greeting)});
      settle(x);
    }
  now_.contacts = true;
  now_.since = now;
  return result;
}

pair::outcome pair::changed() {
  now_.version = std::max(now_.version + 1, first_version);
  return {ec::none, true};
}

record::contact pair::as_seen_by(side who) const {
  using state = wire::contact_state;
  auto& mine = of(who);
  auto& theirs = of(other(who));
  record::contact result{{}, {}, now_.version, state::none, now_.since};
  result.blocked = mine.blocked;
  if (now_.contacts) {
    result.state = state::contact;
  } else if (auto& asker = mine.asked != 0 ? mine : theirs; asker.asked != 0) {
    result.state = &asker == &mine ? state::asking : state::asked;
    result.since = asker.asked;
    result.greeting = asker.greeting;
  }
  return result;
}

} // namespace parley::core
