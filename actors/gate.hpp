#pragma once

#include "actors/directory.hpp"

#include <caf/io/typed_broker.hpp>
#include <caf/stateful_actor.hpp>

#include <unordered_map>
#include <vector>

namespace parley {

/// The way from the scheduler's workers into the I/O thread. A worker that
/// sends to an idle broker writes to a pipe; so workers send one message for
/// many sessions here, and the gate hands them on inside the thread.
///
/// Lifecycle: spawned by the composition root as a broker without connections,
/// before the listener; lives as long as the node.
struct gate_state {
  static constexpr const char* name = "gate";

  explicit gate_state(gate_actor::broker_pointer self) : self(self) {
    // nop
  }

  void hand_over(parcels& x);
  void open(session_id id, const session_actor& who);
  void close(session_id id);
  void tick_next_share();
  void tell_all(const unsure& x);
  void drain_all();

  gate_actor::broker_pointer self;

private:
  std::unordered_map<session_id, session_actor> sessions_;
  std::vector<session_id> round_; ///< Sessions that this round still ticks.
  size_t share_ = 0;
  bool draining_ = false;
};

/// Spawned by the composition root.
gate_actor::behavior_type gate(gate_actor::stateful_broker_pointer<gate_state> self);

} // namespace parley
