#pragma once

#include "schema/limits.hpp"
#include "schema/record.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace parley {

/// Which messages of a conversation are a member's: those of each stay, from
/// the event that let them in to the one that let them out. Works on a member
/// or a mailbox row.

/// Starts a new stay at `first`; the one before it becomes an earlier one.
template <class Row>
void begin_stay(Row& x, seq_t first) {
  if (x.joined != 0)
    x.earlier.push_back({x.joined, x.left});
  if (x.earlier.size() > limits::stays_per_member)
    x.earlier.erase(x.earlier.begin());
  x.joined = first;
  x.left = 0;
}

/// The stay that `seq` is in, or else the next one.
template <class Row>
std::optional<record::stay> stay_at_or_after(const Row& x, seq_t seq) {
  for (auto& y : x.earlier)
    if (seq <= y.last)
      return y;
  if (x.left == 0 || seq <= x.left)
    return record::stay{x.joined, x.left};
  return std::nullopt;
}

/// The stay that `seq` is in, or else the one before.
template <class Row>
std::optional<record::stay> stay_at_or_before(const Row& x, seq_t seq) {
  if (x.joined <= seq)
    return record::stay{x.joined, x.left};
  for (auto y = x.earlier.rbegin(); y != x.earlier.rend(); ++y)
    if (y->first <= seq)
      return *y;
  return std::nullopt;
}

/// The first visible message from `seq` on; nothing if there can be none.
template <class Row>
std::optional<seq_t> visible_from(const Row& x, seq_t seq) {
  auto stay = stay_at_or_after(x, seq);
  return stay ? std::optional{std::max(seq, stay->first)} : std::nullopt;
}

/// The last visible message of a conversation that reaches to `head`.
template <class Row>
seq_t visible_end(const Row& x, seq_t head) {
  return x.left == 0 ? head : std::min(head, x.left);
}

/// The first message that was ever visible.
template <class Row>
seq_t visible_begin(const Row& x) {
  return x.earlier.empty() ? x.joined : x.earlier.front().first;
}

} // namespace parley
