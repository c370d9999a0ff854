#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

// What forgetful_disk.cpp and whoever reads its account agree on.

namespace parley::faults {

/// Tells a file or directory from all others that ever were below the same mount:
/// the number of an inode is used again, its time of birth is not. Empty if there is
/// none at `path`. A link is not followed unless it is one of /proc/self/fd.
inline std::string id_of(const std::string& path, bool follow = false) {
  struct statx x {};
  auto flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
  if (statx(AT_FDCWD, path.c_str(), flags, STATX_INO | STATX_BTIME, &x) != 0)
    return {};
  return std::to_string(x.stx_ino) + "-" + std::to_string(x.stx_btime.tv_sec) + "."
         + std::to_string(x.stx_btime.tv_nsec);
}

} // namespace parley::faults
