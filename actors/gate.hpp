#pragma once

#include "actors/directory.hpp"

#include <caf/io/typed_broker.hpp>
#include <caf/stateful_actor.hpp>

#include <vector>

namespace parley {

/// The way from the scheduler's workers into an I/O thread. A worker that
/// sends to an idle broker writes to a pipe; so workers send one message for
/// many sessions here, and the gate hands them on inside the thread: straight to
/// the connection where a session has only to write.
///
/// Lifecycle: spawned by the composition root as a broker without connections,
/// before the listener; lives as long as the node.
struct gate_state {
  static constexpr const char* name = "gate";

  explicit gate_state(gate_actor::broker_pointer self) : self(self) {
    // nop
  }

  void start(directory_ptr dir, size_t thread);
  void empty_mailbag();
  void tick_next_share();
  void tell_all(const unsure& x);
  void drain_all();

  gate_actor::broker_pointer self;

private:
  void hand_over(parcel& x);
  template <class Message>
  void tell(session_id id, const Message& x);
  template <class Message>
  void tell_everybody(const Message& x);

  directory_ptr dir_;
  io_thread* thread_ = nullptr;   ///< In the directory.
  std::vector<parcel> taken_;     ///< From the mailbag; empty between messages.
  std::vector<session_id> round_; ///< Sessions that this round still ticks.
  size_t share_ = 0;
};

/// Spawned by the composition root in the I/O thread of that index.
gate_actor::behavior_type gate(gate_actor::stateful_broker_pointer<gate_state> self,
                               directory_ptr dir, size_t thread);

} // namespace parley
