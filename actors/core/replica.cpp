#include "actors/core/replica.hpp"

#include "persistence/raft_rows.hpp"
#include "schema/effect_codec.hpp"
#include "schema/record.hpp"

#include <algorithm>

namespace parley::core {

replica::replica(replica_options options, const store& disk)
    : options_(std::move(options)), disk_(disk), random_(options_.seed) {
  for (auto& x : options_.group.founders)
    wanted_.push_back(x.id);
  sources_ = wanted_;
}

replica::~replica() = default;

void replica::open_group() {
  if (!writing_.empty())
    return; // What is on its way decides what is found: at the next tick.
  std::optional<std::string> replacing;
  if (auto read = read_row(disk_, keys::replacing(options_.shard), replacing); !read.ok())
    return fail(read.text);
  if (replacing) // Neither the old rows nor the new ones.
    return fetch_what_follows_own_mark();
  raft::persisted found;
  if (auto loaded = raft::load_group(disk_, options_.shard, found); !loaded.ok())
    return fail(loaded.text);
  elsewhere_ = !is_wanted(options_.group.self) && found.entries.empty() && !found.snapshot;
  if (elsewhere_) {
    if (found.applied != 0)
      retire(); // A copy that nobody waited for.
    return;
  }
  options_.group.seed = random_();
  group_.emplace(options_.group, std::move(found), now_);
  for (auto peer : unreachable_)
    group_->connected(peer, false);
  carry_out();
}

// -- what rooms, inboxes and couriers want ---------------------------------------------

void replica::add(append&& x, replica_actions& out) {
  auto serves = role_.kind == raft::role_kind::leader && x.epoch == role_.term;
  if (!serves || refused_.contains(x.writer)) {
    out.answers.emplace_back(x.writer, committed{x.number - 1, ec::retry});
    return;
  }
  if (!x.what.empty() && !disk_.has_room()) {
    if (!x.droppable)
      return refuse_for_space(x, out);
    x.what = {};
  }
  auto bytes = x.what.bytes + x.what.rows.size() * limits::raft_row_bytes;
  auto& to = batch_for(bytes);
  to.bytes += bytes;
  if (!x.what.empty())
    to.effects.push_back(std::move(x.what));
  to.writers[x.writer] = x.number;
}

/// Of this node's disk nothing is left but the reserve: that is for what other
/// leaders have promised, and for Raft's own rows.
void replica::refuse_for_space(const append& x, replica_actions& out) {
  auto of_writer = [&x](const batch& y) { return y.writers.contains(x.writer); };
  auto under_way = std::any_of(pending_.begin(), pending_.end(), of_writer)
                   || std::any_of(proposed_.begin(), proposed_.end(),
                                  [&](const auto& y) { return of_writer(y.second); });
  refused_.insert(x.writer);
  // Whatever is under way may still be committed: then nobody can say that nothing was.
  out.answers.emplace_back(x.writer, committed{0, under_way ? ec::retry : ec::storage_full});
}

replica::batch& replica::batch_for(size_t bytes) {
  if (pending_.empty() || pending_.back().bytes + bytes > limits::raft_batch_bytes)
    pending_.emplace_back().epoch = role_.term;
  return pending_.back();
}

/// The group may have lost the leadership and won it again since the appends
/// were let in; the rooms of the new epoch read what is there without them.
bool replica::may_propose(const batch& x) const {
  auto role = group_->role();
  return role.kind == raft::role_kind::leader && role.term == x.epoch;
}

void replica::refuse_from_now_on(writer_id x) {
  refused_.insert(x);
  // An entry of its own kind: whatever the writer proposed is in the log before it.
  batch_for(0).fences.push_back(x);
}

void replica::add(load_ticket x) {
  loads_.push_back(x);
}

void replica::flush(raft::moment now, replica_actions& out) {
  now_ = now;
  out_ = &out;
  if (!group_) {
    for (auto x : std::exchange(loads_, {}))
      out.refused.push_back(x);
    return;
  }
  confirm();
  propose();
  carry_out();
}

void replica::propose() {
  if (heir_)
    return; // Another one shall lead at once.
  while (group_ && !pending_.empty()) {
    auto& next = pending_.front();
    if (!may_propose(next)) {
      refuse(next);
      pending_.pop_front();
      continue;
    }
    if (next.asks_only() && proposed_.empty()) {
      asking_.emplace(++tokens_, std::move(next));
      group_->confirm_leadership(tokens_, now_);
      pending_.pop_front();
      continue;
    }
    auto entry = encode_effects(next.effects);
    auto said = group_->propose(packs_ ? pack(entry) : entry, ++tokens_, now_);
    if (said == raft::verdict::busy)
      return; // Again when an earlier one has ended.
    if (said == raft::verdict::accepted)
      proposed_.emplace(tokens_, std::move(next));
    else
      refuse(next);
    pending_.pop_front();
  }
}

void replica::confirm() {
  if (loads_.empty())
    return;
  // One question for all of them: reads must see what was acknowledged elsewhere.
  confirming_.emplace(++tokens_, std::exchange(loads_, {}));
  group_->confirm_leadership(tokens_, now_);
}

// -- what happens ---------------------------------------------------------------------------

void replica::tick(raft::moment now, replica_actions& out) {
  now_ = now;
  out_ = &out;
  look_after_copies();
  look_what_is_flushed();
  forget_hearsay();
  if (!group_ && !copy_ && !elsewhere_)
    open_group();
  if (!group_)
    return;
  group_->tick(now_);
  steer();
  announce();
  carry_out();
}

void replica::hear(node_id from, const raft_letter& x, raft::moment now, replica_actions& out) {
  now_ = now;
  out_ = &out;
  if (x.kind == letter_kind::copy_request) {
    if (auto request = decode_copy_request(x.bytes.bytes()))
      serve(*request, from);
  } else if (x.kind == letter_kind::copy_page) {
    if (auto page = decode_copy_page(x.bytes.bytes()))
      hear(*page);
  } else if (x.kind == letter_kind::leading) {
    if (auto leading = raft::decode_leading(x.bytes.bytes()))
      hear(from, *leading);
  } else if (x.kind == letter_kind::raft && group_) {
    group_->receive(x.bytes, now_); // What follows, with what else has arrived: flush.
  }
}

void replica::reachable(node_id peer, bool yes, raft::moment now, replica_actions& out) {
  now_ = now;
  out_ = &out;
  if (yes)
    unreachable_.erase(peer);
  else
    unreachable_.insert(peer);
  if (!group_)
    return;
  group_->connected(peer, yes);
  carry_out();
}

void replica::step(const committed& x, raft::moment now, replica_actions& out) {
  now_ = now;
  out_ = &out;
  if (x.code != ec::none)
    return fail("the journal cannot write: " + std::string{text_of(x.code)});
  uint64_t write = 0;
  for (; !writing_.empty() && writing_.front().append <= x.upto; writing_.pop_front())
    write = std::max(write, writing_.front().write);
  if (write != 0 && group_)
    group_->written(write, now_);
  read_what_is_written();
  page_is_written();
  propose();
  carry_out();
}

/// The last entry whose rows a crash would leave, or an earlier one.
uint64_t replica::flushed_up_to() const {
  uint64_t result = 0;
  (void)disk_.get_durable(keys::applied(options_.shard), [&result](auto, std::string_view value) {
    if (auto counter = record::decode<record::counter>(value))
      result = counter->value;
    return false;
  });
  return result;
}

/// A copy and a mark wait until a crash would leave their rows. As a rule memory
/// that is full of rows is flushed soon enough, and by itself.
void replica::look_what_is_flushed() {
  auto whole = copy_ && copy_->whole;
  auto wanted = whole ? copy_->applied : group_ ? group_->waits_for_flush() : 0;
  if (!whole && wanted == 0) { // A copy of nothing is whole too.
    flush_at_ = {};
  } else if (flushed_up_to() >= wanted) {
    flush_at_ = {};
    if (whole)
      end_fetching();
    else
      group_->flushed(wanted, now_);
  } else if (flush_at_ == raft::moment{}) {
    flush_at_ = now_ + limits::raft_flush_after;
  } else if (now_ >= flush_at_) {
    disk_.flush(options_.shard);
    flush_at_ = now_ + limits::raft_flush_after;
  }
}

// -- what follows -----------------------------------------------------------------------------

void replica::carry_out() {
  if (!group_)
    return;
  auto from = group_->take();
  if (!from.fatal.empty())
    return fail(std::move(from.fatal));
  write(from);
  for (auto& x : from.letters)
    out_->letters.push_back({x.to, {options_.shard, std::move(x.bytes)}});
  for (auto& x : from.proposals)
    end(x);
  for (auto& x : from.reads)
    end(x);
  if (!from.changes.empty())
    changing_ = false;
  read_what_is_written();
  if (from.role)
    take_role(*from.role);
  if (from.install)
    fetch(from.install->from, from.install->mark.last_index, true);
  if (from.reload) {
    group_.reset();
    open_group();
  }
}

void replica::write(raft::output& from) {
  auto add = [](effect& to, effect&& x) {
    to.bytes += x.bytes;
    std::move(x.rows.begin(), x.rows.end(), std::back_inserter(to.rows));
  };
  effect changed;
  for (auto& x : from.committed) {
    auto rows = raft::rows_of(options_.shard, x);
    if (!rows)
      return fail("an entry of the log is damaged");
    add(changed, *std::move(rows));
  }
  if (!changed.rows.empty())
    append_rows(std::move(changed));
  effect log;
  for (auto& x : from.writes) {
    if (auto mark = std::get_if<raft::save_snapshot>(&x.what))
      out_->cut = mark->last;
    add(log, raft::rows_of(options_.shard, x));
  }
  if (!log.rows.empty())
    append_log(std::move(log), from.writes.back().number);
}

void replica::append_rows(effect&& what) {
  hand_to_journal(std::move(what), 0, true);
}

void replica::append_log(effect&& what, uint64_t write) {
  hand_to_journal(std::move(what), write, false);
}

void replica::hand_to_journal(effect&& what, uint64_t write, bool behind) {
  writing_.push_back({++appends_, write});
  out_->appends.push_back(
    {options_.shard, options_.life, options_.writer, appends_, std::move(what), false, behind});
}

bool replica::is_written(uint64_t append) const {
  return writing_.empty() || append < writing_.front().append;
}

void replica::end(const raft::proposal_end& x) {
  auto ended = proposed_.extract(x.token);
  if (ended.empty())
    return;
  if (x.index == 0)
    refuse(ended.mapped());
  else
    done(ended.mapped());
}

void replica::end(const raft::read_end& x) {
  if (auto asked = asking_.extract(x.token); !asked.empty())
    return x.index == 0 ? refuse(asked.mapped()) : done(asked.mapped());
  auto ended = confirming_.extract(x.token);
  if (ended.empty())
    return;
  if (x.index != 0)
    readable_.emplace_back(appends_, std::move(ended.mapped()));
  else
    for (auto ticket : ended.mapped())
      out_->refused.push_back(ticket);
}

void replica::read_what_is_written() {
  for (; !readable_.empty() && is_written(readable_.front().first); readable_.pop_front())
    for (auto ticket : readable_.front().second)
      out_->readable.push_back(ticket);
}

void replica::done(const batch& x) {
  for (auto& [writer, upto] : x.writers)
    out_->answers.emplace_back(writer, committed{upto, ec::none});
  out_->fenced.insert(out_->fenced.end(), x.fences.begin(), x.fences.end());
}

void replica::refuse(const batch& x) {
  for (auto& [writer, upto] : x.writers) {
    refused_.insert(writer);
    out_->answers.emplace_back(writer, committed{0, ec::retry});
  }
  out_->fenced.insert(out_->fenced.end(), x.fences.begin(), x.fences.end());
}

void replica::take_role(const raft::role& x) {
  if (role_ == x)
    return;
  role_ = x;
  hearsay_ = false;
  changing_ = false;
  heir_ = {};
  announce_at_ = {};
  prefer_at_ = now_ + limits::raft_prefer_after
               + raft::moment{random_() % raft::moment{limits::raft_prefer_spread}.count()};
  for (auto& batch : std::exchange(pending_, {}))
    refuse(batch);
  refused_.clear(); // Of another epoch, all of them.
  out_->role = x;
}

void replica::fail(std::string why) {
  out_->fatal = std::move(why);
}

} // namespace parley::core
