#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

/// Why a request was refused. DO NOT RENUMBER: clients see these values, and
/// `ErrorCode` in client.capnp has the same ones.
enum class ec : uint8_t {
  none,                   ///< No error.
  malformed,              ///< The frame does not decode within limits.
  unsupported,            ///< This node does not know the request.
  too_large,              ///< A frame, text or list is over its limit.
  hello_first,            ///< The first frame must be a hello.
  login_first,            ///< This request needs a login.
  version,                ///< The client speaks another protocol version.
  wrong_credentials,      ///< No such user, wrong password or revoked token.
  name_taken,             ///< Somebody has this name.
  bad_name,               ///< Names are 1 to 64 of a-z 0-9 . _ -
  bad_password,           ///< Passwords have 8 to 256 bytes.
  bad_text,               ///< Empty, or not UTF-8.
  unknown_user,           ///< Nobody has this name.
  unknown_conversation,   ///< No such conversation.
  not_member,             ///< The user is not a member.
  forbidden,              ///< The user's role does not allow it.
  conflict,               ///< This client message id was used for another body.
  client_id_too_old,      ///< Older than what the room remembers.
  out_of_order,           ///< Overtook a message that was sent before it.
  no_credit,              ///< Too many unanswered requests.
  overloaded,             ///< The node has more work than it can hold.
  retry,                  ///< The outcome is unknown; repeat with the same id.
  storage_full,           ///< The disk is nearly full; writes are refused.
  storage_failed,         ///< The disk failed; the node must be restarted.
  bad_ack,                ///< Acknowledges what was never sent.
  too_many_devices,       ///< All devices of this user are online.
  too_many_members,       ///< The room is full.
  too_many_conversations, ///< The user's list is full.
  replaced,               ///< The same device logged in on another connection.
  idle,                   ///< Nothing came for too long.
  unresponsive,           ///< Pushes were not acknowledged.
  stopping,               ///< The node stops; connect again later.
  internal,               ///< A defect; the node's log says more.
  unknown_message,        ///< No such message, recalled, or not the user's to see.
  too_late,               ///< The time in which it may be changed is over.
  unchanged,              ///< It is so already.
  too_many,               ///< More changes of one message than are kept.
  muted,                  ///< The user may not write here, or not now.
  banned,                 ///< The user may not enter.
  dissolved,              ///< The room is over.
  bad_file,               ///< The bytes are not those that its hash names.
  unknown_file,           ///< No such file, or not the user's to see or to name.
  quota_exceeded,         ///< The user has no room for more files.
  file_damaged,           ///< The bytes on disk are not what was stored.
  blocked,                ///< One of the two has blocked the other.
  not_contact,            ///< Only contacts may do that here.
  no_request,             ///< Nobody asked, or not any more.
  too_many_contacts,      ///< One of the two has as many as can be.
  too_many_requests,      ///< One of the two has as many as can be open.
  too_many_pins,          ///< As many conversations are pinned as can be.
  token_expired,          ///< Not used for too long; the password makes another one.
  revoked,                ///< The device was logged out by another one.
  kind_online,            ///< Another device of this kind is online, and only one may be.
  displaced,              ///< Another device of this kind came, and only one may be online.
  too_many_attempts,      ///< Too many wrong passwords, or new accounts from one address.
  too_fast,               ///< The user asks for more in a second than they may.
  too_many_connections,   ///< The address has as many as it may.
  ec_count,               ///< No error; number of codes.
};

/// The code's name, as logs show it.
std::string_view name_of(ec code) noexcept;

/// A sentence for people.
std::string_view text_of(ec code) noexcept;

/// Milliseconds after which the same request may succeed; nothing if never.
std::optional<uint32_t> retry_after(ec code) noexcept;

/// An error with the circumstances, or success.
struct [[nodiscard]] status {
  ec code = ec::none;
  std::string text;

  bool ok() const noexcept {
    return code == ec::none;
  }
};

} // namespace parley
