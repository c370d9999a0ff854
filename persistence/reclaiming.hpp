#pragma once

#include "schema/ids.hpp"

#include <string_view>

namespace parley {

/// Whether a row is of a message before `reclaimed`, or says something about one, and may
/// be dropped. Rows of several messages go as a whole; the one that ends at `reclaimed` or
/// behind it stays, and with it whatever is the last of its conversation, for a room
/// learns from that how far it goes.
bool is_reclaimable(std::string_view key, std::string_view value, seq_t reclaimed);

} // namespace parley
