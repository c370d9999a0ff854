#include "actors/replica.hpp"

#include "actors/end_process.hpp"
#include "schema/identity.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

namespace parley {

void replica_state::start(shard_id id, const cluster_map& map, uint64_t life, directory_ptr dir,
                          std::shared_ptr<const store> disk) {
  id_ = id;
  dir_ = std::move(dir);
  disk_ = std::move(disk);
  core::replica_options options;
  options.shard = id;
  options.group.self = dir_->self;
  if (map.epoch == 1) // Nobody has come or gone since the cluster was founded.
    for (auto node : map.groups[id.value])
      options.group.founders.push_back({node});
  options.writer = dir_->next_writer();
  options.life = life;
  options.seed = random_number();
  core_.emplace(std::move(options), *disk_);
  core_->assign(map);
}

raft::moment replica_state::now() const {
  return std::chrono::duration_cast<raft::moment>(self->clock().now().time_since_epoch());
}

// -- what rooms, inboxes and couriers want ---------------------------------------------

void replica_state::add(append& x) {
  if (auto sender = caf::actor_cast<writer_actor>(self->current_sender()))
    writers_[x.writer] = {std::move(sender), x.number};
  core::replica_actions out;
  core_->add(std::move(x), out);
  carry_out(std::move(out));
  flush_soon();
}

void replica_state::add(load& x) {
  auto reader = caf::actor_cast<reader_actor>(self->current_sender());
  if (!reader)
    return;
  core_->add(++tickets_);
  loads_.emplace(tickets_, waiting_load{std::move(reader), {}, std::move(x)});
  flush_soon();
}

void replica_state::refuse_from_now_on(const fence& x) {
  if (auto asker = caf::actor_cast<shard_actor>(self->current_sender()))
    fences_[x.writer] = std::move(asker);
  core_->refuse_from_now_on(x.writer);
  flush_soon();
}

void replica_state::flush_soon() {
  if (!std::exchange(flushing_, true))
    self->send(self, caf::unit); // Behind what else has arrived.
}

void replica_state::flush() {
  flushing_ = false;
  core::replica_actions out;
  core_->pack_entries(dir_->all_unpack);
  core_->flush(now(), out);
  carry_out(std::move(out));
}

// -- what happens ---------------------------------------------------------------------------

void replica_state::tick_now() {
  core::replica_actions out;
  core_->tick(now(), out);
  carry_out(std::move(out));
}

void replica_state::handle(const peer_letter& x) {
  if (x.what.kind == letter_kind::read_request)
    return serve(x);
  core::replica_actions out;
  core_->hear(x.from, x.what, now(), out);
  carry_out(std::move(out));
  flush_soon(); // Results come in bursts, and so do the letters that follow from them.
}

void replica_state::handle(const reachable& x) {
  core::replica_actions out;
  core_->reachable(x.peer, x.yes, now(), out);
  carry_out(std::move(out));
}

void replica_state::handle(const map_changed& x) {
  core_->assign(*x.map);
}

void replica_state::handle(const drains& x) {
  core_->drains(x.node, x.yes);
}

/// Another node reads here as if it were this one.
void replica_state::serve(const peer_letter& x) {
  auto asked = decode_read_request(x.what.bytes.bytes());
  if (!asked)
    return;
  core_->add(++tickets_);
  loads_.emplace(tickets_,
                 waiting_load{{}, x.from, {id_, asked->token, std::move(asked->queries)}});
  flush_soon();
}

void replica_state::reply(rows& x) {
  auto read = reads_.extract(x.token);
  if (read.empty())
    return;
  auto [to, token] = read.mapped();
  x.token = token;
  if (auto peer = dir_->peers.find(to))
    self->send(peer, raft_letter{id_, encode(x), letter_kind::read_reply});
}

void replica_state::handle(const committed& x) {
  core::replica_actions out;
  core_->step(x, now(), out);
  carry_out(std::move(out));
}

// -- what follows -----------------------------------------------------------------------------

void replica_state::carry_out(core::replica_actions&& out) {
  if (!out.fatal.empty())
    end_process("event=replica-failed shard=" + std::to_string(id_.value) + " text=\"" + out.fatal
                + "\"");
  for (auto& x : out.appends)
    self->send(dir_->journal, std::move(x));
  for (auto& [to, letter] : out.letters)
    if (auto peer = dir_->peers.find(to))
      self->send(peer, std::move(letter));
    else if (to == dir_->self)
      self->send(dir_->controller, peer_letter{to, std::move(letter)});
  for (auto& [writer, what] : out.answers)
    answer(writer, what);
  for (auto writer : out.fenced)
    if (auto asker = fences_.extract(writer); !asker.empty())
      caf::anon_send(asker.mapped(), fenced{writer});
  for (auto ticket : out.readable)
    if (auto x = loads_.extract(ticket); !x.empty())
      read(ticket, std::move(x.mapped()));
  for (auto ticket : out.refused)
    if (auto x = loads_.extract(ticket); !x.empty())
      refuse(ticket, x.mapped());
  for (auto& x : out.copies)
    log(x);
  if (out.cut != 0)
    spdlog::debug("event=log-cut shard={} upto={}", id_.value, out.cut);
  dir_->groups[id_.value].held = core_->holds_rows();
  if (out.role)
    tell_role(*out.role);
}

void replica_state::tell_role(const raft::role& x) {
  spdlog::debug("event=role shard={} leader={} term={}", id_.value, x.leader.value, x.term);
  leads what{x.kind == raft::role_kind::unknown ? node_id{} : x.leader, x.term};
  dir_->groups[id_.value].leader = what.leader.value;
  if (id_ == map_group)
    self->send(dir_->controller, what);
  else
    caf::anon_send(dir_->shard(id_), what);
}

void replica_state::read(core::load_ticket ticket, waiting_load&& x) {
  auto& history = dir_->history_of(writer_id{id_.value});
  if (x.reader) {
    caf::send_as(x.reader, history, std::move(x.what));
  } else {
    reads_.emplace(ticket, std::pair{x.from, x.what.token});
    x.what.token = ticket;
    self->send(history, std::move(x.what));
  }
}

void replica_state::refuse(core::load_ticket ticket, const waiting_load& x) {
  rows refusal{x.what.token, ec::retry, {}};
  if (x.reader) {
    caf::anon_send(x.reader, std::move(refusal));
  } else {
    reads_.emplace(ticket, std::pair{x.from, x.what.token});
    refusal.token = ticket;
    reply(refusal);
  }
}

/// Who was refused, or has everything, need not be known any more.
void replica_state::answer(writer_id writer, const committed& what) {
  auto at = writers_.find(writer);
  if (at == writers_.end())
    return;
  caf::anon_send(at->second.who, what);
  if (what.code != ec::none || what.upto == at->second.last)
    writers_.erase(at);
}

void replica_state::log(const core::copy_news& x) const {
  switch (x.what) {
    case core::copy_news::kind::begun:
      return spdlog::info("event=copy-begun shard={} from={}", id_.value, x.from.value);
    case core::copy_news::kind::done:
      return spdlog::info("event=copy-done shard={} from={}", id_.value, x.from.value);
    case core::copy_news::kind::failed:
      return spdlog::warn("event=copy-failed shard={} from={}", id_.value, x.from.value);
  }
}

replica_actor::behavior_type replica(replica_actor::stateful_pointer<replica_state> self,
                                     shard_id id, std::shared_ptr<const cluster_map> map,
                                     uint64_t life, directory_ptr dir,
                                     std::shared_ptr<const store> disk) {
  self->state.start(id, *map, life, std::move(dir), std::move(disk));
  return {
    [self](append& x) { self->state.add(x); },
    [self](const fence& x) { self->state.refuse_from_now_on(x); },
    [self](caf::unit_t) { self->state.flush(); },
    [self](load& x) { self->state.add(x); },
    [self](const committed& x) { self->state.handle(x); },
    [self](const peer_letter& x) { self->state.handle(x); },
    [self](const reachable& x) { self->state.handle(x); },
    [self](const map_changed& x) { self->state.handle(x); },
    [self](const drains& x) { self->state.handle(x); },
    [self](rows& x) { self->state.reply(x); },
    [self](tick) { self->state.tick_now(); },
  };
}

} // namespace parley
