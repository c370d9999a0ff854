#include "actors/core/retention_sweep.hpp"

#include "actors/core/retention.hpp"
#include "schema/limits.hpp"

#include <algorithm>

namespace parley::core {

void retention_sweep::lead(moment now) {
  constexpr std::chrono::microseconds whole = limits::retention_sweep_every;
  after_ = {};
  next_at_ = now.steady + whole * (shard_.value + 1) / shard_count;
}

void retention_sweep::rest() {
  next_at_ = never;
  page_.clear();
  ++token_;
}

void retention_sweep::tick(moment now, actions& out) {
  if (now.steady < next_at_)
    return;
  page_.clear();
  next_at_ = now.steady + limits::ask_again_after; // If no answer comes.
  out.loads.push_back(
    {shard_, ++token_, {{keys::conversations(shard_, after_), limits::retention_page}}});
}

std::vector<conversation_id> retention_sweep::answered(const rows& found,
                                                       const wire::retention& general, moment now,
                                                       actions& out) {
  if (found.token != token_ || found.code != ec::none)
    return {};
  return page_.empty() ? look_at(found.results.front(), general, now, out)
                       : look_closer(found, general, now);
}

/// At a page of conversations.
std::vector<conversation_id> retention_sweep::look_at(const std::vector<row>& rows,
                                                      const wire::retention& general, moment now,
                                                      actions& out) {
  auto last = rows.size() < limits::retention_page;
  last_of_page_ = last ? conversation_id{} : keys::conversation_at_end(rows.back().key.bytes());
  std::chrono::microseconds pause = limits::retention_page_every;
  next_at_ = now.steady + (last ? limits::retention_sweep_every : pause);
  std::vector<conversation_id> over;
  std::vector<query> queries;
  for (auto& row : rows) {
    auto what = record::decode<record::conversation>(row.value.bytes());
    if (!what || what->created == 0)
      continue;
    auto id = keys::conversation_at_end(row.key.bytes());
    auto keep = stricter(what->keep, general);
    if (is_over(oldest_of(*what), keep, now.trusted())) {
      over.push_back(id);
    } else if (keep.messages != 0 || what->first > 1) {
      queries.push_back({.range = keys::messages(id, 0, UINT64_MAX), .last = true});
      queries.push_back({keys::with_prefix(keys::reclaimed(id))});
      page_.push_back({id, *std::move(what)});
    }
  }
  if (queries.empty()) {
    after_ = last_of_page_;
  } else {
    then_ = next_at_;
    next_at_ = now.steady + limits::ask_again_after; // If no answer comes, the page again.
    out.loads.push_back({shard_, ++token_, std::move(queries)});
  }
  return over;
}

/// At how far they go, and whether what is out of sight is off the disk.
std::vector<conversation_id>
retention_sweep::look_closer(const rows& found, const wire::retention& general, moment now) {
  std::vector<conversation_id> over;
  next_at_ = std::max(then_, now.steady);
  after_ = last_of_page_;
  for (size_t i = 0; i < page_.size() && 2 * i + 1 < found.results.size(); ++i) {
    auto& [id, what] = page_[i];
    auto& last = found.results[2 * i];
    auto head = last.empty() ? 0 : keys::seq_at_end(last.front().key.bytes());
    seq_t reclaimed = 1;
    for (auto& row : found.results[2 * i + 1])
      if (auto counter = record::decode<record::counter>(row.value.bytes()))
        reclaimed = counter->value;
    if (is_too_long(what, head, stricter(what.keep, general)) || reclaimed < what.first)
      over.push_back(id);
  }
  page_.clear();
  return over;
}

} // namespace parley::core
