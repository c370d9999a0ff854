#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace parley::client {

/// Reads a token that was written in hexadecimal, as parleyd and `parley`
/// keep theirs. Nothing if there is none.
std::optional<std::string> read_token(const std::filesystem::path& file);

/// Writes it so that only its owner can read it (mode 0600), and its folders
/// if need be (0700). Whether that worked.
[[nodiscard]] bool write_token(const std::filesystem::path& file, std::string_view token);

} // namespace parley::client
