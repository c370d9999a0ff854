#include "actors/core/contact_book.hpp"

#include "actors/core/page.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <utility>

namespace parley::core {

namespace {

using state = wire::contact_state;

bool stands_in(const record::contact& x, wire::contact_list which) {
  switch (which) {
    case wire::contact_list::contacts:
      return x.state == state::contact;
    case wire::contact_list::asking:
      return x.state == state::asking;
    case wire::contact_list::asked:
      return x.state == state::asked;
    case wire::contact_list::blocked:
      return x.blocked;
  }
  return false;
}

bool is_open(const record::contact& x) {
  return x.state == state::asking || x.state == state::asked;
}

bool says_nothing(const record::contact& x) {
  return x.state == state::none && !x.blocked;
}

time_us end_of(const record::contact& x) {
  return x.since + std::chrono::microseconds{limits::contact_request_for}.count();
}

} // namespace

const record::contact* contact_book::learn(const record::contact& x) {
  auto [at, added] = rows_.try_emplace(x.user, x);
  auto& known = at->second;
  if (!added && x.version <= known.version)
    return nullptr;
  auto remark = std::exchange(known, x).remark;
  if (!says_nothing(known))
    known.remark = std::move(remark);
  return &known;
}

const record::contact* contact_book::remark(user_id user, std::string_view text) {
  auto at = rows_.find(user);
  if (at == rows_.end() || says_nothing(at->second))
    return nullptr;
  at->second.remark = text;
  return &at->second;
}

std::vector<user_id> contact_book::expire(time_us now) {
  std::vector<user_id> ended;
  for (auto& [user, x] : rows_)
    if (is_open(x) && now >= end_of(x)) {
      x.since = end_of(x);
      x.state = state::none;
      x.greeting.clear();
      ended.push_back(user);
    }
  return ended;
}

void contact_book::forget(user_id own, time_us now, effect& out) {
  constexpr std::chrono::microseconds patience = limits::contact_forgotten_after;
  std::vector<std::pair<time_us, user_id>> silent; // Oldest first.
  for (auto& [user, x] : rows_)
    if (says_nothing(x))
      silent.emplace_back(x.since, user);
  std::sort(silent.begin(), silent.end());
  auto kept = silent.size();
  for (auto& [since, user] : silent) {
    if (kept <= limits::contacts_remembered && now < since + patience.count())
      break;
    out.erase(keys::contact(own, user));
    rows_.erase(user);
    --kept;
  }
}

std::optional<time_us> contact_book::next_end() const {
  std::optional<time_us> result;
  for (auto& [user, x] : rows_)
    if (is_open(x))
      result = std::min(result.value_or(INT64_MAX), end_of(x));
  return result;
}

const record::contact* contact_book::find(user_id user) const {
  auto at = rows_.find(user);
  return at == rows_.end() ? nullptr : &at->second;
}

size_t contact_book::count(wire::contact_list which) const {
  return static_cast<size_t>(std::count_if(
    rows_.begin(), rows_.end(), [which](auto& x) { return stands_in(x.second, which); }));
}

wire::contacts_page contact_book::page(const wire::list_contacts& x) const {
  auto limit = rows_of_page(x.limit);
  wire::contacts_page result{{}, false, static_cast<uint32_t>(count(x.which))};
  size_t bytes = 0;
  for (auto at = rows_.upper_bound(x.after); at != rows_.end(); ++at) {
    if (!stands_in(at->second, x.which))
      continue;
    bytes += at->second.name.size() + at->second.greeting.size() + at->second.remark.size();
    if (result.contacts.size() == limit || bytes > limits::page_bytes) {
      result.more = true;
      break;
    }
    result.contacts.push_back(show_contact(at->second));
  }
  return result;
}

wire::contact show_contact(const record::contact& x) {
  return {x.user, x.name, x.state, x.since, x.greeting, x.remark, x.blocked};
}

} // namespace parley::core
