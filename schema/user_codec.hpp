#pragma once

#include "schema/client.capnp.h"
#include "schema/wire.hpp"

// What users say of themselves, and when they were online, between client.capnp and
// plain values: a part of codec.cpp that has a file of its own. Nobody else includes
// this.

namespace parley::wire {

profile read_profile(schema::Profile::Reader x);
void write_profile(schema::Profile::Builder out, const profile& x);

user_profile read_user_profile(schema::ServerFrame::UserProfile::Reader x);
void write_user_profile(schema::ServerFrame::UserProfile::Builder out, const user_profile& x);

online_times read_online_times_found(schema::ServerFrame::OnlineTimes::Reader x);
void write_online_times(schema::ServerFrame::OnlineTimes::Builder out, const online_times& x);

} // namespace parley::wire
