#pragma once

#include "actors/directory.hpp"
#include "schema/cluster_map.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace parley {

/// Finds the exchange of another node, over TLS or in plain text.
///
/// Lifecycle: one per other node, detached, for CAF's way to connect blocks. Has
/// no state; tries again every limits::peer_retry until it succeeds.
struct connector_state {
  static constexpr const char* name = "connector";

  explicit connector_state(connector_actor::pointer self) : self(self) {
    // nop
  }

  void connect(peer_actor asker);

  connector_actor::pointer self;
  address to;
  bool encrypted = false;
};

/// Spawned detached by the composition root.
connector_actor::behavior_type connector(connector_actor::stateful_pointer<connector_state> self,
                                         address to, bool encrypted);

} // namespace parley
