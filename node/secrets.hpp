#pragma once

#include "schema/error.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

// Secrets in files of the data directory, which only the owner can read (mode
// 0600). Tokens and keys of our own are one line of hexadecimal digits.

namespace parley {

/// Writes a text that only the owner may read, and syncs it. What was there stays
/// until all of it is written.
status replace_private(const std::filesystem::path& file, std::string_view text);

/// Writes a secret in the same way.
status write_secret(const std::filesystem::path& file, std::string_view secret);

/// Reads a secret of limits::token_bytes; makes one at random if there is no
/// such file. On an error, one line for the operator.
status read_or_make_secret(const std::filesystem::path& file, std::string& out);

/// The bytes that the first word of a file has in hexadecimal; nothing if it cannot be
/// read or is none.
std::optional<std::string> read_hex(const std::filesystem::path& file);

} // namespace parley
