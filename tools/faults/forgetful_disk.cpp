#include "tools/faults/disk_account.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>

// A disk that may forget what was not synced when the power goes, preloaded into a
// program:
//
//   FORGETFUL_DISK=DIR FORGETFUL_DISK_ACCOUNT=ACCOUNT
//     LD_PRELOAD=build/lib/forgetful_disk.so build/bin/parleyd --data-dir DIR
//
// DIR works as ever. ACCOUNT holds what a disk must have, whatever it does with the
// rest (tests/support/power_cut.hpp takes DIR back to that):
//
//   ACCOUNT/ID        a file as its last fsync or fdatasync found it
//   ACCOUNT/ID.names  a directory as its last fsync found it: lines of ID and name
//
// What is in DIR when the program starts is on the disk. A file is copied from where
// its last sync found its end, for programs that only append; who reads the account
// must see whether that was so. Syncs by sync, syncfs, msync or O_SYNC are not seen:
// with them more is forgotten than a disk may.

namespace fs = std::filesystem;

namespace {

struct disk {
  std::string dir;
  fs::path account;
  std::mutex one_at_a_time;
  std::array<char, 1 << 16> buffer;
};

[[noreturn]] void give_up(const char* what, const fs::path& on) {
  std::fprintf(stderr, "forgetful_disk: cannot %s %s: %s\n", what, on.c_str(),
               std::strerror(errno));
  std::abort();
}

/// Brings the account of a file to its present length.
void copy_file(disk& of, const std::string& path, bool follow) {
  auto to = of.account / parley::faults::id_of(path, follow);
  auto in = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  auto out = ::open(to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  struct stat now {};
  struct stat before {};
  if (in < 0 || out < 0 || ::fstat(in, &now) != 0 || ::fstat(out, &before) != 0)
    give_up("account for", path);
  if (before.st_size > now.st_size && ::ftruncate(out, now.st_size) != 0)
    give_up("cut", to);
  for (auto at = std::min(before.st_size, now.st_size); at < now.st_size;) {
    auto n = ::pread(in, of.buffer.data(),
                     std::min(of.buffer.size(), static_cast<size_t>(now.st_size - at)), at);
    if (n < 0 || ::pwrite(out, of.buffer.data(), static_cast<size_t>(n), at) != n)
      give_up("copy", path);
    if (n == 0)
      break; // It was cut meanwhile.
    at += n;
  }
  ::close(in);
  ::close(out);
}

fs::path names_of(const disk& of, const std::string& id) {
  return of.account / (id + ".names");
}

/// Brings the account of a directory to what is in it. One in it is empty until its
/// own sync.
void list_directory(disk& of, const std::string& path) {
  auto to = names_of(of, parley::faults::id_of(path));
  auto fresh = fs::path{to} += ".new";
  std::ofstream out{fresh};
  std::error_code error;
  for (auto i = fs::directory_iterator{path, error}; !error && i != fs::directory_iterator{};
       i.increment(error))
    if (auto id = parley::faults::id_of(i->path()); !id.empty()) {
      out << id << " " << i->path().filename().string() << "\n";
      if (i->is_directory(error))
        std::ofstream{names_of(of, id), std::ios::app};
    }
  if (!out.flush() || ::rename(fresh.c_str(), to.c_str()) != 0)
    give_up("list", path);
}

/// The disk, if this process has one.
disk* ours() {
  static auto made = []() -> disk* {
    auto dir = std::getenv("FORGETFUL_DISK");
    auto account = std::getenv("FORGETFUL_DISK_ACCOUNT");
    if (dir == nullptr || account == nullptr)
      return nullptr;
    auto x = new disk{dir, account, {}, {}}; // For as long as anybody may sync.
    fs::remove_all(x->account);
    fs::create_directories(x->account);
    if (!fs::exists(x->dir))
      return x;
    list_directory(*x, x->dir);
    for (auto& at : fs::recursive_directory_iterator{x->dir}) {
      if (at.is_directory())
        list_directory(*x, at.path());
      else
        copy_file(*x, at.path(), false);
    }
    return x;
  }();
  return made;
}

[[gnu::constructor]] void begin() {
  (void)ours();
}

/// Only what was there when the sync began: later bytes have no promise.
void note(int fd) {
  auto x = ours();
  if (x == nullptr)
    return;
  auto descriptor = "/proc/self/fd/" + std::to_string(fd);
  std::error_code error;
  auto path = fs::read_symlink(descriptor, error).string();
  auto below = path == x->dir || path.starts_with(x->dir + "/");
  if (error || !below || path.ends_with(" (deleted)"))
    return;
  std::lock_guard lock{x->one_at_a_time};
  if (fs::is_directory(path, error))
    list_directory(*x, path);
  else
    copy_file(*x, descriptor, true);
}

int sync(const char* name, int fd) {
  note(fd);
  return reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, name))(fd);
}

} // namespace

extern "C" int fsync(int fd) {
  return sync("fsync", fd);
}

extern "C" int fdatasync(int fd) {
  return sync("fdatasync", fd);
}
