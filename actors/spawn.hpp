#pragma once

#include "actors/admin_door.hpp"
#include "actors/core/link.hpp"
#include "actors/directory.hpp"

#include <caf/local_actor.hpp>

// Who makes whom, for actors that must not know each other's headers. Each
// function is defined beside the actor that it makes.

namespace parley {

/// A shard makes its rooms, inboxes and courier.
room_actor spawn_room(caf::local_actor* parent, conversation_id id, life as, directory_ptr dir);
inbox_actor spawn_inbox(caf::local_actor* parent, user_id id, life as, directory_ptr dir);
courier_actor spawn_courier(caf::local_actor* parent, shard_id shard, life as, directory_ptr dir);

/// The controller makes a connector and a peer for every other node.
connector_actor spawn_connector(caf::local_actor* parent, address to, bool encrypted);
peer_actor spawn_peer(caf::local_actor* parent, node_id other, const core::node_self& as,
                      connector_actor connector, directory_ptr dir);

/// The listener makes a session for a connection that it accepted, in its own
/// I/O thread.
void fork_session(listener_actor::broker_pointer parent, caf::io::connection_handle connection,
                  directory_ptr dir, size_t thread);

/// The admin listener makes an admin session likewise.
void fork_admin_session(admin_listener_actor::broker_pointer parent,
                        caf::io::connection_handle connection, admin_door_ptr door);

} // namespace parley
