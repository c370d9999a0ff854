#pragma once

#include "schema/ids.hpp"
#include "schema/wire.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace parley::core {

/// Somebody whom a user watches, or who wants to be told how the user is.
struct acquaintance {
  user_id user;
  std::string name{};    ///< As they said.
  uint64_t epoch = 0;    ///< Of their newest note; 0: there was none.
  time_us last_seen = 0; ///< While they are offline, if they said so.
  wire::presence_state state = wire::presence_state::offline;
  uint16_t watchers = 0; ///< Devices of the user that asked to be told of them.
  uint8_t doubts = 0;    ///< How often they were asked whether it is still so.
  bool contact = false;  ///< And not blocked.
  bool blocked = false;  ///< By the user.
  bool told = false;     ///< Wants to be told of the user.

  /// Whether the user wants to be told of them.
  bool watched() const noexcept {
    return !blocked && (contact || watchers != 0);
  }

  /// Whether the user lets them see how the user is.
  bool may_see(wire::visibility x) const noexcept {
    auto shown = x == wire::visibility::everyone || (x == wire::visibility::contacts && contact);
    return shown && !blocked;
  }
};

/// Those whom one user watches, or who watch the user. Holds nothing that cannot be
/// asked for again.
class presence_book {
public:
  acquaintance* find(user_id x);
  acquaintance& meet(user_id x);

  /// Forgets them if nothing is between the two any more.
  void part(user_id x);

  /// Whether one more who is no contact may be told.
  bool has_room_for_stranger() const;

  auto begin() {
    return people_.begin();
  }

  auto end() {
    return people_.end();
  }

private:
  std::vector<acquaintance> people_; ///< By id.
};

} // namespace parley::core
