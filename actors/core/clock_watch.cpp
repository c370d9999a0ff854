#include "actors/core/clock_watch.hpp"

#include "schema/limits.hpp"

namespace parley::core {

time_us clock_watch::look(time_us offset, std::chrono::microseconds steady) {
  constexpr time_us least = std::chrono::microseconds{limits::leap_least}.count();
  std::lock_guard guard{looks_};
  auto ahead = offset - believed_;
  auto leaps = knows_ && ahead > least;
  if (leaps && (!leaping_ || offset > leapt_to_ + least))
    leapt_at_ = steady;
  leapt_to_ = offset;
  if (leaps && steady < leapt_at_ + limits::leap_stands) {
    leaping_ = true;
    return ahead;
  }
  knows_ = true;
  believed_ = offset;
  leaping_ = false;
  return 0;
}

} // namespace parley::core
