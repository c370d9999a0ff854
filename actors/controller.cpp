#include "actors/controller.hpp"

#include "actors/end_process.hpp"
#include "actors/spawn.hpp"
#include "schema/limits.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace parley {

namespace {

constexpr uint64_t load_of_map = 1;

std::string name_of(node_id x) {
  return "node " + std::to_string(x.value);
}

} // namespace

void controller_state::start(cluster_self as, std::shared_ptr<const cluster_map> map,
                             directory_ptr dir) {
  as_ = as;
  dir_ = std::move(dir);
  keeper_ = dir_->next_writer();
  map_ = std::move(map);
  seen_[as_.as.node] = as_.as.disk;
  for (auto& x : map_->nodes)
    meet(x);
  dir_->peers.set_removed(map_->removed);
  self->delayed_send(self, limits::raft_announce_every, tick{});
}

// -- the map of this node ---------------------------------------------------------------

void controller_state::adopt(std::shared_ptr<const cluster_map> map) {
  if (map->epoch <= map_->epoch)
    return;
  if (map->was_removed(as_.as.node))
    return end_once_kept(*map);
  auto here = map->find(as_.as.node);
  if (here && here->disk != 0 && here->disk != as_.as.disk)
    leave("the cluster knows " + name_of(as_.as.node)
          + " with another disk; a node that lost its disk needs a new number");
  spdlog::info("event=map epoch={} nodes={}", map->epoch, map->nodes.size());
  map_ = std::move(map);
  // Nobody waits for it: who starts with an older map is told of a newer one.
  caf::anon_send(dir_->journal, to_keep(*map_));
  for (auto& x : map_->nodes)
    meet(x);
  dir_->peers.set_removed(map_->removed);
  for (auto id : map_->removed)
    if (dir_->peers.find(id))
      farewells_.try_emplace(id, now_of(self).steady + limits::farewell);
  for (auto& x : dir_->replicas)
    self->send(x, map_changed{map_});
  for (auto& [node, peer] : dir_->peers.all())
    send_map(node);
}

append controller_state::to_keep(const cluster_map& map) {
  effect what;
  what.put(keys::known_map(), encode(map));
  return {map_group, as_.as.life, keeper_, ++kept_, std::move(what)};
}

