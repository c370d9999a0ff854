#pragma once

#include "schema/wire.hpp"

#include <array>
#include <chrono>
#include <cstddef>

namespace parley {

/// What becomes of a login while another device of its kind is online.
enum class second_login : uint8_t {
  coexist,        ///< Both stay.
  replace_oldest, ///< Whoever was there is disconnected (ec::displaced).
  reject,         ///< Who comes is refused (ec::kind_online).
};

/// How many devices of a kind may be online in this deployment, and how long they are
/// remembered.
struct login_rules {
  /// Of a wire::device_kind. Of `other` there may be any number.
  std::array<second_login, 5> second{};

  /// A token that was not used for so long is worth nothing; 0: it is for ever.
  std::chrono::microseconds token_life{0};

  second_login second_of(wire::device_kind x) const noexcept {
    auto at = static_cast<size_t>(x);
    return x == wire::device_kind::other || at >= second.size() ? second_login::coexist
                                                                : second[at];
  }
};

} // namespace parley
