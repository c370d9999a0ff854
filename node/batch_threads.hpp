#pragma once

#include <sched.h>

namespace parley {

/// Threads that are started in the life of this run as batch jobs (sched(7)):
/// whoever wakes one goes on until it waits itself, and what it has for that
/// thread meanwhile is one batch. Fewer switches for some latency; not for
/// threads that others must hear of in time.
class batch_threads {
public:
  batch_threads() : before_(sched_getscheduler(0)) {
    choose(SCHED_BATCH);
  }

  ~batch_threads() {
    choose(before_);
  }

  batch_threads(const batch_threads&) = delete;
  batch_threads& operator=(const batch_threads&) = delete;

private:
  static void choose(int policy) {
    sched_param none{};
    sched_setscheduler(0, policy, &none); // Where that is forbidden it stays as it is.
  }

  int before_;
};

} // namespace parley
