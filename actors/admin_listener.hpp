#pragma once

#include "actors/admin_door.hpp"

#include <caf/io/typed_broker.hpp>
#include <caf/stateful_actor.hpp>

namespace parley {

/// The socket of the admin door: accepts connections and forks an admin
/// session for each.
///
/// Lifecycle: spawned by the composition root after the listener of clients,
/// lives as long as the node. At limits::admin_connections it closes what comes
/// beyond.
struct admin_listener_state {
  static constexpr const char* name = "admin_listener";

  explicit admin_listener_state(admin_listener_actor::broker_pointer self) : self(self) {
    // nop
  }

  void accept(const caf::io::new_connection_msg& x);

  admin_listener_actor::broker_pointer self;
  admin_door_ptr door;
};

/// Spawned by the composition root with the socket that it bound.
admin_listener_actor::behavior_type
admin_listener(admin_listener_actor::stateful_broker_pointer<admin_listener_state> self,
               admin_door_ptr door, caf::io::network::native_socket socket);

} // namespace parley
