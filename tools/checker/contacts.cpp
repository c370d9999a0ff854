#include "tools/checker/contacts.hpp"

#include "tools/checker/words.hpp"

#include <algorithm>

namespace parley::checker {

namespace {

standing mirrored(standing x) {
  switch (x) {
    case standing::asking:
      return standing::asked;
    case standing::asked:
      return standing::asking;
    default:
      return x;
  }
}

} // namespace

contacts::pair& contacts::between(user_id x, user_id y) {
  return pairs_[std::minmax(x, y)];
}

void contacts::invoked(user_id by, user_id with) {
  auto& x = between(by, with);
  x.crossed |= x.open != 0;
  ++x.open;
}

void contacts::answered(user_id by, user_id with, contact_step what, bool taken) {
  auto& x = between(by, with);
  if (taken) {
    x.last = x.crossed ? contact_step::other : what;
    x.by = by;
  }
  if (--x.open == 0)
    x.crossed = false;
}

void contacts::listed(user_id whose, const std::vector<contact>& all) {
  auto& list = lists_[whose];
  list.clear();
  for (auto& x : all) {
    list[x.with] = x.state;
    between(whose, x.with);
  }
}

std::optional<standing> contacts::state(user_id of, user_id with) const {
  auto list = lists_.find(of);
  if (list == lists_.end())
    return std::nullopt;
  auto found = list->second.find(with);
  return found == list->second.end() ? standing::none : found->second;
}

void contacts::finish() {
  for (auto& [users, x] : pairs_) {
    auto [first, second] = users;
    judge_lists(first, second);
    if (x.open == 0)
      judge_last(x, x.by == first ? second : first);
  }
}

void contacts::judge_lists(user_id x, user_id y) {
  auto here = state(x, y);
  auto there = state(y, x);
  if (here && there && *there != mirrored(*here))
    fault("stand otherwise in the list of one than in that of the other", x, y);
}

void contacts::judge_last(const pair& x, user_id with) {
  auto now = state(x.by, with);
  if (!now || x.last == contact_step::other || now == standing::contact)
    return;
  if (x.last != contact_step::asks || now != standing::asking)
    fault("have lost what the first one asked or accepted last", x.by, with);
}

void contacts::fault(std::string_view what, user_id x, user_id y) {
  faults_.add(faults_.contacts,
              [&] { return in_words(x) + " and " + in_words(y) + " " + std::string{what}; });
}

} // namespace parley::checker
