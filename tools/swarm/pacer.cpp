#include "tools/swarm/pacer.hpp"

#include <algorithm>

namespace parley::swarm {

namespace {

/// Unused allowance is kept this long, in seconds, so a stall of the swarm
/// does not end in a burst.
constexpr double longest_credit = 0.1;

} // namespace

bot::flow& pacer::add(bot& from, conversation_id to, std::string peer) {
  auto& f = flows_.emplace_back(bot::flow{&from, to, std::move(peer), {}});
  from.flows.push_back(&f);
  return f;
}

void pacer::start(time_point now) {
  running_ = true;
  last_tick_ = now;
  if (rate_ == 0)
    for (auto& f : flows_)
      fill(f);
}

void pacer::settled(bot::flow& f) {
  if (running_ && rate_ == 0)
    fill(f);
}

void pacer::tick(time_point now) {
  if (!running_)
    return;
  if (rate_ == 0) {
    // Flows that were full, or whose client was, try again.
    for (auto& f : flows_)
      if (f.sent.size() == 0)
        fill(f);
    return;
  }
  allowance_ += rate_ * std::chrono::duration<double>(now - last_tick_).count();
  allowance_ = std::min(allowance_, std::max(rate_ * longest_credit, 1.0));
  last_tick_ = now;
  for (size_t idle = 0; allowance_ >= 1 && idle < flows_.size(); ++turn_) {
    auto& f = flows_[turn_ % flows_.size()];
    if (f.sent.size() < window_ && f.from->send(f)) {
      allowance_ -= 1;
      idle = 0;
    } else {
      ++idle;
    }
  }
}

void pacer::fill(bot::flow& f) {
  while (f.sent.size() < window_ && f.from->send(f)) {
    // One after the other.
  }
}

} // namespace parley::swarm
