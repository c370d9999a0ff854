#include "actors/gate.hpp"

#include "schema/limits.hpp"

#include <utility>

namespace parley {

void gate_state::start(directory_ptr dir, size_t thread) {
  dir_ = std::move(dir);
  thread_ = &dir_->io_threads[thread];
  self->delayed_send(self, limits::session_tick, tick{});
}

void gate_state::empty_mailbag() {
  thread_->outgoing.take(taken_);
  for (auto& x : taken_)
    hand_over(x);
  taken_.clear();
  if (taken_.capacity() > limits::mailbag_kept)
    taken_.shrink_to_fit();
}

void gate_state::hand_over(parcel& x) {
  if (auto session = thread_->sessions.find(x.to))
    if (!session->sink->take(x))
      self->send(session->who, std::move(x));
}

template <class Message>
void gate_state::tell(session_id id, const Message& x) {
  if (auto session = thread_->sessions.find(id))
    self->send(session->who, x);
}

template <class Message>
void gate_state::tell_everybody(const Message& x) {
  for (auto id : thread_->sessions.all())
    tell(id, x);
}

void gate_state::tick_next_share() {
  self->delayed_send(self, limits::session_tick, tick{});
  if (round_.empty()) {
    round_ = thread_->sessions.all();
    share_ = round_.size() / limits::session_tick_shares + 1;
  }
  for (size_t i = 0; i < share_ && !round_.empty(); ++i) {
    tell(round_.back(), tick{});
    round_.pop_back();
  }
}

void gate_state::tell_all(const unsure& x) {
  tell_everybody(x);
}

void gate_state::drain_all() {
  thread_->sessions.begin_draining();
  tell_everybody(drain{});
}

gate_actor::behavior_type gate(gate_actor::stateful_broker_pointer<gate_state> self,
                               directory_ptr dir, size_t thread) {
  self->state.start(std::move(dir), thread);
  return {
    [self](caf::unit_t) { self->state.empty_mailbag(); },
    [self](tick) { self->state.tick_next_share(); },
    [self](const unsure& x) { self->state.tell_all(x); },
    [self](drain) { self->state.drain_all(); },
  };
}

} // namespace parley
