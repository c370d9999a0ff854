#include "persistence/memory_store.hpp"

#include "persistence/reclaiming.hpp"
#include "schema/record.hpp"

#include <iterator>
#include <mutex>
#include <utility>

namespace parley {

status memory_store::write(std::span<const effect> batch, space from) {
  std::unique_lock guard{mutex_};
  if (poisoned_)
    return {ec::storage_failed, "an earlier write failed"};
  if (full_ && from == space::free)
    return {ec::storage_full, "told to be full"};
  if (tear_) {
    if (*tear_ == torn::applied)
      unknown_.assign(batch.begin(), batch.end());
    tear_.reset();
    poisoned_ = true;
    return {ec::storage_failed, "told to fail"};
  }
  for (auto& change : batch)
    apply(change, false);
  ++writes_;
  return {};
}

status memory_store::write_behind(std::span<const effect> batch) {
  std::unique_lock guard{mutex_};
  if (poisoned_)
    return {ec::storage_failed, "an earlier write failed"};
  for (auto& change : batch)
    apply(change, true);
  return {};
}

status memory_store::get(const key& at, const visitor& visit) const {
  std::shared_lock guard{mutex_};
  if (spoilt_ == at)
    return {ec::storage_failed, "told to be spoilt"};
  if (auto i = rows_.find(at); i != rows_.end())
    visit(i->first.bytes(), i->second.bytes());
  return {};
}

status memory_store::get_durable(const key& at, const visitor& visit) const {
  std::shared_lock guard{mutex_};
  const table& from = unflushed_.contains(at) ? unflushed_ : rows_;
  if (auto i = from.find(at); i != from.end() && !i->second.empty())
    visit(i->first.bytes(), i->second.bytes());
  return {};
}

status memory_store::scan(const key_range& range, const visitor& visit) const {
  std::shared_lock guard{mutex_};
  for (auto i = rows_.lower_bound(range.from); i != rows_.end() && i->first < range.to; ++i)
    if (!visit(i->first.bytes(), i->second.bytes()))
      break;
  return {};
}

status memory_store::last(const key_range& range, const visitor& visit) const {
  std::shared_lock guard{mutex_};
  auto i = rows_.lower_bound(range.to);
  if (i != rows_.begin() && std::prev(i)->first >= range.from)
    visit(std::prev(i)->first.bytes(), std::prev(i)->second.bytes());
  return {};
}

bool memory_store::has_room() const {
  std::shared_lock lock{mutex_};
  return !full_;
}

void memory_store::flush(shard_id shard) const {
  std::unique_lock guard{mutex_};
  std::erase_if(unflushed_, [shard](auto& x) { return keys::shard_of(x.first) == shard; });
}

void memory_store::fill() {
  std::unique_lock guard{mutex_};
  full_ = true;
}

void memory_store::drain() {
  std::unique_lock guard{mutex_};
  full_ = false;
}

void memory_store::tear(torn outcome) {
  std::unique_lock guard{mutex_};
  tear_ = outcome;
}

void memory_store::spoil(const key& at) {
  std::unique_lock guard{mutex_};
  spoilt_ = at;
}

void memory_store::crash() {
  std::unique_lock guard{mutex_};
  for (auto& [at, value] : std::exchange(unflushed_, {}))
    set(at, value, false);
  for (auto& change : unknown_)
    apply(change, false);
  unknown_.clear();
  tear_.reset();
  poisoned_ = false;
}

void memory_store::compact() {
  std::unique_lock guard{mutex_};
  std::erase_if(rows_, [this](const auto& x) {
    auto of = keys::place_of(x.first.bytes());
    if (!of)
      return false;
    auto said = rows_.find(keys::reclaimed(of->conversation));
    auto counter =
      said == rows_.end() ? std::nullopt : record::decode<record::counter>(said->second.bytes());
    return counter && is_reclaimable(x.first.bytes(), x.second.bytes(), counter->value);
  });
}

std::unique_ptr<memory_store> memory_store::clone() const {
  std::shared_lock guard{mutex_};
  auto result = std::make_unique<memory_store>();
  result->rows_ = rows_;
  return result;
}

size_t memory_store::rows() const {
  std::shared_lock guard{mutex_};
  return rows_.size();
}

size_t memory_store::writes() const {
  std::shared_lock guard{mutex_};
  return writes_;
}

std::unique_ptr<const row_view> memory_store::snapshot() const {
  return clone();
}

void memory_store::apply(const effect& change, bool behind) {
  for (auto& range : change.cleared)
    for (auto i = rows_.lower_bound(range.from); i != rows_.end() && i->first < range.to;)
      set(key{(i++)->first}, {}, behind);
  if (!behind)
    for (auto& range : change.cleared)
      for (auto i = unflushed_.lower_bound(range.from);
           i != unflushed_.end() && i->first < range.to; ++i)
        i->second = {};
  for (auto& [at, value] : change.rows)
    set(at, value, behind);
}

void memory_store::set(const key& at, frame value, bool behind) {
  auto now = rows_.find(at);
  if (behind)
    unflushed_.try_emplace(at, now == rows_.end() ? frame{} : now->second);
  else if (auto i = unflushed_.find(at); i != unflushed_.end())
    i->second = value;
  if (!value.empty())
    rows_.insert_or_assign(at, std::move(value));
  else if (now != rows_.end())
    rows_.erase(now);
}

} // namespace parley
