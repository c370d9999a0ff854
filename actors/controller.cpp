#include "actors/controller.hpp"

#include "actors/core/formats.hpp"
#include "actors/end_process.hpp"
#include "actors/spawn.hpp"
#include "schema/limits.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

namespace parley {

void controller_state::start(cluster_self as, std::shared_ptr<const cluster_map> map,
                             directory_ptr dir) {
  as_ = as;
  dir_ = std::move(dir);
  for (auto& x : map->nodes)
    meet(x);
  dir_->peers.set_removed(map->removed);
  count_copies(*map);
  core_.emplace(as_.as, dir_->next_writer(), std::move(map));
  self->delayed_send(self, limits::raft_announce_every, tick{});
}

std::chrono::microseconds controller_state::now() const {
  return now_of(self).steady;
}

// -- what happens -----------------------------------------------------------------------

void controller_state::follow(const leads& x) {
  core::controller_actions out;
  core_->follow(x.leader, x.epoch, dir_->next_writer(), out);
  carry_out(std::move(out));
}

void controller_state::handle(const rows& x) {
  core::controller_actions out;
  core_->step(x, now(), out);
  carry_out(std::move(out));
}

void controller_state::handle(const committed& x) {
  core::controller_actions out;
  if (self->current_sender() == caf::actor_cast<caf::strong_actor_ptr>(dir_->journal))
    core_->kept(x, out);
  else
    core_->step(x, dir_->next_writer(), now(), out);
  carry_out(std::move(out));
}

void controller_state::hear(const peer_letter& x) {
  if (x.what.kind == letter_kind::door)
    return hear_of_door(x);
  core::controller_actions out;
  core_->hear(x.from, x.what, now(), out);
  carry_out(std::move(out));
}

void controller_state::handle(const relinked& x) {
  send_map(x.peer);
}

void controller_state::handle(const reachable& x) {
  if (x.yes)
    linked_.insert(x.peer);
  else
    linked_.erase(x.peer);
  if (!x.yes)
    dir_->peers.set_door(x.peer, std::nullopt);
}

void controller_state::handle(const disk_seen& x) {
  core::controller_actions out;
  core_->saw(x.node, x.disk, out);
  carry_out(std::move(out));
}

void controller_state::handle(const ask_cluster& x) {
  waiting_asker asker{x.number, caf::actor_cast<observer_actor>(self->current_sender())};
  if (!x.change)
    return report(asker, {});
  askers_.emplace(++tickets_, std::move(asker));
  core::controller_actions out;
  core_->ask(tickets_, *x.change, out);
  carry_out(std::move(out));
}

void controller_state::look_after() {
  core::controller_actions out;
  core_->tick(now(), out);
  carry_out(std::move(out));
  agree_on_formats();
  show_door();
  self->delayed_send(self, limits::raft_announce_every, tick{});
}

// -- where clients may go ----------------------------------------------------------------

/// Now and then, for a letter may be lost.
void controller_state::show_door() {
  node_door own{dir_->advertised, draining_.contains(as_.as.node)};
  own.format = dir_->format;
  auto door = encode(own);
  for (auto& [node, peer] : dir_->peers.all())
    self->send(peer, raft_letter{map_group, door, letter_kind::door});
}

void controller_state::hear_of_door(const peer_letter& x) {
  auto door = decode_node_door(x.what.bytes.bytes());
  if (!door)
    return;
  note_draining(x.from, door->draining);
  said_[x.from] = *door;
  agree_on_formats();
  if (linked_.contains(x.from)) // Or nobody would say that it is gone.
    dir_->peers.set_door(x.from, *std::move(door));
}

void controller_state::note_draining(node_id who, bool yes) {
  auto changed = yes ? draining_.insert(who).second : draining_.erase(who) != 0;
  if (changed)
    for (auto& x : dir_->replicas)
      self->send(x, drains{who, yes});
}

void controller_state::agree_on_formats() {
  if (core_->map()->epoch == 0)
    return; // Not all are known yet.
  std::vector<core::peer_format> others;
  auto all_unpack = true;
  for (auto& [node, peer] : dir_->peers.all()) {
    auto said = said_.find(node);
    auto& other = others.emplace_back(core::peer_format{linked_.contains(node)});
    if (said != said_.end())
      other.said = said->second;
    all_unpack = all_unpack && other.said && other.said->unpacks;
  }
  dir_->all_unpack = all_unpack;
  auto found = core::compare_formats(dir_->format, others);
  dir_->possible_format = found.possible;
  if (found.agreed > dir_->agreed_format)
    agree_on(found.agreed);
  if (found.mark) {
    core::controller_actions out;
    core_->mark_format(out);
    carry_out(std::move(out));
  }
}

void controller_state::agree_on(uint16_t format) {
  auto before = dir_->agreed_format.exchange(format);
  core::controller_actions out;
  core_->keep_agreement(format, out);
  carry_out(std::move(out));
  if (before < record::format_with_presence && format >= record::format_with_presence)
    for (auto& x : dir_->shards) // What inboxes told each other before did not arrive.
      caf::anon_send(x, unsure{UINT64_MAX, {}});
}

/// What this node leads goes to others; its clients are sent by their sessions.
void controller_state::send_away() {
  note_draining(as_.as.node, true);
  show_door();
}

// -- what follows -----------------------------------------------------------------------

void controller_state::carry_out(core::controller_actions&& out) {
  for (auto& x : out.kept)
    self->send(dir_->journal, std::move(x));
  for (auto& x : out.appends)
    self->send(dir_->replicas[map_group.value], std::move(x));
  for (auto& x : out.loads)
    self->send(dir_->replicas[map_group.value], std::move(x));
  if (out.adopted)
    adopt(out.adopted);
  for (auto node : out.parted)
    part_from(node);
  for (auto node : out.behind)
    send_map(node);
  for (auto& [ticket, done] : out.reports)
    if (auto asker = askers_.extract(ticket); !asker.empty())
      report(asker.mapped(), std::move(done));
  if (out.marked) {
    spdlog::info("event=format-marked format={}", record::format_version);
    dir_->format = record::format_version;
    agree_on_formats();
    show_door();
  }
  if (out.damaged)
    spdlog::error("event=map-damaged");
  if (!out.end.empty())
    end_process("event=not-in-cluster text=\"" + out.end + "\"");
}

void controller_state::adopt(const std::shared_ptr<const cluster_map>& map) {
  spdlog::info("event=map epoch={} nodes={}", map->epoch, map->nodes.size());
  for (auto& x : map->nodes)
    meet(x);
  dir_->peers.set_removed(map->removed);
  count_copies(*map);
  for (auto& x : dir_->replicas)
    self->send(x, map_changed{map});
}

/// A majority of those that have the rows of a file's user.
void controller_state::count_copies(const cluster_map& map) {
  dir_->file_copies = std::min<size_t>(map.replicas, map.nodes.size()) / 2 + 1;
}

void controller_state::meet(const cluster_node& x) {
  if (x.id == as_.as.node)
    return;
  auto known = dir_->peers.find(x.id);
  if (known && addresses_[x.id] != x.at) {
    self->send_exit(known, caf::exit_reason::user_shutdown);
    known = nullptr;
  }
  if (!known) {
    known = spawn_peer(self, x.id, as_.as, spawn_connector(self, x.at, as_.encrypted), dir_);
    addresses_[x.id] = x.at;
  }
  dir_->peers.set(x.id, std::move(known), x.disk);
}

void controller_state::part_from(node_id x) {
  if (auto peer = dir_->peers.find(x)) {
    dir_->peers.remove(x);
    self->send_exit(peer, caf::exit_reason::user_shutdown);
  }
  linked_.erase(x);
  said_.erase(x);
}

void controller_state::send_map(node_id to) {
  auto& map = *core_->map();
  if (auto peer = dir_->peers.find(to); peer && map.epoch != 0)
    self->send(peer, raft_letter{map_group, encode(map), letter_kind::map});
}

void controller_state::report(const waiting_asker& to, status done) {
  cluster_report x{to.number, std::move(done), core_->map(), {}, {}, {}};
  x.linked.assign(linked_.begin(), linked_.end());
  x.draining.assign(draining_.begin(), draining_.end());
  x.groups.assign(core_->groups().begin(), core_->groups().end());
  caf::anon_send(to.who, std::move(x));
}

controller_actor::behavior_type
controller(controller_actor::stateful_pointer<controller_state> self, cluster_self as,
           std::shared_ptr<const cluster_map> map, directory_ptr dir) {
  self->state.start(as, std::move(map), std::move(dir));
  return {
    [self](const leads& x) { self->state.follow(x); },
    [self](const committed& x) { self->state.handle(x); },
    [self](const rows& x) { self->state.handle(x); },
    [self](const peer_letter& x) { self->state.hear(x); },
    [self](const relinked& x) { self->state.handle(x); },
    [self](const reachable& x) { self->state.handle(x); },
    [self](const disk_seen& x) { self->state.handle(x); },
    [self](const ask_cluster& x) { self->state.handle(x); },
    [self](drain) { self->state.send_away(); },
    [self](tick) { self->state.look_after(); },
  };
}

} // namespace parley
