#pragma once

#include "schema/admin.hpp"
#include "schema/wire.hpp"

#include <vector>

namespace parley::testing {

/// One frame of every kind that a client or a server sends, no field at its
/// default. The texts live forever.
std::vector<wire::client_frame> client_samples();
std::vector<wire::server_frame> server_samples();

/// Likewise for the admin door.
std::vector<admin::request> admin_requests();
std::vector<admin::reply> admin_replies();

/// A text message as a room stores it.
wire::message sample_message();

} // namespace parley::testing
