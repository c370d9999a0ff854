#pragma once

#include "actors/contracts.hpp"
#include "actors/mailbag.hpp"
#include "actors/session_book.hpp"

namespace parley {

/// One of the threads that serve clients: who is in it, and the way there. A
/// session lives and dies in one thread, which its id tells
/// (directory::thread_of).
struct io_thread {
  gate_actor gate;
  mailbag outgoing; ///< For the gate: hand_to_gates.

  /// Where the gate finds the sessions. Only for the thread itself.
  session_book sessions;
};

} // namespace parley
