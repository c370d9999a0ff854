#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

// A program that is killed at a moment that has a name, as by SIGKILL from outside:
//
//   DIES_AT=sync:37 LD_PRELOAD=build/lib/dies_at.so build/bin/parleyd
//
// The 37th time that it comes to this point it dies:
//
//   sync      before a log is synced
//   synced    when a log is synced, and nobody has been told
//   record    half of what it appends to a log is written
//   table     in the middle of a sorted file: a flush, a compaction
//   manifest  it has said in a manifest which files count, and that is not synced
//   rename    before a file gets its name
//   renamed   when it has it, and its directory does not know yet
//   unlink    before a file goes that is not needed any more
//   page      half of 8 KiB or more for a client or another node is sent
//
// DIES_AT_MARK names a file that is made at that moment, so that who waits can tell this
// end from others.

namespace fs = std::filesystem;

namespace {

constexpr size_t page_bytes = 8 << 10;

struct end {
  std::string point;
  std::atomic<long> left;
};

end* planned() {
  static auto made = []() -> end* {
    auto given = std::getenv("DIES_AT");
    auto words = std::string{given ? given : ""};
    auto colon = words.find(':');
    if (colon == std::string::npos)
      return nullptr;
    return new end{words.substr(0, colon), std::atol(words.c_str() + colon + 1)};
  }();
  return made;
}

/// Whether this is the end, which the caller then makes.
bool comes_to(std::string_view point) {
  auto x = planned();
  return x != nullptr && x->point == point && --x->left == 0;
}

[[noreturn]] void die() {
  if (auto mark = std::getenv("DIES_AT_MARK"))
    ::close(::open(mark, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ::kill(::getpid(), SIGKILL);
  for (;;)
    ::pause();
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

bool waits_for(std::string_view point) {
  auto x = planned();
  return x != nullptr && x->point == point;
}

std::string name_of(int fd) {
  std::error_code error;
  return fs::read_symlink("/proc/self/fd/" + std::to_string(fd), error).filename().string();
}

bool is_log(int fd) {
  return name_of(fd).ends_with(".log");
}

int sync(const char* name, int fd) {
  auto log = (waits_for("sync") || waits_for("synced")) && is_log(fd);
  if (log && comes_to("sync"))
    die();
  auto result = next<int (*)(int)>(name)(fd);
  if (log && comes_to("synced"))
    die();
  return result;
}

/// What a write of `size` bytes to `fd` comes to, if anything.
std::string_view point_of(int fd, size_t size) {
  if (waits_for("record") && is_log(fd))
    return "record";
  if (waits_for("table") && name_of(fd).ends_with(".sst"))
    return "table";
  if (waits_for("manifest") && name_of(fd).starts_with("MANIFEST-"))
    return "manifest";
  if (waits_for("page") && size >= page_bytes && name_of(fd).starts_with("socket:"))
    return "page";
  return {};
}

template <class Write>
ssize_t put(int fd, size_t size, Write write) {
  auto point = point_of(fd, size);
  if (point.empty() || !comes_to(point))
    return write(size);
  (void)write(point == "manifest" ? size : size / 2);
  die();
}

} // namespace

extern "C" {

int fsync(int fd) {
  return sync("fsync", fd);
}

int fdatasync(int fd) {
  return sync("fdatasync", fd);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  static auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  return put(fd, size, [&](size_t n) { return real(fd, bytes, n); });
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  static auto real = next<ssize_t (*)(int, const void*, size_t, int)>("send");
  return put(fd, size, [&](size_t n) { return real(fd, bytes, n, flags); });
}

int rename(const char* from, const char* to) {
  static auto real = next<int (*)(const char*, const char*)>("rename");
  if (comes_to("rename"))
    die();
  auto result = real(from, to);
  if (comes_to("renamed"))
    die();
  return result;
}

int unlink(const char* path) {
  static auto real = next<int (*)(const char*)>("unlink");
  if (comes_to("unlink"))
    die();
  return real(path);
}

} // extern "C"