/// So that the next start says it too, when nobody is there to refuse it.
void controller_state::end_once_kept(const cluster_map& map) {
  self->send(dir_->journal, to_keep(map));
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

void controller_state::part_from_who_is_gone() {
  std::erase_if(farewells_, [this](const auto& x) {
    if (now_of(self).steady < x.second)
      return false;
    if (auto peer = dir_->peers.find(x.first)) {
      dir_->peers.remove(x.first);
      self->send_exit(peer, caf::exit_reason::user_shutdown);
    }
    linked_.erase(x.first);
    return true;
  });
}

void controller_state::send_map(node_id to) {
  if (auto peer = dir_->peers.find(to); peer && map_->epoch != 0)
    self->send(peer, raft_letter{map_group, encode(*map_), letter_kind::map});
}

/// Now and then, for a letter may be lost.
void controller_state::show_door() {
  auto door = encode(node_door{dir_->advertised, draining_.contains(as_.as.node)});
  for (auto& [node, peer] : dir_->peers.all())
    self->send(peer, raft_letter{map_group, door, letter_kind::door});
}

void controller_state::note_draining(node_id who, bool yes) {
  auto changed = yes ? draining_.insert(who).second : draining_.erase(who) != 0;
  if (changed)
    for (auto& x : dir_->replicas)
      self->send(x, drains{who, yes});
}

/// What this node leads goes to others; its clients are sent by their sessions.
void controller_state::send_away() {
  note_draining(as_.as.node, true);
  show_door();
}

void controller_state::hear(const peer_letter& x) {
  auto bytes = x.what.bytes.bytes();
  if (x.what.kind == letter_kind::door) {
    if (auto door = decode_node_door(bytes)) {
      note_draining(x.from, door->draining);
      if (linked_.contains(x.from)) // Or nobody would say that it is gone.
        dir_->peers.set_door(x.from, *std::move(door));
    }
  } else if (x.what.kind == letter_kind::leading) {
    auto group = x.what.shard.value;
    if (auto what = raft::decode_leading(bytes); what && what->term >= groups_[group].what.term) {
      groups_[group] = {x.from, *std::move(what)};
      heard_at_[group] = now_of(self).steady;
    }
  } else if (auto map = decode_cluster_map(bytes)) {
    if (map->epoch < map_->epoch)
      send_map(x.from);
    else
      adopt(std::make_shared<const cluster_map>(*std::move(map)));
  }
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

// -- the leader of the map's group ------------------------------------------------------

void controller_state::follow(const leads& x) {
  leader_ = x.leader;
  epoch_ = x.epoch;
  leading_ = false;
  next_ = nullptr;
  for (auto& waiting : std::exchange(waiting_, {}))
    report(waiting, {ec::retry, "the leader of the cluster map changed; ask again"});
  if (leader_ != as_.as.node)
    return;
  writer_ = dir_->next_writer();
  appends_ = 0;
  self->send(dir_->replicas[map_group.value],
             load{map_group, load_of_map, {{keys::with_prefix(keys::cluster_map())}}});
}

void controller_state::begin_to_lead(const rows& x) {
  if (leader_ != as_.as.node || leading_)
    return;
  if (x.code != ec::none)
    return; // Not the leader any more: that is said too.
  leading_ = true;
  if (!x.results.empty() && !x.results.front().empty()) {
    if (auto map = decode_cluster_map(x.results.front().front().value.bytes()))
      adopt(std::make_shared<const cluster_map>(*std::move(map)));
    else
      spdlog::error("event=map-damaged");
  }
  note_disks();
}

void controller_state::handle(const disk_seen& x) {
  seen_[x.node] = x.disk;
  note_disks();
}

/// From now on a node that comes with another disk is refused.
void controller_state::note_disks() {
  if (!leading_ || next_)
    return;
  for (auto& node : map_->nodes)
    if (auto at = seen_.find(node.id); node.disk == 0 && at != seen_.end())
      waiting_.push_back({core::seen{node.id, at->second}, 0, {}});
  change_next();
}

void controller_state::handle(const ask_cluster& x) {
  waiting_change asked{{}, x.number, caf::actor_cast<observer_actor>(self->current_sender())};
  if (!x.change)
    return report(asked, {});
  if (leader_ != as_.as.node)
    return report(asked, {ec::forbidden, leader_in_words()});
  asked.what = *x.change;
  waiting_.push_back(std::move(asked));
  change_next();
}

void controller_state::change_next() {
  while (leading_ && !next_ && !waiting_.empty()) {
    auto next = *map_;
    auto said = core::apply(next, waiting_.front().what);
    if (said.ok() && next.epoch != map_->epoch) {
      effect what;
      what.put(keys::cluster_map(), encode(next));
      next_ = std::make_shared<const cluster_map>(std::move(next));
      self->send(dir_->replicas[map_group.value],
                 append{map_group, epoch_, writer_, ++appends_, std::move(what)});
      return;
    }
    auto asked = std::move(waiting_.front());
    waiting_.pop_front();
    report(asked, std::move(said));
  }
}

void controller_state::handle(const committed& x) {
  if (self->current_sender() == caf::actor_cast<caf::strong_actor_ptr>(dir_->journal))
    leave(name_of(as_.as.node) + " was removed from the cluster; its data can be deleted");
  if (!next_)
    return;
  if (x.code != ec::none || waiting_.empty()) {
    next_ = nullptr;
    return; // Somebody else leads; whoever waits is told with that.
  }
  adopt(std::exchange(next_, nullptr));
  auto asked = std::move(waiting_.front());
  waiting_.pop_front();
  report(asked, {});
  change_next();
  if (waiting_.empty())
    note_disks();
}

void controller_state::report(const waiting_change& to, status done) {
  if (!to.asker)
    return;
  cluster_report x{to.number, std::move(done), map_, {}, {}};
  x.linked.assign(linked_.begin(), linked_.end());
  x.groups.assign(groups_.begin(), groups_.end());
  caf::anon_send(to.asker, std::move(x));
}

std::string controller_state::leader_in_words() const {
  auto text = name_of(as_.as.node) + " does not lead the cluster map; ";
  return leader_ ? text + name_of(leader_) + " does: ask it"
                 : text + "nobody is known who does: ask again in a moment";
}

/// A node that leaves is removed when the leaders of all groups say that it
/// has no replica any more.
void controller_state::remove_who_is_empty() {
  if (!leading_ || next_)
    return;
  for (auto& node : map_->nodes) {
    auto holds = [&](const group_news& x) {
      return !x.leader || x.what.map_epoch < map_->epoch
             || std::any_of(x.what.servers.begin(), x.what.servers.end(),
                            [&](const raft::server& y) { return y.id == node.id; });
    };
    if (node.leaving && std::none_of(groups_.begin(), groups_.end(), holds)) {
      waiting_.push_back({core::emptied{node.id}, 0, {}});
      return change_next();
    }
  }
}

// -- time and the end -------------------------------------------------------------------

void controller_state::look_after() {
  auto now = now_of(self).steady;
  for (size_t i = 0; i < group_count; ++i)
    if (now - heard_at_[i] >= limits::raft_forget_after)
      groups_[i].leader = {};
  part_from_who_is_gone();
  show_door();
  remove_who_is_empty();
  self->delayed_send(self, limits::raft_announce_every, tick{});
}

void controller_state::leave(const std::string& why) {
  end_process("event=not-in-cluster text=\"" + why + "\"");
}

controller_actor::behavior_type
controller(controller_actor::stateful_pointer<controller_state> self, cluster_self as,
           std::shared_ptr<const cluster_map> map, directory_ptr dir) {
  self->state.start(as, std::move(map), std::move(dir));
  return {
    [self](const leads& x) { self->state.follow(x); },
    [self](const committed& x) { self->state.handle(x); },
    [self](const rows& x) { self->state.begin_to_lead(x); },
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
