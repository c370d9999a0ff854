#include "actors/core/replica.hpp"

#include <algorithm>
#include <iterator>

// Who is in a group, and who leads it. The cluster map says who shall be; the
// leader brings in who is missing, then sends away who is too many, one step at
// a time (Ongaro's thesis, section 4.1), and last of all hands the group to who
// shall lead it. It tells all nodes what it has come to, for not every one has
// a replica.

namespace parley::core {

bool replica::is_wanted(node_id x) const {
  return std::find(wanted_.begin(), wanted_.end(), x) != wanted_.end();
}

void replica::assign(const cluster_map& map) {
  map_epoch_ = map.epoch;
  wanted_ = map.groups[options_.shard.value];
  everybody_.clear();
  for (auto& x : map.nodes)
    everybody_.push_back(x.id);
  sources_ = wanted_;
  for (auto& others : {everybody_, map.removed}) // Who is sent away may be the last that has it.
    std::copy_if(others.begin(), others.end(), std::back_inserter(sources_),
                 [this](node_id x) { return !is_wanted(x); });
  announce_at_ = {};
  elsewhere_ = false;
}

void replica::drains(node_id node, bool yes) {
  if (yes)
    draining_.insert(node);
  else
    draining_.erase(node);
  if (node == options_.group.self)
    steer_at_ = {};
}

// -- the leader -----------------------------------------------------------------------------

void replica::steer() {
  if (!group_ || role_.kind != raft::role_kind::leader || changing_ || map_epoch_ == 0)
    return;
  if (heir_)
    return hand_over();
  if (now_ < steer_at_)
    return;
  steer_at_ = now_ + limits::raft_steer_every;
  auto self = options_.group.self;
  if (auto heir = successor(); heir && draining_.contains(self))
    return name_heir(heir); // Whatever else there is to do is the successor's.
  auto servers = group_->servers();
  std::vector<node_id> newcomers; // That have no vote yet.
  for (auto node : wanted_) {
    auto at = std::find_if(servers.begin(), servers.end(),
                           [node](const raft::server& x) { return x.id == node; });
    if (at != servers.end() && at->role == raft::server_role::voter)
      continue;
    if (unreachable_.contains(node))
      return; // And nobody leaves before all are there.
    if (at == servers.end())
      return change(raft::change_kind::add_spare, node);
    if (at->role == raft::server_role::spare)
      return change(raft::change_kind::make_standby, node);
    newcomers.push_back(node);
  }
  // All of them have the rows before the first one votes: of two voters none may fail.
  auto is_behind = [this](node_id x) {
    auto matched = group_->matched(x);
    return matched == 0 || matched + limits::raft_snapshot_trailing < group_->last_index();
  };
  if (std::any_of(newcomers.begin(), newcomers.end(), is_behind))
    return;
  if (!newcomers.empty())
    return change(raft::change_kind::make_voter, newcomers.front());
  // Who votes from now on must be there to do so.
  if (std::any_of(wanted_.begin(), wanted_.end(),
                  [this](node_id x) { return unreachable_.contains(x); }))
    return;
  for (auto& x : servers)
    if (!is_wanted(x.id) && x.id != self) {
      change(x.role == raft::server_role::voter ? raft::change_kind::make_spare
                                                : raft::change_kind::remove,
             x.id);
      return;
    }
  if (wanted_.front() != self && !draining_.contains(wanted_.front())
      && (!is_wanted(self) || now_ >= prefer_at_))
    name_heir(wanted_.front());
}

/// Who can take the group over; nobody if all others are down or about to end.
node_id replica::successor() const {
  auto servers = group_->servers();
  for (auto node : wanted_) {
    auto votes = std::find(servers.begin(), servers.end(), raft::server{node}) != servers.end();
    if (node != options_.group.self && votes && !unreachable_.contains(node)
        && !draining_.contains(node))
      return node;
  }
  return {};
}

void replica::name_heir(node_id x) {
  heir_ = x;
  heir_until_ = now_ + options_.group.election;
  hand_over();
}

void replica::change(raft::change_kind what, node_id who) {
  changing_ = group_->change(what, who, ++changes_, now_) == raft::verdict::accepted;
}

/// Lets the heir lead: proposals wait until it does, or has not for the time of
/// an election.
void replica::hand_over() {
  if (now_ >= heir_until_) {
    heir_ = {};
    prefer_at_ = now_ + limits::raft_prefer_after;
    return propose();
  }
  if (group_->proposals_in_flight() == 0)
    group_->transfer(heir_, now_);
}

void replica::announce() {
  if (!group_ || role_.kind != raft::role_kind::leader || now_ < announce_at_ || map_epoch_ == 0)
    return;
  announce_at_ = now_ + limits::raft_announce_every;
  auto bytes = encode(raft::leading{role_.term, map_epoch_, group_->servers()});
  for (auto node : everybody_)
    out_->letters.push_back({node, {options_.shard, bytes, letter_kind::leading}});
}

// -- everybody else -------------------------------------------------------------------------

void replica::hear(node_id from, const raft::leading& x) {
  if (role_.kind == raft::role_kind::leader)
    return;
  auto self = options_.group.self;
  auto is_in = std::any_of(x.servers.begin(), x.servers.end(),
                           [self](const raft::server& y) { return y.id == self; });
  // Not by the current term: who was sent away unheard calls elections of ever
  // higher ones. By the log: had another leader asked this one in again, there
  // would be an entry of its term.
  auto newest = group_ ? group_->last_term() : 0;
  if ((group_ || copy_) && !is_in && !is_wanted(self) && x.map_epoch >= map_epoch_
      && x.term >= newest)
    retire();
  if (x.term < role_.term)
    return;
  heard_at_ = now_;
  if (role_.kind != raft::role_kind::unknown && !hearsay_)
    return; // The group knows by itself.
  take_role({raft::role_kind::follower, from, x.term});
  hearsay_ = true;
}

void replica::forget_hearsay() {
  if (hearsay_
      && (unreachable_.contains(role_.leader) || now_ - heard_at_ >= limits::raft_forget_after))
    take_role({raft::role_kind::unknown, {}, role_.term});
}

/// Gives the rows back. What was promised in votes is kept: this node may be
/// asked in again.
void replica::retire() {
  group_.reset();
  copy_.reset();
  effect rows;
  rows.cleared.push_back(keys::everything(options_.shard));
  rows.erase(keys::applied(options_.shard));
  rows.erase(keys::replacing(options_.shard));
  append_rows(std::move(rows));
  effect log;
  log.cleared.push_back(keys::log_entries(options_.shard, 0, UINT64_MAX - 1));
  log.erase(keys::snapshot(options_.shard));
  append_log(std::move(log), 0);
  take_role({raft::role_kind::unknown, {}, 0}); // Of a group that it hears of only.
}

} // namespace parley::core
