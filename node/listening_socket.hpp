#pragma once

#include "schema/address.hpp"
#include "schema/error.hpp"

#include <cstddef>
#include <vector>

namespace parley {

/// Binds `count` sockets to one address (SO_REUSEPORT of socket(7): the kernel deals
/// connections out to them) and listens on all. Port 0 takes a free one. Whoever
/// is there already is not joined: that is an error, in one line for the operator.
///
/// What they accept is cut off by the kernel after limits::dead_after in which its
/// other side took nothing, also when a session closed with something left to write.
status listen_on(const address& at, size_t count, std::vector<int>& out);

} // namespace parley
