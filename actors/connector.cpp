#include "actors/connector.hpp"

#include "actors/spawn.hpp"
#include "schema/limits.hpp"

#include <caf/actor_cast.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/remote_actor.hpp>
#include <caf/send.hpp>

namespace parley {

void connector_state::connect(peer_actor asker) {
  auto& system = self->system();
  auto found = encrypted ? caf::openssl::remote_actor<exchange_actor>(system, to.host, to.port)
                         : system.middleman().remote_actor<exchange_actor>(to.host, to.port);
  if (found)
    self->send(asker, *found);
  else
    self->delayed_send(self, limits::peer_retry, std::move(asker));
}

connector_actor::behavior_type connector(connector_actor::stateful_pointer<connector_state> self,
                                         address to, bool encrypted) {
  self->state.to = std::move(to);
  self->state.encrypted = encrypted;
  return {
    [self](peer_actor& asker) { self->state.connect(std::move(asker)); },
  };
}

connector_actor spawn_connector(caf::local_actor* parent, address to, bool encrypted) {
  return parent->spawn<caf::detached>(connector, std::move(to), encrypted);
}

} // namespace parley
