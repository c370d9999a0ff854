#pragma once

#include "schema/error.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace parley {

class disk_cipher;

/// Reads an operator's key: 64 hex digits, in a file that only its owner can read. On
/// an error, one line for the operator.
status read_data_key(const std::filesystem::path& file, std::string& out);

/// Opens a data directory that is encrypted: its own key, which never changes, lies
/// sealed under the operator's in `sealed.key`. A new directory gets one, if there is a
/// key. What was sealed under `old_key` is sealed under `key` from now on; a crash in
/// between leaves one or the other. Without a key (empty) the directory has to be plain,
/// and `out` stays empty.
///
/// Refuses the wrong key, or none, or one for what is plain, in one line for the
/// operator. docs/disk.md has the layout.
status unlock_data_directory(const std::filesystem::path& dir, const std::string& key,
                             const std::string& old_key, std::shared_ptr<const disk_cipher>& out);

} // namespace parley
