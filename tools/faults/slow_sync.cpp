// A disk that is slower than the one that is there: preloaded into a program, every
// fsync and fdatasync takes as many milliseconds as SLOW_SYNC_MS says, or longer.
//
//   SLOW_SYNC_MS=1 LD_PRELOAD=build/lib/slow_sync.so build/bin/parleyd
//
// tools/bench/engine.py --sync-ms does it.

#include <dlfcn.h>

#include <chrono>
#include <cstdlib>
#include <thread>

namespace {

using clock = std::chrono::steady_clock;
using sync_function = int (*)(int);

clock::duration least_time() {
  auto given = std::getenv("SLOW_SYNC_MS");
  auto ms = std::chrono::duration<double, std::milli>{given ? std::atof(given) : 0};
  return std::chrono::duration_cast<clock::duration>(ms);
}

int slowly(const char* name, int fd) {
  static const auto least = least_time();
  auto begun = clock::now();
  auto result = reinterpret_cast<sync_function>(dlsym(RTLD_NEXT, name))(fd);
  std::this_thread::sleep_until(begun + least);
  return result;
}

} // namespace

extern "C" int fsync(int fd) {
  return slowly("fsync", fd);
}

extern "C" int fdatasync(int fd) {
  return slowly("fdatasync", fd);
}
