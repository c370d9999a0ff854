#pragma once

#include "schema/client.capnp.h"
#include "schema/wire.hpp"

// Presence between client.capnp and plain values: a part of codec.cpp that has a
// file of its own. Nobody else includes this.

namespace parley::wire {

client_body read_presence_change(schema::ClientFrame::SetPresence::Reader x);
void write_presence_change(schema::ClientFrame::SetPresence::Builder out, const set_presence& x);

ask_presence read_presence_request(schema::ClientFrame::PresenceRequest::Reader x);
void write_presence_request(schema::ClientFrame::PresenceRequest::Builder out,
                            const ask_presence& x);

presence read_presence(schema::ServerFrame::Presence::Reader x);
void write_presence(schema::ServerFrame::Presence::Builder out, const presence& x);

presences read_presences(schema::ServerFrame::Presences::Reader x);
void write_presences(schema::ServerFrame::Presences::Builder out, const presences& x);

} // namespace parley::wire
