#include "persistence/disk_space.hpp"

#include <limits>
#include <utility>

#include <sys/statvfs.h>

namespace parley {

namespace {

constexpr auto ask_every = std::chrono::milliseconds{100};
constexpr uint64_t ask_every_bytes = 8 << 20;

} // namespace

disk_space::disk_space(std::filesystem::path path, uint64_t reserve)
    : path_(std::move(path)), reserve_(reserve) {
  // nop
}

bool disk_space::allows(uint64_t bytes) {
  if (reserve_ == 0)
    return true;
  auto now = clock::now();
  if (written_ + bytes >= ask_every_bytes || now - asked_ >= ask_every) {
    free_ = ask();
    asked_ = now;
    written_ = 0;
  }
  written_ += bytes;
  return free_ >= written_ && free_ - written_ >= reserve_;
}

uint64_t disk_space::ask() const {
  struct statvfs info {};
  if (::statvfs(path_.c_str(), &info) != 0)
    return std::numeric_limits<uint64_t>::max(); // The write itself will tell.
  return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
}

} // namespace parley
