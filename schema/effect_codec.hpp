#pragma once

#include "schema/effect.hpp"

#include <optional>
#include <span>

namespace parley {

/// The bytes of one log entry that does what `effects` do, in their order.
frame encode_effects(std::span<const effect> effects);

/// What an entry does; nothing if it is damaged. The values are views into
/// `entry`, which lives as long as any of them.
std::optional<effect> decode_effects(const frame& entry);

} // namespace parley
