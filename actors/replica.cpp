#include "actors/replica.hpp"

#include "persistence/store.hpp"
#include "schema/effect_codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace parley {

void replica_state::start(shard_id id, raft::configuration founders, uint64_t life,
                          directory_ptr dir, std::shared_ptr<const store> disk) {
  id_ = id;
  founders_ = std::move(founders);
  life_ = life;
  dir_ = std::move(dir);
  disk_ = std::move(disk);
  writer_ = dir_->next_writer();
}

void replica_state::open_group() {
  if (!writing_.empty())
    return; // What is on its way decides what is found: at the next tick.
  if (read_row(*disk_, keys::replacing(id_))) // Neither the old rows nor the new ones.
    return fetch(another_node(dir_->self), false);
  raft::persisted found;
  if (auto loaded = raft::load_group(*disk_, id_, found); !loaded.ok())
    return fail(loaded.text);
  raft::group_options options;
  options.self = dir_->self;
  options.founders = founders_;
  options.seed = random_number();
  group_.emplace(options, std::move(found), now());
  for (auto peer : unreachable_)
    group_->connected(peer, false);
  carry_out();
}

raft::moment replica_state::now() const {
  return std::chrono::duration_cast<raft::moment>(self->clock().now().time_since_epoch());
}

// -- what rooms, inboxes and couriers want ---------------------------------------------

void replica_state::add(append& x) {
  auto sender = caf::actor_cast<writer_actor>(self->current_sender());
  auto serves = role_.kind == raft::role_kind::leader && x.epoch == role_.term;
  if (!serves || refused_.contains(x.writer)) {
    spdlog::debug("event=append-refused shard={} writer={} epoch={} term={} serves={}", id_.value,
                  x.writer.value, x.epoch, role_.term, serves);
    if (sender)
      caf::anon_send(sender, committed{x.number - 1, ec::retry});
    return;
  }
  auto bytes = x.what.bytes + x.what.rows.size() * limits::raft_row_bytes;
  auto& to = batch_for(bytes);
  to.bytes += bytes;
  to.effects.push_back(std::move(x.what));
  to.writers[x.writer] = {std::move(sender), x.number};
  flush_soon();
}

replica_state::batch& replica_state::batch_for(size_t bytes) {
  if (pending_.empty() || pending_.back().bytes + bytes > limits::raft_batch_bytes)
    pending_.emplace_back();
  return pending_.back();
}

void replica_state::refuse_from_now_on(const fence& x) {
  refused_.insert(x.writer);
  // An entry of its own kind: whatever the writer proposed is in the log before it.
  if (auto asker = caf::actor_cast<shard_actor>(self->current_sender()))
    batch_for(0).fences.push_back({asker, x.writer});
  flush_soon();
}

void replica_state::add(load& x) {
  if (auto reader = caf::actor_cast<reader_actor>(self->current_sender()))
    loads_.push_back({std::move(reader), std::move(x)});
  flush_soon();
}

void replica_state::flush_soon() {
  if (!std::exchange(flushing_, true))
    self->send(self, caf::unit); // Behind what else has arrived.
}

void replica_state::flush() {
  flushing_ = false;
  if (!group_)
    return refuse(std::exchange(loads_, {}));
  confirm();
  propose();
  carry_out();
}

void replica_state::propose() {
  while (group_ && !pending_.empty()) {
    auto& next = pending_.front();
    auto said = group_->propose(encode_effects(next.effects), ++tokens_, now());
    if (said == raft::verdict::busy)
      return; // Again when an earlier one has ended.
    if (said == raft::verdict::accepted)
      proposed_.emplace(tokens_, std::move(next));
    else
      refuse(next);
    pending_.pop_front();
  }
}

void replica_state::confirm() {
  if (loads_.empty())
    return;
  // One question for all of them: reads must see what was acknowledged elsewhere.
  confirming_.emplace(++tokens_, std::exchange(loads_, {}));
  group_->confirm_leadership(tokens_, now());
}

// -- what happens ---------------------------------------------------------------------------

void replica_state::tick_now() {
  look_after_copies();
  if (!group_ && !copy_)
    open_group();
  if (!group_)
    return;
  group_->tick(now());
  carry_out();
}

void replica_state::handle(const peer_letter& x) {
  auto& bytes = x.what.bytes;
  if (x.what.kind == letter_kind::copy_request) {
    if (auto request = decode_copy_request(bytes.bytes()))
      serve(*request, x.from);
  } else if (x.what.kind == letter_kind::copy_page) {
    if (auto page = decode_copy_page(bytes.bytes()))
      handle(*page);
  } else if (group_) {
    group_->receive(bytes, now());
    flush_soon(); // Results come in bursts, and so do the letters that follow from them.
  }
}

void replica_state::handle(const reachable& x) {
  if (x.yes)
    unreachable_.erase(x.peer);
  else
    unreachable_.insert(x.peer);
  if (!group_)
    return;
  group_->connected(x.peer, x.yes);
  carry_out();
}

void replica_state::handle(const committed& x) {
  if (x.code != ec::none)
    return fail("the journal refused a write");
  uint64_t write = 0;
  for (; !writing_.empty() && writing_.front().append <= x.upto; writing_.pop_front())
    write = std::max(write, writing_.front().write);
  if (write != 0 && group_)
    group_->written(write, now());
  answer_what_is_written();
  page_is_written();
  propose();
  carry_out();
}

