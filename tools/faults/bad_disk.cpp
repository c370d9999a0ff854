// A disk that is worse than the one that is there, preloaded into a program:
//
//   BAD_DISK_SYNC_MS=1 LD_PRELOAD=build/lib/bad_disk.so build/bin/parleyd
//
// BAD_DISK_SYNC_MS      milliseconds that each fsync and fdatasync takes at least
// BAD_DISK_SYNC_FAILS   they fail with EIO while this file exists; what was written
//                       then stays unsynced
//
// tools/bench/engine.py --sync-ms and tests/node/process_test.cpp do it.

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace {

using clock = std::chrono::steady_clock;
using sync_function = int (*)(int);

clock::duration least_time() {
  auto given = std::getenv("BAD_DISK_SYNC_MS");
  auto ms = std::chrono::duration<double, std::milli>{given ? std::atof(given) : 0};
  return std::chrono::duration_cast<clock::duration>(ms);
}

bool fails() {
  static const auto mark = std::getenv("BAD_DISK_SYNC_FAILS");
  return mark && access(mark, F_OK) == 0;
}

int sync(const char* name, int fd) {
  static const auto least = least_time();
  auto begun = clock::now();
  if (fails()) {
    errno = EIO;
    return -1;
  }
  auto result = reinterpret_cast<sync_function>(dlsym(RTLD_NEXT, name))(fd);
  std::this_thread::sleep_until(begun + least);
  return result;
}

} // namespace

extern "C" int fsync(int fd) {
  return sync("fsync", fd);
}

extern "C" int fdatasync(int fd) {
  return sync("fdatasync", fd);
}
