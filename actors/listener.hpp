#pragma once

#include "actors/directory.hpp"

#include <caf/io/typed_broker.hpp>
#include <caf/stateful_actor.hpp>

#include <memory>
#include <string>

namespace parley {

/// One listening socket: accepts connections and forks a session for each, in its
/// own I/O thread. Every such thread has one; they share the port.
///
/// Lifecycle: spawned by the composition root when everything behind it is
/// there. On `drain` it stops accepting. At directory::connections_max it closes what
/// comes beyond.
struct listener_state {
  static constexpr const char* name = "listener";

  explicit listener_state(listener_actor::broker_pointer self) : self(self) {
    // nop
  }

  void accept(const caf::io::new_connection_msg& x);
  void stop();

  listener_actor::broker_pointer self;
  directory_ptr dir;
  size_t thread = 0; ///< Index of its own.

private:
  bool accepting_ = true;
};

/// Spawned by the composition root in the I/O thread of that index, with the socket
/// that it bound.
listener_actor::behavior_type listener(listener_actor::stateful_broker_pointer<listener_state> self,
                                       directory_ptr dir, size_t thread,
                                       caf::io::network::native_socket socket);

} // namespace parley
