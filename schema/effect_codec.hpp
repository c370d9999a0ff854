#pragma once

#include "schema/effect.hpp"

#include <optional>
#include <span>

namespace parley {

/// The bytes of one log entry that does what `effects` do, in their order.
frame encode_effects(std::span<const effect> effects);

/// The same entry in fewer bytes (LZ4), if that helps. Only for nodes that say
/// that they know it: see Door in peer.capnp.
frame pack(const frame& entry);

/// What an entry, packed or not, does; nothing if it is damaged. The values are
/// views into it, which lives as long as any of them.
std::optional<effect> decode_effects(const frame& bytes);

} // namespace parley
