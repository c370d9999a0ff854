#include "actors/admin_listener.hpp"

#include "actors/spawn.hpp"
#include "schema/limits.hpp"

#include <spdlog/spdlog.h>

namespace parley {

void admin_listener_state::accept(const caf::io::new_connection_msg& x) {
  if (door->connections.load() >= limits::admin_connections) {
    spdlog::warn("event=admin-connection-refused peer={} reason=too-many-connections",
                 self->remote_addr(x.handle));
    self->close(x.handle);
    return;
  }
  fork_admin_session(self, x.handle, door);
}

admin_listener_actor::behavior_type
admin_listener(admin_listener_actor::stateful_broker_pointer<admin_listener_state> self,
               admin_door_ptr door, caf::io::network::native_socket socket) {
  self->state.door = std::move(door);
  // typed_broker::add_tcp_doorman takes a socket for a port in CAF 0.17.6.
  self->add_doorman(socket);
  return {
    [self](const caf::io::new_connection_msg& x) { self->state.accept(x); },
    [](const caf::io::acceptor_closed_msg&) { spdlog::info("event=admin-listener-closed"); },
  };
}

} // namespace parley
