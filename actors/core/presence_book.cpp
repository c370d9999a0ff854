#include "actors/core/presence_book.hpp"

#include "schema/limits.hpp"

#include <algorithm>

namespace parley::core {

namespace {

auto place_of(std::vector<acquaintance>& people, user_id x) {
  return std::lower_bound(people.begin(), people.end(), x,
                          [](const acquaintance& y, user_id id) { return y.user < id; });
}

} // namespace

acquaintance* presence_book::find(user_id x) {
  auto at = place_of(people_, x);
  return at != people_.end() && at->user == x ? &*at : nullptr;
}

acquaintance& presence_book::meet(user_id x) {
  auto at = place_of(people_, x);
  if (at == people_.end() || at->user != x)
    at = people_.insert(at, acquaintance{x});
  return *at;
}

void presence_book::part(user_id x) {
  auto at = place_of(people_, x);
  if (at != people_.end() && at->user == x && !at->contact && !at->blocked && !at->told
      && at->watchers == 0)
    people_.erase(at);
}

bool presence_book::has_room_for_stranger() const {
  auto is_stranger = [](const acquaintance& x) { return x.told && !x.contact; };
  auto count = std::count_if(people_.begin(), people_.end(), is_stranger);
  return static_cast<size_t>(count) < limits::watchers_per_user;
}

} // namespace parley::core
