#pragma once

#include "schema/frame.hpp"

#include <span>
#include <string_view>

namespace parley {

// A row of messages is one ServerFrame or several, one behind the other: messages of one
// conversation whose numbers follow each other. The key has the number of the first.

/// The row of these messages; shares the bytes of one alone.
frame join_messages(std::span<const frame> messages);

/// The bytes of the first message of a row; empty if the row is damaged there.
std::string_view first_message(std::string_view row) noexcept;

} // namespace parley
