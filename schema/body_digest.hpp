#pragma once

#include "schema/wire.hpp"

#include <cstdint>

// What tells the body of a send from another one under the same client message
// id. DO NOT CHANGE: rooms keep these numbers on disk.

namespace parley {

/// A content without an extra has the digest of its kind and body.
uint64_t digest_of(const wire::content& x);

uint64_t digest_of(const wire::revision& x);

} // namespace parley
