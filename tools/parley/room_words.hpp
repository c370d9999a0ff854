#pragma once

#include "schema/wire.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::chat {

inline constexpr uint64_t day_seconds = 24 * 3600;

/// What stands behind the word that says what to do to a room.
struct room_words {
  std::vector<std::string> words{};
  uint64_t minutes = 0; ///< Of mute.
  wire::retention keep{};
  bool live = false; ///< Of create.
};

/// Every word, and what has to stand behind it, for `--help`.
inline constexpr std::string_view room_changes =
  "create TITLE NAMES..., join, leave, invite NAMES..., kick NAMES..., ban NAMES..., "
  "unban NAMES..., approve NAMES..., refuse NAMES..., promote NAMES..., demote NAMES..., "
  "mute NAMES... --minutes N, unmute NAMES..., rename TITLE, announce TEXT, "
  "entrance open|request|closed, quiet on|off, keep --days N --messages N, transfer NAME, "
  "dissolve";

/// The request for a word; nothing if it is none, or something is missing behind it. Views
/// point into `with`. `room` counts for all but create, which draws a number for the room.
std::optional<wire::client_body> room_request(std::string_view word, const room_words& with,
                                              conversation_id room, time_us now);

} // namespace parley::chat