// -- what follows -----------------------------------------------------------------------------

void replica_state::carry_out() {
  if (!group_)
    return;
  auto out = group_->take();
  if (!out.fatal.empty())
    return fail(out.fatal);
  write(out);
  for (auto& x : out.letters)
    if (auto at = dir_->peers.find(x.to); at != dir_->peers.end())
      self->send(at->second, raft_letter{id_, std::move(x.bytes)});
  for (auto& x : out.proposals)
    end(x);
  for (auto& x : out.reads)
    end(x);
  answer_what_is_written();
  if (out.role)
    take_role(*out.role);
  if (out.install)
    fetch(out.install->from, true);
  if (out.reload) {
    group_.reset();
    open_group();
  }
}

void replica_state::write(raft::output& out) {
  effect change;
  auto add = [&change](effect&& x) {
    change.bytes += x.bytes;
    std::move(x.rows.begin(), x.rows.end(), std::back_inserter(change.rows));
  };
  for (auto& x : out.committed) {
    auto rows = raft::rows_of(id_, x);
    if (!rows)
      return fail("an entry of the log is damaged");
    add(*std::move(rows));
  }
  for (auto& x : out.writes)
    add(raft::rows_of(id_, x));
  if (change.rows.empty())
    return;
  append_rows(std::move(change), out.writes.empty() ? 0 : out.writes.back().number);
}

void replica_state::append_rows(effect&& what, uint64_t write) {
  writing_.push_back({++appends_, write});
  self->send(dir_->journal, append{id_, life_, writer_, appends_, std::move(what)});
}

void replica_state::end(const raft::proposal_end& x) {
  auto ended = proposed_.extract(x.token);
  if (ended.empty())
    return;
  if (x.index == 0)
    refuse(ended.mapped());
  else
    applied_.emplace_back(appends_, std::move(ended.mapped()));
}

void replica_state::end(const raft::read_end& x) {
  auto ended = confirming_.extract(x.token);
  if (ended.empty())
    return;
  if (x.index == 0)
    refuse(ended.mapped());
  else
    readable_.emplace_back(appends_, std::move(ended.mapped()));
}

void replica_state::answer_what_is_written() {
  auto written = writing_.empty() ? appends_ : writing_.front().append - 1;
  for (; !applied_.empty() && applied_.front().first <= written; applied_.pop_front())
    done(applied_.front().second);
  for (; !readable_.empty() && readable_.front().first <= written; readable_.pop_front())
    serve(readable_.front().second);
}

void replica_state::done(const batch& x) {
  for (auto& [id, progress] : x.writers)
    if (progress.who)
      caf::anon_send(progress.who, committed{progress.upto, ec::none});
  for (auto& [asker, writer] : x.fences)
    caf::anon_send(asker, fenced{writer});
}

void replica_state::refuse(const batch& x) {
  for (auto& [id, progress] : x.writers) {
    refused_.insert(id);
    if (progress.who)
      caf::anon_send(progress.who, committed{0, ec::retry});
  }
  for (auto& [asker, writer] : x.fences)
    caf::anon_send(asker, fenced{writer});
}

void replica_state::serve(std::vector<waiting_load>& what) {
  auto& history = dir_->history_of(writer_id{id_.value});
  for (auto& x : what)
    caf::send_as(x.reader, history, std::move(x.what));
}

void replica_state::refuse(const std::vector<waiting_load>& of) {
  spdlog::debug("event=loads-refused shard={} loads={}", id_.value, of.size());
  for (auto& x : of)
    caf::anon_send(x.reader, rows{x.what.token, ec::retry, {}});
}

void replica_state::take_role(const raft::role& x) {
  role_ = x;
  if (x.kind != raft::role_kind::leader) {
    for (auto& batch : std::exchange(pending_, {}))
      refuse(batch);
    refused_.clear(); // Of another epoch, all of them.
  }
  spdlog::debug("event=role shard={} leader={} term={}", id_.value, x.leader.value, x.term);
  auto leader = x.kind == raft::role_kind::unknown ? node_id{} : x.leader;
  caf::anon_send(dir_->shard(id_), leads{leader, x.term});
}

void replica_state::fail(const std::string& why) {
  spdlog::critical("event=replica-failed shard={} text=\"{}\"", id_.value, why);
  spdlog::shutdown();
  std::_Exit(1); // The others go on; this one starts again from its disk.
}

replica_actor::behavior_type replica(replica_actor::stateful_pointer<replica_state> self,
                                     shard_id id, raft::configuration founders, uint64_t life,
                                     directory_ptr dir, std::shared_ptr<const store> disk) {
  self->state.start(id, std::move(founders), life, std::move(dir), std::move(disk));
  return {
    [self](append& x) { self->state.add(x); },
    [self](const fence& x) { self->state.refuse_from_now_on(x); },
    [self](caf::unit_t) { self->state.flush(); },
    [self](load& x) { self->state.add(x); },
    [self](const committed& x) { self->state.handle(x); },
    [self](const peer_letter& x) { self->state.handle(x); },
    [self](const reachable& x) { self->state.handle(x); },
    [self](tick) { self->state.tick_now(); },
  };
}

} // namespace parley
