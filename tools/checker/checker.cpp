#include "tools/checker/checker.hpp"

#include <algorithm>

namespace parley::checker {

timeline& checker::of(conversation_id c) {
  auto& found = conversations_[c];
  if (!found)
    found = std::make_unique<timeline>(c, verdict_);
  return *found;
}

void checker::invoked(device_id d, conversation_id c, uint64_t counter, uint64_t digest) {
  of(c).invoked(d, counter, digest);
}

void checker::acknowledged(device_id d, conversation_id c, uint64_t counter, seq_t seq) {
  of(c).acknowledged(d, counter, seq);
}

void checker::refused(device_id d, conversation_id c, uint64_t counter) {
  of(c).refused(d, counter);
}

void checker::delivered(device_id d, conversation_id c, seq_t seq, device_id sender,
                        uint64_t counter, uint64_t digest) {
  of(c).delivered(d, seq, sender, counter, digest);
}

void checker::joined(device_id d, conversation_id c, seq_t first) {
  of(c).joined(d, first);
}

void checker::left(device_id d, conversation_id c, seq_t last) {
  of(c).left(d, last);
}

void checker::head(conversation_id c, seq_t head) {
  of(c).head(head);
}

void checker::excuse(device_id d) {
  for (auto& [id, c] : conversations_)
    c->excuse(d);
}

bool checker::drained() const {
  return std::all_of(conversations_.begin(), conversations_.end(),
                     [](const auto& x) { return x.second->drained(); });
}

verdict checker::finish() {
  for (auto& [id, c] : conversations_)
    c->finish();
  return verdict_;
}

} // namespace parley::checker
