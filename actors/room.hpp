#pragma once

#include "actors/core/room.hpp"
#include "actors/resident.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace parley {

/// One conversation with activity. core::room decides, this carries.
///
/// Lifecycle: spawned by its shard on first use and reads what is durable.
/// Idle, it tells the shard how much it handled and is let go only if that is
/// all (`room_done`, `retire`). After a failure it answers everything with an
/// error until it is let go; the next use spawns another. Loses nothing on
/// death: what was answered is on disk.
struct room_traits {
  static constexpr const char* name = "room";
  using actor = room_actor;
  using core = parley::core::room;
  using id = conversation_id;
  using event = room_event;
  using wake = wake_room;
  using done = room_done;
};

using room_state = resident_state<room_traits>;

/// Spawned by the shard that owns `id`.
room_actor::behavior_type room(room_actor::stateful_pointer<room_state> self, conversation_id id,
                               life as, directory_ptr dir);

} // namespace parley
