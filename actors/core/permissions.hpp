#pragma once

#include "schema/wire.hpp"

#include <array>
#include <string_view>

namespace parley::core {

/// What somebody may want to do in a room.
enum class deed : uint8_t {
  write, ///< Messages, edits, reactions.
  invite,
  see_asking, ///< Who would like to be let in, and who is banned.
  approve,    ///< Or refuse.
  kick,
  ban,            ///< And unban.
  mute,           ///< Somebody of a lower role.
  write_in_quiet, ///< While others may not.
  quiet,
  recall_others, ///< Messages of somebody of a lower role.
  rename,
  announce,
  access,
  keep,    ///< How long messages are.
  appoint, ///< Admins.
  transfer,
  dissolve,
  deeds ///< No deed; their number.
};

struct permission {
  core::deed deed;
  std::string_view name;
  wire::room_role lowest; ///< Who may, and everybody above.
};

/// THE table: docs/wire.md shows it, and a test walks it.
inline constexpr std::array<permission, static_cast<size_t>(deed::deeds)> permissions{{
  {deed::write, "write, edit, react", wire::room_role::member},
  {deed::invite, "invite", wire::room_role::member},
  {deed::see_asking, "see who asks to be let in and who is banned", wire::room_role::admin},
  {deed::approve, "approve and refuse who asks", wire::room_role::admin},
  {deed::kick, "kick", wire::room_role::admin},
  {deed::ban, "ban and unban", wire::room_role::admin},
  {deed::mute, "mute one member", wire::room_role::admin},
  {deed::write_in_quiet, "write while the room is quiet", wire::room_role::admin},
  {deed::quiet, "make the room quiet", wire::room_role::admin},
  {deed::recall_others, "recall what others wrote", wire::room_role::admin},
  {deed::rename, "rename", wire::room_role::admin},
  {deed::announce, "announce", wire::room_role::admin},
  {deed::access, "say how one enters", wire::room_role::owner},
  {deed::keep, "say how long messages are kept", wire::room_role::owner},
  {deed::appoint, "appoint and dismiss admins", wire::room_role::owner},
  {deed::transfer, "transfer the room", wire::room_role::owner},
  {deed::dissolve, "dissolve the room", wire::room_role::owner},
}};

constexpr bool in_order(const decltype(permissions)& table) {
  for (size_t i = 0; i < table.size(); ++i)
    if (static_cast<size_t>(table[i].deed) != i)
      return false;
  return true;
}

static_assert(in_order(permissions), "every deed has its row, in the order of deeds");

constexpr bool may(wire::room_role who, deed what) {
  return who >= permissions[static_cast<size_t>(what)].lowest;
}

} // namespace parley::core
