#include "tests/support/mounts.hpp"

#include <sched.h>
#include <sys/mount.h>

namespace parley::testing {

bool make_mounts_private() {
  return ::unshare(CLONE_NEWNS) == 0
         && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool mount_memory(const std::filesystem::path& dir, const std::string& options) {
  return ::mount("parley-test", dir.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

bool make_read_only(const std::filesystem::path& dir) {
  return ::mount(nullptr, dir.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

void unmount(const std::filesystem::path& dir) {
  ::umount2(dir.c_str(), MNT_DETACH);
}

} // namespace parley::testing
