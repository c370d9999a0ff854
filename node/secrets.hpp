#pragma once

#include "schema/error.hpp"

#include <filesystem>
#include <string>
#include <string_view>

// Secrets in files of the data directory: one line of hexadecimal digits that
// only the owner can read (mode 0600).

namespace parley {

/// Writes a secret, over what was there, and syncs it.
status write_secret(const std::filesystem::path& file, std::string_view secret);

/// Reads a secret of limits::token_bytes; makes one at random if there is no
/// such file. On an error, one line for the operator.
status read_or_make_secret(const std::filesystem::path& file, std::string& out);

} // namespace parley
