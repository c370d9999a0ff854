#pragma once

#include "actors/core/mail.hpp"

#include <optional>
#include <variant>
#include <vector>

namespace parley {

/// Mail that may leave its node.
using node_mail = std::variant<room_mail, inbox_mail, courier_mail, tell, parcel>;

/// One burst for another node, in its order (schema/mail.capnp). Ticks, hashes
/// and new outbox rows never leave a node and must not be among it.
frame encode_mails(const std::vector<node_mail>& items);

/// Nothing if the bytes are malformed. Frames are copied out of `bytes`.
std::optional<std::vector<node_mail>> decode_mails(std::string_view bytes);

} // namespace parley
