#include "schema/error.hpp"

#include <iterator>

namespace parley {

namespace {

constexpr int never = -1;

struct words {
  std::string_view name;
  int retry_ms;
  std::string_view text;
};

constexpr words table[] = {
  {"none", never, "no error"},
  {"malformed", never, "the frame does not decode"},
  {"unsupported", never, "this node does not know the request"},
  {"too_large", never, "over the limit"},
  {"hello_first", never, "say hello first"},
  {"login_first", never, "log in first"},
  {"version", never, "this node speaks protocol version 1"},
  {"wrong_credentials", never, "wrong name, password or token"},
  {"name_taken", never, "the name is taken"},
  {"bad_name", never, "a name is 1 to 64 of a-z 0-9 . _ -"},
  {"bad_password", never, "a password has 8 to 256 bytes"},
  {"bad_text", never, "text must be UTF-8 and not empty"},
  {"unknown_user", never, "no such user"},
  {"unknown_conversation", never, "no such conversation"},
  {"not_member", never, "not a member"},
  {"forbidden", never, "not allowed"},
  {"conflict", never, "this client message id was used for another body"},
  {"client_id_too_old", never, "this client message id is too old"},
  {"out_of_order", 100, "an earlier message is still on its way"},
  {"no_credit", 100, "too many unanswered requests"},
  {"overloaded", 1000, "too busy"},
  {"retry", 200, "outcome unknown; repeat with the same id"},
  {"storage_full", 5000, "the disk is nearly full"},
  {"storage_failed", 5000, "the disk failed"},
  {"bad_ack", never, "acknowledged what was never sent"},
  {"too_many_devices", never, "all devices of this user are online"},
  {"too_many_members", never, "the room is full"},
  {"too_many_conversations", never, "the conversation list is full"},
  {"replaced", never, "this device logged in on another connection"},
  {"idle", 0, "nothing came for too long"},
  {"unresponsive", 0, "pushes were not acknowledged"},
  {"stopping", 1000, "the node is stopping"},
  {"internal", 1000, "internal error"},
  {"unknown_message", never, "no such message, or it was recalled"},
  {"too_late", never, "too late to change this message"},
  {"unchanged", never, "it is so already"},
  {"too_many", never, "this message was changed too often"},
  {"muted", never, "may not write here now"},
  {"banned", never, "banned from this room"},
  {"dissolved", never, "the room was dissolved"},
  {"bad_file", never, "the bytes are not those of this hash"},
  {"unknown_file", never, "no such file"},
  {"quota_exceeded", never, "no room for more files"},
  {"file_damaged", never, "the file is damaged on disk"},
  {"blocked", never, "one of you has blocked the other"},
  {"not_contact", never, "you are not contacts"},
  {"no_request", never, "there is no such request, or not any more"},
  {"too_many_contacts", never, "the list of contacts is full"},
  {"too_many_requests", never, "too many requests are open"},
  {"too_many_pins", never, "too many conversations are pinned"},
  {"token_expired", never, "this device was away for too long; log in with the password"},
  {"revoked", never, "this device was logged out"},
  {"kind_online", never, "another device of this kind is online"},
  {"displaced", never, "another device of this kind has logged in"},
  {"too_many_attempts", 30'000, "too many attempts; wait a while"},
  {"too_fast", 1000, "too many requests in a short time"},
  {"too_many_connections", 30'000, "too many connections from this address"},
};

static_assert(std::size(table) == static_cast<size_t>(ec::ec_count),
              "every error code needs its words");

const words& words_of(ec code) noexcept {
  auto index = static_cast<size_t>(code);
  constexpr auto internal = static_cast<size_t>(ec::internal);
  return table[index < std::size(table) ? index : internal];
}

} // namespace

std::string_view name_of(ec code) noexcept {
  return words_of(code).name;
}

std::string_view text_of(ec code) noexcept {
  return words_of(code).text;
}

std::optional<uint32_t> retry_after(ec code) noexcept {
  auto ms = words_of(code).retry_ms;
  if (ms == never)
    return std::nullopt;
  return static_cast<uint32_t>(ms);
}

} // namespace parley
