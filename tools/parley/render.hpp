#pragma once

#include "schema/wire.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

// Wire values as lines for people and as JSON for scripts.

namespace parley::chat {

/// 32 hexadecimal digits.
std::string to_text(conversation_id id);

/// Nothing if `text` is not 32 hexadecimal digits.
std::optional<conversation_id> parse_id(std::string_view text);

/// Microseconds since 1970.
time_us now();

/// Local time of day; with the date if it is not today.
std::string to_time(time_us time);

/// What was written, or what happened ("* created: ada, bob"), without sender
/// and time. Control characters are replaced: a text must not steer the
/// terminal.
std::string to_text(const wire::message& x);

/// {type, conversation, seq, time, sender, ...}. A `message` has `text`, or `kind`
/// and `body` in hexadecimal, or `file` or `location`; perhaps `reply_to`, `mentions`,
/// `forwarded`, `edited`, `reactions`. An `event` has `event` and `members`, a
/// `revision` `target`, `change` and what is new, a `tombstone` `why`.
nlohmann::json to_json(const wire::message& x);

nlohmann::json to_json(const wire::conversation& x);

/// "ID  room  general  (12 unread, 1 for you)  (pinned)  13:02:33 ada: hello"
std::string to_text(const wire::conversation& x);

/// What is unread in all: "12 unread, 3 muted, 1 for you"
std::string sums_of(const wire::conversations_page& x);

/// "pin", "unpin", "mute" (for ever if for 0 minutes), "unmute", "hide", "show".
std::optional<wire::change_conversation> parse_conversation_change(std::string_view word,
                                                                   uint64_t minutes);

/// "read by 3 of 7, received by 5"
std::string counts_of(const wire::readers_page& x);

/// "contacts", "asking", "asked", "blocked".
std::optional<wire::contact_list> parse_contact_list(std::string_view text);

nlohmann::json to_json(const wire::contact& x);

/// "bob  asked you  \"hello\"  (from work)"
std::string to_text(const wire::contact& x);

nlohmann::json to_json(const wire::presence& x);

/// "bob  offline, last seen 13:00:34"
std::string to_text(const wire::presence& x);

/// "contacts", "everyone", "nobody".
std::string_view name_of(wire::visibility x);
std::optional<wire::visibility> parse_visibility(std::string_view text);

nlohmann::json to_json(const wire::device& x);

/// "5d0c8c1c3a4b9e77  mobile  pocket  online, this one"
std::string to_text(const wire::device& x);

nlohmann::json to_json(const wire::user_profile& x);

/// "ada  Ada Lovelace  https://example.org/ada.png"
std::string to_text(const wire::user_profile& x);

nlohmann::json to_json(const wire::online_session& x);
nlohmann::json to_json(const wire::online_day& x);

/// "2026-11-30   1 h 02 min 03 s", of UTC.
std::string to_text(const wire::online_day& x);

nlohmann::json to_json(const wire::member& x);

/// "ada  owner"
std::string to_text(const wire::member& x);

/// "30 days, 1,000 messages", "for ever"
std::string to_text(const wire::retention& x);

nlohmann::json to_json(const wire::notice& x);

/// 16 hexadecimal digits.
std::string to_text(device_id id);
std::optional<device_id> parse_device(std::string_view text);

/// Nothing for other words than those of wire::device_kind_names.
std::optional<wire::device_kind> parse_device_kind(std::string_view text);

/// "direct", "room", "live".
std::string_view name_of(wire::conversation_kind kind);

/// "owner", "admin", "member".
std::string_view name_of(wire::room_role role);

/// Replaces control characters.
std::string printable(std::string_view text);

} // namespace parley::chat
