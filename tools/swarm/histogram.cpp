#include "tools/swarm/histogram.hpp"

#include <algorithm>

namespace parley::swarm {

uint64_t histogram::percentile(double share) const noexcept {
  auto wanted = std::max<uint64_t>(1, static_cast<uint64_t>(share * static_cast<double>(total_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted)
      return std::min(highest_in(i), max_);
  }
  return 0;
}

uint64_t histogram::highest_in(size_t bucket) noexcept {
  if (bucket < 2 * linear)
    return bucket;
  auto shift = (bucket >> bits) - 1;
  auto top = bucket - (shift << bits);
  return ((top + 1) << shift) - 1;
}

} // namespace parley::swarm
