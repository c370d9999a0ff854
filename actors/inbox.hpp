#pragma once

#include "actors/core/inbox.hpp"
#include "actors/resident.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace parley {

/// One user with activity. core::inbox decides, this carries.
///
/// Lifecycle: spawned by its shard on first use and reads what is durable.
/// Without a device for a while it is let go like a room. After a failure its
/// devices are disconnected and come back to another. Loses at most cursors,
/// so that something is delivered twice to a device that can tell.
struct inbox_traits {
  static constexpr const char* name = "inbox";
  using actor = inbox_actor;
  using core = parley::core::inbox;
  using id = user_id;
  using event = inbox_event;
  using wake = wake_inbox;
  using done = inbox_done;
};

using inbox_state = resident_state<inbox_traits>;

/// Spawned by the shard that owns `id`.
inbox_actor::behavior_type inbox(inbox_actor::stateful_pointer<inbox_state> self, user_id id,
                                 life as, directory_ptr dir);

} // namespace parley
