#include "tools/client/send_queue.hpp"

#include "schema/limits.hpp"

#include <algorithm>

namespace parley::client {

uint64_t send_queue::push(std::string kind, std::string body, time_us now) {
  return push({0, std::move(kind), std::move(body), false}, now);
}

uint64_t send_queue::push(frame special, time_us now) {
  return push({0, {}, {}, false, std::move(special)}, now);
}

uint64_t send_queue::push(message what, time_us now) {
  what.counter = last_ = std::max(last_ + 1, static_cast<uint64_t>(now));
  messages_.push_back(std::move(what));
  return last_;
}

const send_queue::message* send_queue::peek(steady_time now) const {
  if (in_flight_ >= limits::credit_sends || in_flight_ == messages_.size() || now < not_before_)
    return nullptr;
  return &*std::find_if(messages_.begin(), messages_.end(),
                        [](const message& x) { return !x.in_flight; });
}

std::optional<send_queue::outgoing> send_queue::take(steady_time now) {
  auto waiting = peek(now);
  if (waiting == nullptr)
    return std::nullopt;
  auto index = find(waiting->counter);
  auto& next = messages_[index];
  next.in_flight = true;
  ++in_flight_;
  return outgoing{next.counter, index == 0 ? 0 : messages_[index - 1].counter, &next};
}

std::optional<send_queue::message> send_queue::acknowledged(uint64_t counter) {
  return remove(counter);
}

std::optional<send_queue::message> send_queue::refused(uint64_t counter) {
  return remove(counter);
}

void send_queue::postponed(uint64_t counter, steady_time at) {
  auto index = find(counter);
  if (index == messages_.size() || !messages_[index].in_flight)
    return;
  messages_[index].in_flight = false;
  --in_flight_;
  not_before_ = std::max(not_before_, at);
}

void send_queue::disconnected() {
  for (auto& x : messages_)
    x.in_flight = false;
  in_flight_ = 0;
  not_before_ = {};
}

std::optional<steady_time> send_queue::wakes_at() const {
  if (in_flight_ == messages_.size() || not_before_ == steady_time{})
    return std::nullopt;
  return not_before_;
}

std::optional<send_queue::message> send_queue::remove(uint64_t counter) {
  auto index = find(counter);
  if (index == messages_.size())
    return std::nullopt;
  auto result = std::move(messages_[index]);
  if (result.in_flight)
    --in_flight_;
  messages_.erase(messages_.begin() + static_cast<ptrdiff_t>(index));
  return result;
}

size_t send_queue::find(uint64_t counter) const {
  auto at = std::lower_bound(messages_.begin(), messages_.end(), counter,
                             [](const message& x, uint64_t y) { return x.counter < y; });
  if (at == messages_.end() || at->counter != counter)
    return messages_.size();
  return static_cast<size_t>(at - messages_.begin());
}

} // namespace parley::client
