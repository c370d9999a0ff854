#pragma once

#include "persistence/store.hpp"

namespace parley {

// Messages, whatever rows they share (schema/message_row.hpp): shown as if each had a row of its
// own. Ranges are of messages of one conversation (keys::messages).

/// Shows the messages in `range` in order.
status scan_messages(const row_view& from, const key_range& range, const row_view::visitor& visit);

/// Shows the row in which `message` is, with its key.
status row_of_message(const row_view& from, const key& message, const row_view::visitor& visit);

/// Shows the last message in `range`, if there is one.
status last_message(const row_view& from, const key_range& range, const row_view::visitor& visit);

} // namespace parley
