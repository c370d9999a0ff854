#include "actors/core/controller.hpp"

#include "schema/limits.hpp"

#include <algorithm>

namespace parley::core {

namespace {

constexpr uint64_t load_of_map = 1;

std::string name_of(node_id x) {
  return "node " + std::to_string(x.value);
}

} // namespace

controller::controller(const node_self& as, writer_id keeper,
                       std::shared_ptr<const cluster_map> map)
    : as_(as), map_(std::move(map)), keeper_(keeper) {
  seen_[as_.node] = as_.disk;
}

// -- the map of this node ---------------------------------------------------------------

void controller::adopt(std::shared_ptr<const cluster_map> map, time now, controller_actions& out) {
  if (map->epoch <= map_->epoch)
    return;
  if (map->was_removed(as_.node)) {
    keep(*map, out);
    last_kept_ = kept_;
    return;
  }
  auto here = map->find(as_.node);
  if (here && here->disk != 0 && here->disk != as_.disk) {
    out.end = "the cluster knows " + name_of(as_.node)
              + " with another disk; a node that lost its disk needs a new number";
    return;
  }
  auto before = std::exchange(map_, std::move(map));
  keep(*map_, out);
  for (auto& x : before->nodes)
    if (map_->was_removed(x.id)) {
      farewells_.try_emplace(x.id, now + limits::farewell);
      send_map(x.id, out);
    }
  for (auto& x : map_->nodes)
    if (x.id != as_.node)
      send_map(x.id, out);
  out.adopted = map_;
}

void controller::keep(const cluster_map& map, controller_actions& out) {
  effect what;
  what.put(keys::known_map(), encode(map));
  keep(std::move(what), out);
}

void controller::keep(effect&& what, controller_actions& out) {
  out.kept.push_back({map_group, as_.life, keeper_, ++kept_, std::move(what)});
}

void controller::mark_format(controller_actions& out) {
  if (marking_ != 0)
    return;
  effect what;
  what.put(keys::format(), record::encode(record::counter{record::format_version}));
  keep(std::move(what), out);
  marking_ = kept_;
}

void controller::keep_agreement(uint16_t format, controller_actions& out) {
  effect what;
  what.put(keys::agreed_format(), record::encode(record::counter{format}));
  keep(std::move(what), out);
}

void controller::kept(const committed& x, controller_actions& out) {
  if (x.code != ec::none)
    return; // The journal is at its end, and the node with it.
  if (marking_ != 0 && x.upto >= marking_) {
    marking_ = 0;
    out.marked = true;
  }
  if (last_kept_ != 0 && x.upto >= last_kept_)
    out.end = name_of(as_.node) + " was removed from the cluster; its data can be deleted";
}

void controller::send_map(node_id to, controller_actions& out) const {
  if (map_->epoch != 0)
    out.behind.push_back(to);
}

void controller::hear(node_id from, const raft_letter& x, time now, controller_actions& out) {
  auto bytes = x.bytes.bytes();
  if (x.kind == letter_kind::leading) {
    auto group = x.shard.value;
    if (auto what = raft::decode_leading(bytes); what && what->term >= groups_[group].what.term) {
      groups_[group] = {from, *std::move(what)};
      heard_at_[group] = now;
    }
  } else if (auto map = decode_cluster_map(bytes)) {
    if (map->epoch < map_->epoch)
      send_map(from, out);
    else
      adopt(std::make_shared<const cluster_map>(*std::move(map)), now, out);
  }
}

// -- the leader of the map's group ------------------------------------------------------

void controller::follow(node_id leader, uint64_t epoch, writer_id fresh, controller_actions& out) {
  leader_ = leader;
  epoch_ = epoch;
  leading_ = false;
  next_ = nullptr;
  for (auto& waiting : std::exchange(waiting_, {}))
    report(waiting, {ec::retry, "the leader of the cluster map changed; ask again"}, out);
  if (leader_ != as_.node)
    return;
  writer_ = fresh;
  appends_ = 0;
  out.loads.push_back({map_group, load_of_map, {{keys::with_prefix(keys::cluster_map())}}});
}

void controller::step(const rows& x, time now, controller_actions& out) {
  if (leader_ != as_.node || leading_)
    return;
  if (x.code != ec::none)
    return; // Not the leader any more: that is said too.
  if (!x.results.empty() && !x.results.front().empty()) {
    auto map = decode_cluster_map(x.results.front().front().value.bytes());
    if (!map) {
      out.damaged = true;
      return;
    }
    adopt(std::make_shared<const cluster_map>(*std::move(map)), now, out);
  }
  leading_ = true;
  note_disks(out);
}

void controller::saw(node_id who, uint64_t disk, controller_actions& out) {
  seen_[who] = disk;
  note_disks(out);
}

/// From now on a node that comes with another disk is refused.
void controller::note_disks(controller_actions& out) {
  if (!leading_ || !waiting_.empty())
    return; // What is asked goes first.
  for (auto& node : map_->nodes)
    if (auto at = seen_.find(node.id); node.disk == 0 && at != seen_.end())
      waiting_.push_back({core::seen{node.id, at->second}, 0});
  change_next(out);
}

void controller::ask(change_ticket ticket, map_change what, controller_actions& out) {
  waiting_change asked{std::move(what), ticket};
  if (leader_ != as_.node)
    return report(asked, {ec::forbidden, leader_in_words()}, out);
  waiting_.push_back(std::move(asked));
  change_next(out);
}

void controller::change_next(controller_actions& out) {
  while (leading_ && !next_ && !waiting_.empty()) {
    auto next = *map_;
    auto said = core::apply(next, waiting_.front().what);
    if (said.ok() && next.epoch != map_->epoch) {
      effect what;
      what.put(keys::cluster_map(), encode(next));
      next_ = std::make_shared<const cluster_map>(std::move(next));
      out.appends.push_back({map_group, epoch_, writer_, ++appends_, std::move(what)});
      return;
    }
    end_first(std::move(said), out);
  }
}

void controller::step(const committed& x, writer_id fresh, time now, controller_actions& out) {
  if (!next_ || (x.code == ec::none && x.upto < appends_))
    return;
  auto next = std::exchange(next_, nullptr);
  if (x.code == ec::none) {
    adopt(std::move(next), now, out);
    end_first({}, out);
  } else {
    writer_ = fresh;
    appends_ = 0;
    end_first({x.code, "the change may have been made or not; ask again"}, out);
  }
  change_next(out);
}

void controller::end_first(status done, controller_actions& out) {
  auto asked = std::move(waiting_.front());
  waiting_.pop_front();
  report(asked, std::move(done), out);
}

void controller::report(const waiting_change& to, status done, controller_actions& out) {
  if (to.ticket != 0)
    out.reports.emplace_back(to.ticket, std::move(done));
}

std::string controller::leader_in_words() const {
  auto text = name_of(as_.node) + " does not lead the cluster map; ";
  return leader_ ? text + name_of(leader_) + " does: ask it"
                 : text + "nobody is known who does: ask again in a moment";
}

/// A node that leaves is removed when the leaders of all groups say that it
/// has no replica any more.
void controller::remove_who_is_empty(controller_actions& out) {
  if (!leading_ || next_)
    return;
  for (auto& node : map_->nodes) {
    auto holds = [&](const group_news& x) {
      return !x.leader || x.what.map_epoch < map_->epoch
             || std::any_of(x.what.servers.begin(), x.what.servers.end(),
                            [&](const raft::server& y) { return y.id == node.id; });
    };
    if (node.leaving && std::none_of(groups_.begin(), groups_.end(), holds)) {
      waiting_.push_back({emptied{node.id}, 0});
      return change_next(out);
    }
  }
}

void controller::tick(time now, controller_actions& out) {
  for (size_t i = 0; i < group_count; ++i)
    if (now - heard_at_[i] >= limits::raft_forget_after)
      groups_[i].leader = {};
  std::erase_if(farewells_, [&](const auto& x) {
    if (now < x.second)
      return false;
    out.parted.push_back(x.first);
    return true;
  });
  note_disks(out);
  remove_who_is_empty(out);
}

} // namespace parley::core
