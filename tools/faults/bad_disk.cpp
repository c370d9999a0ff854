// A disk that is worse than the one that is there, preloaded into a program:
//
//   BAD_DISK_SYNC_MS=1 LD_PRELOAD=build/lib/bad_disk.so build/bin/parleyd
//
// BAD_DISK_SYNC_MS      milliseconds that each fsync and fdatasync takes at least
// BAD_DISK_SYNC_FAILS   they fail with EIO while this file exists; what was written
//                       then stays unsynced
// BAD_DISK_TIMES        a file to which each adds a line: milliseconds since the one
//                       before ended, and that it took
//
// tools/bench/engine.py --sync-ms, tools/bench/paced.py and tests/node/process_test.cpp do it.

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace {

using clock = std::chrono::steady_clock;
using sync_function = int (*)(int);

clock::duration least_time() {
  auto given = std::getenv("BAD_DISK_SYNC_MS");
  auto ms = std::chrono::duration<double, std::milli>{given ? std::atof(given) : 0};
  return std::chrono::duration_cast<clock::duration>(ms);
}

void note(clock::time_point begun, clock::time_point ended) {
  static const auto path = std::getenv("BAD_DISK_TIMES");
  static const auto file = path ? std::fopen(path, "ae") : nullptr;
  static std::mutex mutex;
  static auto last = begun;
  using ms = std::chrono::duration<double, std::milli>;
  if (!file)
    return;
  std::lock_guard lock{mutex};
  std::fprintf(file, "%.3f %.3f\n", ms{begun - last}.count(), ms{ended - begun}.count());
  std::fflush(file); // A node does not end by exit().
  last = ended;
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
  note(begun, clock::now());
  return result;
}

} // namespace

extern "C" int fsync(int fd) {
  return sync("fsync", fd);
}

extern "C" int fdatasync(int fd) {
  return sync("fdatasync", fd);
}
