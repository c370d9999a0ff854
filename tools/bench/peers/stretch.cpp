#include "tools/bench/peers/stretch.hpp"

#include "tools/bench/peers/workload.hpp"

namespace parley::peers {

void stretch::plan(nanoseconds now, double settle, const options& how) {
  begin_ = now + in_nanoseconds(settle);
  from_ = begin_ + in_nanoseconds(how.warm);
  to_ = from_ + in_nanoseconds(how.seconds);
  step_ = step::settle;
}

bool stretch::tick(nanoseconds now, const options& how) {
  switch (step_) {
    case step::settle:
      if (now < begin_)
        return false;
      step_ = step::warm;
      return true;
    case step::warm:
      if (now < from_)
        return false;
      step_ = step::measured;
      from_ = now;
      before_ = usage::now(how.pids);
      return false;
    case step::measured:
      if (now < to_)
        return false;
      step_ = step::rest;
      to_ = now;
      after_ = usage::now(how.pids);
      return false;
    default:
      return false;
  }
}

} // namespace parley::peers
