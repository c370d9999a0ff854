#pragma once

#include "schema/wire.hpp"

#include <vector>

namespace parley::testing {

/// One frame of every kind that a client or a server sends, no field at its
/// default. The texts live forever.
std::vector<wire::client_frame> client_samples();
std::vector<wire::server_frame> server_samples();

/// A text message as a room stores it.
wire::message sample_message();

} // namespace parley::testing
