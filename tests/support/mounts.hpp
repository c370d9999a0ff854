#pragma once

#include <filesystem>
#include <string>

namespace parley::testing {

/// Gives this process mounts of its own: what it mounts nobody else sees, and
/// it goes with the process. Whether the system lets us. Call before threads
/// start.
bool make_mounts_private();

/// Mounts a file system in memory over `dir`; call make_mounts_private before.
/// Options as of mount(8), for example "size=64m".
bool mount_memory(const std::filesystem::path& dir, const std::string& options);

/// Makes what is mounted there read-only.
bool make_read_only(const std::filesystem::path& dir);

void unmount(const std::filesystem::path& dir);

} // namespace parley::testing
