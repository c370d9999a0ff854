#include "actors/core/client_ids.hpp"

#include "schema/limits.hpp"

#include <algorithm>

namespace parley {

client_ids::finding client_ids::check(uint64_t counter, uint64_t previous, uint64_t digest) const {
  if (counter > highest())
    return {previous <= highest() ? verdict::fresh : verdict::out_of_order, {}};
  auto at =
    std::lower_bound(results_.begin(), results_.end(), counter,
                     [](const record::client_id& x, uint64_t value) { return x.counter < value; });
  if (at == results_.end() || at->counter != counter)
    return {verdict::too_old, {}};
  return {at->digest == digest ? verdict::duplicate : verdict::conflict, *at};
}

void client_ids::add(const record::client_id& result) {
  if (results_.size() == limits::client_id_window)
    results_.pop_front();
  results_.push_back(result);
}

} // namespace parley
