#pragma once

#include "schema/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// How names become ids, and secrets digests and digits. All of it is libsodium's.

namespace parley {

/// Folds A-Z and checks: 1 to 64 of a-z 0-9 . _ - ; nothing if it is no name.
std::optional<std::string> normalize_name(std::string_view name);

/// BLAKE2b-128 of a normalized name.
user_id user_of(std::string_view normalized_name);

/// BLAKE2b-128 of both ids, the smaller first. Both may be the same user.
conversation_id direct_conversation(user_id a, user_id b);

/// BLAKE2b-128: repeating the request names the same room.
conversation_id room_conversation(user_id creator, device_id device, uint64_t nonce);

/// BLAKE2b-256 keyed with a secret: one of several that follow from it.
std::string derive_secret(std::string_view secret, std::string_view purpose);

/// SipHash-2-4 with a fixed key; tells one message body from another.
uint64_t digest_of(std::string_view kind, std::string_view body);

/// 32 random bytes.
std::string make_token();

/// BLAKE2b-256 of a token, as it is stored.
std::string hash_token(std::string_view token);

/// Compares in constant time.
bool same_secret(std::string_view a, std::string_view b);

/// SHA-256 of what is fed to it.
class sha256 {
public:
  sha256();

  void feed(std::string_view bytes);
  std::string finish();

private:
  /// As libsodium wants it.
  alignas(8) unsigned char state_[104];
};

/// Two digits for each byte, in lower case.
std::string to_hex(std::string_view bytes);

/// Nothing if `text` is not pairs of hexadecimal digits.
std::optional<std::string> from_hex(std::string_view text);

/// A random number other than 0.
uint64_t random_number();

/// Whether `text` is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text) noexcept;

} // namespace parley
