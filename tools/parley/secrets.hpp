#pragma once

#include "tools/parley/options.hpp"

#include <optional>
#include <string>

namespace parley::chat {

/// The file with the token of this user's device at this node.
std::filesystem::path token_file(const options& how);

/// Nothing if there is none.
std::optional<std::string> first_line_of(const std::filesystem::path& file);

/// From --password-file, PARLEY_PASSWORD, or the terminal; nothing if there is
/// none of them. Blocks while somebody types.
std::optional<std::string> find_password(const options& how);

} // namespace parley::chat
