#include "actors/room.hpp"

#include "actors/spawn.hpp"

namespace parley {

room_actor::behavior_type room(room_actor::stateful_pointer<room_state> self, conversation_id id,
                               life as, directory_ptr dir) {
  self->state.start(id, as, std::move(dir));
  return resident_behavior<room_traits>(self);
}

room_actor spawn_room(caf::local_actor* parent, conversation_id id, life as, directory_ptr dir) {
  return parent->spawn(room, id, as, std::move(dir));
}

} // namespace parley
