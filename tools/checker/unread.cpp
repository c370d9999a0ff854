#include "tools/checker/unread.hpp"

#include "tools/checker/words.hpp"

#include <algorithm>

namespace parley::checker {

void unread::stands(seq_t seq, bool counts) {
  if (seq < base_)
    return;
  if (seq - base_ >= places_.size())
    places_.resize(seq - base_ + 1);
  auto& at = places_[seq - base_];
  if (at != place::unknown)
    return;
  at = counts ? place::counts : place::passes;
  std::erase_if(waiting_, [&](const claim& x) {
    if (count(x.read, x.head).unknown != 0)
      return false;
    judge(x);
    return true;
  });
}

void unread::told(device_id to, seq_t head, seq_t read, uint64_t count_told) {
  claim now{to, head, read, count_told};
  if (count(read, head).unknown != 0)
    waiting_.push_back(now);
  else
    judge(now);
}

void unread::forget(seq_t read) {
  for (auto& x : waiting_)
    read = std::min(read, x.read);
  for (; base_ <= read && !places_.empty(); ++base_)
    places_.pop_front();
}

unread::sum unread::count(seq_t read, seq_t head) const {
  sum all;
  auto end = base_ + places_.size();
  for (auto seq = std::max(read + 1, base_); seq <= head && seq < end; ++seq) {
    all.counting += places_[seq - base_] == place::counts;
    all.unknown += places_[seq - base_] == place::unknown;
  }
  if (head >= end)
    all.unknown += head - std::max(read + 1, end) + 1;
  return all;
}

void unread::judge(const claim& x) {
  auto [counting, unknown] = count(x.read, x.head);
  if (x.read + 1 < base_ && x.read < x.head)
    return; // An answer of long ago.
  if (counting <= x.count && x.count <= counting + unknown)
    return;
  faults_.add(faults_.unread, [&] {
    return in_words(id_) + ": from " + std::to_string(x.read) + " to " + std::to_string(x.head)
           + ", " + in_words(x.to) + ": is told of " + std::to_string(x.count)
           + " unread where there are " + std::to_string(counting);
  });
}

void unread::finish() {
  for (auto& x : waiting_)
    judge(x);
}

} // namespace parley::checker
