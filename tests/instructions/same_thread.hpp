#pragma once

#include <functional>
#include <stdexcept>

#include <pthread.h>
#include <sys/mman.h>

namespace parley::instructions {

/// Runs it on a thread that is the same in every process: what RocksDB throws dice
/// for - the heights in its skip lists, and so how many keys a search compares - is
/// seeded with the thread's id, which is an address, which depends on what else is
/// mapped. A login would cost 4% more or less from one machine to the next.
inline void run_on_the_same_thread(std::function<void()> what) {
  constexpr size_t size = 8 << 20;
  auto at = reinterpret_cast<void*>(0x3'0000'0000); // Free here, and under valgrind.
  auto stack = mmap(at, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_FIXED_NOREPLACE, -1, 0);
  if (stack != at)
    throw std::runtime_error("something else is where the thread should be");
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, size);
  pthread_t thread;
  auto run = [](void* x) -> void* {
    (*static_cast<std::function<void()>*>(x))();
    return nullptr;
  };
  if (pthread_create(&thread, &attributes, run, &what) != 0)
    throw std::runtime_error("no thread");
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

} // namespace parley::instructions
