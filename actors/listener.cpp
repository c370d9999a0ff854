#include "actors/listener.hpp"

#include "actors/spawn.hpp"
#include "schema/limits.hpp"

#include <spdlog/spdlog.h>

namespace parley {

void listener_state::accept(const caf::io::new_connection_msg& x) {
  if (!accepting_ || dir->connections.load() >= dir->connections_max) {
    spdlog::warn("event=connection-refused peer={} reason={}", self->remote_addr(x.handle),
                 accepting_ ? "too-many-connections" : "stopping");
    self->close(x.handle);
    return;
  }
  fork_session(self, x.handle, dir, thread);
}

void listener_state::stop() {
  accepting_ = false;
  self->close_all();
}

listener_actor::behavior_type listener(listener_actor::stateful_broker_pointer<listener_state> self,
                                       directory_ptr dir, size_t thread,
                                       caf::io::network::native_socket socket) {
  self->state.dir = std::move(dir);
  self->state.thread = thread;
  // typed_broker::add_tcp_doorman takes a socket for a port in CAF 0.17.6.
  self->add_doorman(socket);
  return {
    [self](const caf::io::new_connection_msg& x) { self->state.accept(x); },
    [](const caf::io::acceptor_closed_msg&) { spdlog::info("event=listener-closed"); },
    [self](drain) { self->state.stop(); },
  };
}

} // namespace parley
