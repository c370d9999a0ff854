#include "actors/inbox.hpp"

#include "actors/spawn.hpp"

namespace parley {

inbox_actor::behavior_type inbox(inbox_actor::stateful_pointer<inbox_state> self, user_id id,
                                 life as, directory_ptr dir) {
  self->state.start(id, as, std::move(dir));
  return resident_behavior<inbox_traits>(self);
}

inbox_actor spawn_inbox(caf::local_actor* parent, user_id id, life as, directory_ptr dir) {
  return parent->spawn(inbox, id, as, std::move(dir));
}

} // namespace parley
