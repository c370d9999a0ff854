#pragma once

#include "schema/client.capnp.h"
#include "schema/wire.hpp"

// Logins and devices between client.capnp and plain values: a part of codec.cpp that
// has a file of its own. Nobody else includes this.

namespace parley::wire {

/// All but where to resume.
login read_login(schema::ClientFrame::Login::Reader x);
void write_login(schema::ClientFrame::Login::Builder out, const login& x);

devices read_devices(schema::ServerFrame::Devices::Reader x);
void write_devices(schema::ServerFrame::Devices::Builder out, const devices& x);

} // namespace parley::wire
