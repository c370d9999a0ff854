#include "tools/checker/timeline.hpp"

#include "tools/checker/checker.hpp"
#include "tools/checker/words.hpp"

#include <algorithm>
#include <utility>

namespace parley::checker {

namespace {

/// Places between two looks at what every member has passed.
constexpr seq_t prune_every = 64;

/// Holes remembered per member; a device that misses more is hopeless anyway.
constexpr size_t max_holes = 4096;

/// Places beyond the last one seen that are believed; no run has more.
constexpr seq_t max_jump = 1'000'000;

bool same_body(uint64_t a, uint64_t b) {
  return a == b || a == no_body || b == no_body;
}

} // namespace

// -- events ---------------------------------------------------------------------

void timeline::invoked(device_id d, uint64_t counter, uint64_t digest) {
  auto& from = senders_[d];
  if (!from.sends.empty() && from.sends.back().counter >= counter)
    return fault(faults_.forged, "was invoked with a counter that does not rise", d, 0, counter);
  from.sends.push_back({counter, digest, 0, false});
}

void timeline::acknowledged(device_id d, uint64_t counter, seq_t seq) {
  auto& from = senders_[d];
  auto found = std::lower_bound(from.sends.begin(), from.sends.end(), counter,
                                [](const send& x, uint64_t y) { return x.counter < y; });
  if (found == from.sends.end() || found->counter != counter)
    return fault(faults_.forged, "was acknowledged but never sent", d, seq, counter);
  found->acknowledged = true;
  if (found->seq != 0 && found->seq != seq)
    fault(faults_.duplicated, "is stored twice", d, seq, counter);
  else if (found->seq == 0 && seq < base_)
    fault(faults_.reordered, "is acknowledged where all saw another one", d, seq, counter);
  else
    agree(seq, d, counter, found->digest, true);
  if (auto m = members_.find(d); m != members_.end()) {
    std::erase(m->second.holes, seq);
    pass_own(d, m->second);
  }
  settle(from);
  prune();
}

void timeline::refused(device_id d, uint64_t counter) {
  auto& from = senders_[d];
  auto found = std::find_if(from.sends.begin(), from.sends.end(),
                            [counter](const send& x) { return x.counter == counter; });
  if (found == from.sends.end())
    return;
  if (found->seq != 0)
    fault(faults_.forged, "was refused but stored", d, found->seq, counter);
  from.sends.erase(found);
  settle(from);
}

void timeline::delivered(device_id d, seq_t seq, device_id from, uint64_t counter,
                         uint64_t digest) {
  auto& m = members_[d];
  if (m.next == 0)
    m.first = m.next = seq;
  pass_own(d, m);
  if (seq < m.first || seq == 0)
    return fault(faults_.forged, "stands before the membership", d, seq, counter);
  if ((m.last != 0 && seq > m.last) || away(m, seq))
    m.beyond.push_back(seq);
  agree(seq, from, counter, digest, false);
  if (from == d) { // An own event, read from history: nobody owes it.
    std::erase(m.holes, seq);
    pass_own(d, m);
  } else if (seq >= m.next) {
    open_holes(d, m, m.next, seq);
    m.next = seq + 1;
  } else if (auto hole = std::find(m.holes.begin(), m.holes.end(), seq); hole != m.holes.end()) {
    m.holes.erase(hole);
    fault(faults_.reordered, "came after a later one", d, seq, counter);
  } else {
    fault(faults_.duplicated, "came twice", d, seq, counter);
  }
  prune();
}

void timeline::joined(device_id d, seq_t first) {
  auto [found, added] = members_.try_emplace(d);
  auto& m = found->second;
  if (added)
    m.pinned = base_;
  if (first == 0)
    return;
  if (m.next == 0) {
    m.first = m.next = first;
  } else if (m.last != 0 && first > m.last) {
    auto between = [&m, first](seq_t seq) { return seq > m.last && seq < first; };
    std::erase_if(m.holes, between);
    std::erase_if(m.beyond, [first](seq_t seq) { return seq >= first; });
    if (m.next <= m.last) // Still on its way through the stay before.
      m.away.emplace_back(m.last + 1, first - 1);
    else
      m.next = std::max(m.next, first);
    m.last = 0;
  } else if (m.last == 0 && first < m.first) {
    auto until = std::exchange(m.first, first);
    open_holes(d, m, first, until);
  }
}

void timeline::left(device_id d, seq_t last) {
  if (auto found = members_.find(d); found != members_.end() && found->second.last == 0)
    found->second.last = last;
}

void timeline::excuse(device_id d) {
  members_.erase(d);
}

void timeline::may_go(seq_t before) {
  kept_from_ = std::max(kept_from_, before);
}

/// Excuses the device only from what may be let go.
void timeline::trimmed(device_id d, seq_t first) {
  auto found = members_.find(d);
  if (found == members_.end())
    return;
  auto& m = found->second;
  first = std::min(first, kept_from_);
  std::erase_if(m.holes, [first](seq_t seq) { return seq < first; });
  if (m.next != 0)
    m.next = std::max(m.next, first);
}

void timeline::head(seq_t head) {
  head_ = std::max(head_, head);
}

// -- what stands where ------------------------------------------------------------

bool timeline::believes(seq_t seq) const noexcept {
  return seq != 0 && seq <= head_ + max_jump;
}

std::optional<uint64_t> timeline::digest_at(seq_t seq) const {
  if (seq < base_ || seq - base_ >= places_.size())
    return std::nullopt;
  auto& p = places_[seq - base_];
  return p.known && p.digest != no_body ? std::optional{p.digest} : std::nullopt;
}

timeline::place* timeline::at(seq_t seq) {
  if (seq < base_ || !believes(seq))
    return nullptr;
  if (seq - base_ >= places_.size())
    places_.resize(seq - base_ + 1);
  head_ = std::max(head_, seq);
  return &places_[seq - base_];
}

bool timeline::agree(seq_t seq, device_id d, uint64_t counter, uint64_t digest, bool acknowledged) {
  auto p = at(seq);
  if (p == nullptr)
    return true; // Everybody has passed it: a repeat, judged by the caller.
  p->acknowledged |= acknowledged;
  if (!p->known) {
    *p = {d, counter, digest, true, p->acknowledged};
    if (counter != 0)
      stands_at(d, counter, digest, seq);
    return true;
  }
  if (p->sender == d && p->counter == counter) {
    if (same_body(p->digest, digest)) {
      p->digest = std::min(p->digest, digest);
      return true;
    }
    fault(faults_.forged, "has two bodies", d, seq, counter);
    return false;
  }
  fault(faults_.reordered, "is seen where others see another one", d, seq, counter);
  return false;
}

void timeline::stands_at(device_id d, uint64_t counter, uint64_t digest, seq_t seq) {
  auto& from = senders_[d];
  if (counter <= from.settled_counter)
    return fault(faults_.duplicated, "is stored twice", d, seq, counter);
  auto found = std::lower_bound(from.sends.begin(), from.sends.end(), counter,
                                [](const send& x, uint64_t y) { return x.counter < y; });
  if (found == from.sends.end() || found->counter != counter)
    return fault(faults_.forged, "was never sent", d, seq, counter);
  if (!same_body(found->digest, digest))
    return fault(faults_.forged, "has another body than was sent", d, seq, counter);
  if (found->seq != 0)
    return fault(faults_.duplicated, "is stored twice", d, seq, counter);
  found->seq = seq;
  auto before = from.settled_seq;
  for (auto x = found; x != from.sends.begin() && before == from.settled_seq;)
    if ((--x)->seq != 0)
      before = x->seq;
  auto after = std::find_if(found + 1, from.sends.end(), [](const send& x) { return x.seq != 0; });
  if (seq <= before || (after != from.sends.end() && after->seq <= seq))
    fault(faults_.reordered, "stands in another order than it was sent", d, seq, counter);
}

void timeline::settle(sender& x) {
  while (!x.sends.empty() && x.sends.front().acknowledged) {
    x.settled_counter = x.sends.front().counter;
    x.settled_seq = std::max(x.settled_seq, x.sends.front().seq);
    x.sends.pop_front();
  }
}

// -- who has passed what ------------------------------------------------------------

bool timeline::away(const member& m, seq_t seq) {
  return std::any_of(m.away.begin(), m.away.end(),
                     [seq](const auto& x) { return x.first <= seq && seq <= x.second; });
}

bool timeline::has(device_id d, seq_t seq) const {
  auto found = members_.find(d);
  if (found == members_.end())
    return false;
  auto& m = found->second;
  return m.first <= seq && seq < m.next && !away(m, seq)
         && !std::binary_search(m.holes.begin(), m.holes.end(), seq);
}

bool timeline::is_over(device_id d, seq_t seq) const {
  auto found = members_.find(d);
  return found != members_.end()
         && ((found->second.last != 0 && seq > found->second.last) || away(found->second, seq));
}

bool timeline::owes(device_id d, const member& m, seq_t seq) const {
  if (seq < m.first || away(m, seq))
    return false;
  if (seq < base_ || seq - base_ >= places_.size())
    return true;
  auto& p = places_[seq - base_];
  return !(p.known && p.sender == d);
}

void timeline::pass_own(device_id d, member& m) {
  while (m.next != 0 && m.next <= head_ && !owes(d, m, m.next))
    ++m.next;
  std::erase_if(m.away, [&m](const auto& x) { return x.second < m.next && m.holes.empty(); });
}

void timeline::open_holes(device_id d, member& m, seq_t from, seq_t end) {
  for (auto seq = from; seq < end && m.holes.size() < max_holes; ++seq)
    if (owes(d, m, seq))
      m.holes.insert(std::lower_bound(m.holes.begin(), m.holes.end(), seq), seq);
}

seq_t timeline::end_of(const member& m) const noexcept {
  return m.last == 0 ? head_ : std::min(m.last, head_);
}

void timeline::prune() {
  if (head_ < prune_at_)
    return;
  prune_at_ = head_ + prune_every;
  auto passed = head_ + 1;
  for (auto& [d, m] : members_) {
    pass_own(d, m);
    if (m.last == 0 || m.next <= m.last || !m.holes.empty())
      passed = std::min(passed, m.keeps_from());
  }
  if (passed <= base_)
    return;
  auto count = std::min<size_t>(passed - base_, places_.size());
  places_.erase(places_.begin(), places_.begin() + static_cast<ptrdiff_t>(count));
  base_ += count;
}

// -- the end ------------------------------------------------------------------------

bool timeline::drained() const {
  return std::all_of(members_.begin(), members_.end(), [this](const auto& x) {
    auto& [d, m] = x;
    if (!m.holes.empty() && m.holes.front() <= end_of(m))
      return false;
    auto next = m.next;
    while (next != 0 && next <= end_of(m) && !owes(d, m, next))
      ++next;
    return next == 0 || next > end_of(m);
  });
}

void timeline::finish() {
  for (auto& [d, m] : members_) {
    for (auto seq : m.beyond)
      fault(faults_.forged, "stands after the membership", d, seq, 0);
    for (auto seq : m.holes)
      if (seq <= end_of(m) && owes(d, m, seq))
        judge(d, seq);
    if (m.next == 0)
      continue;
    for (auto seq = m.next; seq <= end_of(m); ++seq)
      if (owes(d, m, seq))
        judge(d, seq);
  }
  for (auto& [d, from] : senders_)
    for (auto& x : from.sends)
      faults_.unknown += !x.acknowledged;
}

void timeline::judge(device_id d, seq_t seq) {
  auto p = at(seq);
  if (p == nullptr || !p->known)
    fault(faults_.gaps, "is empty", d, seq, 0);
  else if (p->acknowledged)
    fault(faults_.lost, "was acknowledged and never came", d, seq, p->counter);
  else
    fault(faults_.missing, "came to others only", d, seq, p->counter);
}

void timeline::fault(uint64_t& kind, std::string_view what, device_id d, seq_t seq,
                     uint64_t counter) {
  faults_.add(kind, [&] {
    return in_words(id_) + ": seq " + std::to_string(seq) + ", counter " + std::to_string(counter)
           + ", " + in_words(d) + ": " + std::string{what};
  });
}

} // namespace parley::checker
