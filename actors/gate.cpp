#include "actors/gate.hpp"

#include "schema/limits.hpp"

namespace parley {

void gate_state::hand_over(parcels& x) {
  for (auto& parcel : x.items)
    if (auto at = sessions_.find(parcel.to); at != sessions_.end())
      self->send(at->second, std::move(parcel));
}

void gate_state::open(session_id id, const session_actor& who) {
  sessions_.emplace(id, who);
  if (draining_)
    self->send(who, drain{}); // Accepted just before.
}

void gate_state::close(session_id id) {
  sessions_.erase(id);
}

void gate_state::tick_next_share() {
  self->delayed_send(self, limits::session_tick, tick{});
  if (round_.empty()) {
    for (auto& [id, who] : sessions_)
      round_.push_back(id);
    share_ = round_.size() / limits::session_tick_shares + 1;
  }
  for (size_t i = 0; i < share_ && !round_.empty(); ++i) {
    if (auto at = sessions_.find(round_.back()); at != sessions_.end())
      self->send(at->second, tick{});
    round_.pop_back();
  }
}

void gate_state::tell_all(const unsure& x) {
  for (auto& [id, who] : sessions_)
    self->send(who, x);
}

void gate_state::drain_all() {
  draining_ = true;
  for (auto& [id, who] : sessions_)
    self->send(who, drain{});
}

gate_actor::behavior_type gate(gate_actor::stateful_broker_pointer<gate_state> self) {
  self->delayed_send(self, limits::session_tick, tick{});
  return {
    [self](parcels& x) { self->state.hand_over(x); },
    [self](session_id id, const session_actor& who) { self->state.open(id, who); },
    [self](const session_gone& x) { self->state.close(x.id); },
    [self](tick) { self->state.tick_next_share(); },
    [self](const unsure& x) { self->state.tell_all(x); },
    [self](drain) { self->state.drain_all(); },
  };
}

} // namespace parley
