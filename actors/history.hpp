#pragma once

#include "actors/contracts.hpp"
#include "persistence/store.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>

namespace parley {

/// Reads the store for rooms, inboxes, couriers and shards, so that no read
/// waits behind a sync and none blocks a scheduler worker.
///
/// Lifecycle: detached, a small pool per node; holds nothing.
struct history_state {
  static constexpr const char* name = "history";

  explicit history_state(history_actor::pointer self) : self(self) {
    // nop
  }

  rows read(const load& x) const;
  store_report weigh(const ask_report& x) const;

  history_actor::pointer self;
  std::shared_ptr<const store> disk;
};

/// Spawned detached by the composition root.
history_actor::behavior_type history(history_actor::stateful_pointer<history_state> self,
                                     std::shared_ptr<const store> disk);

} // namespace parley
