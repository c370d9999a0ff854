#include "tools/swarm/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace parley::swarm {

progress::progress(const world& of)
    : world_(of), terminal_(isatty(STDERR_FILENO) != 0), started_(clock::now()), last_(started_) {
  // nop
}

void progress::tick(const char* phase) {
  using seconds = std::chrono::duration<double>;
  auto now = clock::now();
  auto passed = seconds(now - last_).count();
  if (passed < 1)
    return;
  last_ = now;
  auto& x = world_.counted;
  auto rate = [passed](uint64_t& before, uint64_t value) {
    return static_cast<double>(value - std::exchange(before, value)) / passed;
  };
  auto& faults = world_.judge.so_far();
  auto online = std::count_if(world_.bots.begin(), world_.bots.end(),
                              [](const auto& b) { return b->client().online(); });
  std::fprintf(
    stderr,
    "%s%5.0f s %-5s %td online  %8.0f acked/s  %8.0f delivered/s  in flight %llu  p99 %.2f ms  "
    "faults %llu%s",
    terminal_ ? "\r\033[K" : "", seconds(now - started_).count(), phase, online,
    rate(acked_, x.acked), rate(delivered_, x.delivered),
    static_cast<unsigned long long>(x.sent - x.acked - x.refused),
    static_cast<double>(x.latency.percentile(0.99)) / 1000,
    static_cast<unsigned long long>(faults.duplicated + faults.reordered + faults.forged),
    terminal_ ? "" : "\n");
  std::fflush(stderr);
}

void progress::done() {
  if (terminal_)
    std::fputc('\n', stderr);
}

} // namespace parley::swarm
