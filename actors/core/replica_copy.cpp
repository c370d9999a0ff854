#include "actors/core/replica.hpp"

#include "schema/effect_codec.hpp"
#include "schema/limits.hpp"
#include "schema/record.hpp"

#include <algorithm>

// How a replica that is too far behind for entries gets the rows of its shard:
// page by page, all of one moment, with a mark among them that they are neither
// the old ones nor the new ones until the last page is there. Without that
// mark's end no group is opened over them.

namespace parley::core {

namespace {

/// The last entry that is in the rows for good; 0 if none is.
status mark_of(const row_view& rows, shard_id shard, uint64_t& out) {
  std::optional<std::string> row;
  auto read = read_row(rows, keys::snapshot(shard), row);
  auto mark = row ? raft::decode_snapshot(frame{*row}.bytes()) : std::nullopt;
  out = mark ? mark->last_index : 0;
  return read;
}

/// The last entry that is in the rows.
status applied_of(const row_view& rows, shard_id shard, uint64_t& out) {
  std::optional<std::string> row;
  if (auto read = read_row(rows, keys::applied(shard), row); !read.ok())
    return read;
  auto counter = row ? record::decode<record::counter>(*row) : std::nullopt;
  auto read = mark_of(rows, shard, out);
  out = std::max(out, counter ? counter->value : 0);
  return read;
}

} // namespace

// -- the replica that is behind -----------------------------------------------------------

void replica::fetch(node_id from, uint64_t at_least, bool for_group) {
  out_->copies.push_back({copy_news::kind::begun, from});
  copy_.emplace();
  copy_->from = from;
  copy_->at_least = at_least;
  copy_->for_group = for_group;
  copy_->token = random_();
  effect begin;
  begin.cleared.push_back(keys::everything(options_.shard));
  begin.erase(keys::applied(options_.shard));
  begin.put(keys::replacing(options_.shard), record::encode(record::counter{1}));
  append_rows(std::move(begin));
  ask_for_page();
}

void replica::ask_for_page() {
  copy_->asked_at = now_;
  copy_->append = 0;
  auto request = encode(copy_request{copy_->token, copy_->after});
  out_->letters.push_back(
    {copy_->from, {options_.shard, std::move(request), letter_kind::copy_request}});
}

void replica::hear(const copy_page& x) {
  if (!copy_ || x.token != copy_->token || copy_->append != 0)
    return; // Of another attempt, or come twice.
  auto rows = decode_effects(x.rows);
  if (x.refused || !rows || x.applied < copy_->at_least)
    return give_up_fetching();
  copy_->tries = 0;
  copy_->applied = x.applied;
  copy_->last = x.last;
  if (!rows->rows.empty())
    copy_->after = rows->rows.back().key.bytes();
  if (x.last) {
    rows->put(keys::applied(options_.shard), record::encode(record::counter{x.applied}));
    rows->erase(keys::replacing(options_.shard));
  }
  append_rows(*std::move(rows));
  copy_->append = appends_;
}

void replica::page_is_written() {
  if (!copy_ || copy_->whole || copy_->append == 0 || !is_written(copy_->append))
    return;
  if (!copy_->last)
    return ask_for_page(); // No faster than the disk.
  copy_->whole = true;
  flush_at_ = now_; // Who waits for the copy does not wait for that as well.
  look_what_is_flushed();
}

/// A crash would leave the rows: only now may the log that has them go.
void replica::end_fetching() {
  out_->copies.push_back({copy_news::kind::done, copy_->from});
  auto done = *copy_;
  copy_.reset();
  if (done.for_group && group_)
    group_->installed(true, done.applied, now_);
  else
    open_group();
}

void replica::look_after_copies() {
  std::erase_if(moments_,
                [this](const auto& x) { return now_ - x.second.used_at >= limits::copy_keep; });
  if (!copy_ || copy_->append != 0 || now_ - copy_->asked_at < limits::copy_again_after)
    return;
  if (++copy_->tries < limits::copy_tries)
    ask_for_page();
  else
    give_up_fetching();
}

void replica::give_up_fetching() {
  out_->copies.push_back({copy_news::kind::failed, copy_->from});
  auto next = another_node(copy_->from);
  auto for_group = copy_->for_group;
  auto at_least = copy_->at_least;
  copy_.reset();
  if (for_group && group_) {
    group_->installed(false, 0, now_); // It is opened again, once the rows are whole.
    return carry_out();
  }
  fetch(next, at_least, false);
}

/// The log of this replica begins behind its mark: older rows would leave a hole.
void replica::fetch_what_follows_own_mark() {
  uint64_t mark = 0;
  if (auto read = mark_of(disk_, options_.shard, mark); !read.ok())
    return fail(read.text);
  fetch(another_node(options_.group.self), mark, false);
}

/// The next of those that may have it; `than` if there is no other.
node_id replica::another_node(node_id than) const {
  auto at = std::find(sources_.begin(), sources_.end(), than);
  for (size_t i = 0; i < sources_.size(); ++i) {
    at = at == sources_.end() || at + 1 == sources_.end() ? sources_.begin() : at + 1;
    if (*at != options_.group.self)
      return *at;
  }
  return than;
}

// -- the replica that has them --------------------------------------------------------------

void replica::serve(const copy_request& x, node_id to) {
  copy_page page{x.token, {}, 0, false, true};
  auto moment = moments_.find(x.token);
  if (moment == moments_.end() && x.after.empty() && group_ && !copy_) {
    moment_of_shard now{disk_.snapshot(), 0, {}};
    if (applied_of(*now.rows, options_.shard, now.applied).ok())
      moment = moments_.emplace(x.token, std::move(now)).first;
  }
  if (moment != moments_.end()) {
    moment->second.used_at = now_;
    auto range = keys::everything(options_.shard);
    if (!x.after.empty())
      range.from = key::from(x.after);
    effect rows;
    size_t bytes = 0;
    page.last = true;
    auto read = moment->second.rows->scan(range, [&](std::string_view at, std::string_view value) {
      if (at == x.after)
        return true;
      if (bytes >= options_.copy_page_bytes) {
        page.last = false;
        return false;
      }
      bytes += at.size() + value.size();
      rows.put(key::from(at), frame{value});
      return true;
    });
    page.refused = !read.ok();
    page.rows = encode_effects({&rows, 1});
    page.applied = moment->second.applied;
    if (page.last)
      moments_.erase(moment);
  }
  out_->letters.push_back({to, {options_.shard, encode(page), letter_kind::copy_page}});
}

} // namespace parley::core
