#pragma once

#include "tests/actors/client_fixture.hpp"
#include "tests/support/temp_dir.hpp"

#include "actors/core/membership.hpp"
#include "actors/peer.hpp"
#include "actors/replica.hpp"
#include "persistence/rocks_store.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace parley::instructions {

using namespace std::chrono_literals;

/// A store as a node has it, in a directory that goes with it.
inline std::shared_ptr<store> open_store(const testing::temp_dir& dir) {
  std::unique_ptr<store> result;
  rocks_options options;
  options.reserve_bytes = 0;
  if (auto opened = open_rocks_store(dir.path(), options, result); !opened.ok())
    throw std::runtime_error(opened.text);
  return result;
}

/// One node, or several; clients are at the first.
class world {
public:
  virtual ~world() = default;

  virtual client_fixture& door() = 0;

  /// Lets everything happen that can.
  virtual void run() = 0;

  /// Virtual time.
  virtual void pass(std::chrono::milliseconds time) = 0;

  /// What happens whether there are messages or not.
  virtual void beat() = 0;

  /// Before anybody asks for it.
  virtual void import(const std::string& name, device_id device, const std::string& token) = 0;
};

class one_node final : public world {
public:
  one_node() {
    node_.dir->agreed_format = record::format_version;
    node_.lead();
  }

  client_fixture& door() override {
    return node_;
  }

  void run() override {
    node_.run();
  }

  void pass(std::chrono::milliseconds time) override {
    node_.pass(time);
  }

  void beat() override {
    // nop
  }

  void import(const std::string& name, device_id device, const std::string& token) override {
    node_.import(name, device, token);
  }

private:
  testing::temp_dir dir_;
  client_fixture node_{open_store(dir_), node_id{1}, 1};
};

/// A node of a cluster with its replicas and links. What is not there is CAF's
/// protocol between nodes with its sockets, and the controller: the map stays.
class member : public client_fixture {
public:
  static constexpr uint64_t cluster = 1;

  member(std::shared_ptr<store> where, node_id self, const std::shared_ptr<const cluster_map>& map)
      : client_fixture(std::move(where), self, 1) {
    for (size_t i = 0; i < group_count; ++i)
      dir->replicas.push_back(
        system.spawn(replica, shard_id{static_cast<uint8_t>(i)}, map, 1, dir, database));
    for (size_t i = 0; i < shard_count; ++i)
      dir->journals[i] = dir->replicas[i];
    dir->all_unpack = true;
    dir->agreed_format = record::format_version;
    exchange_ = system.spawn(exchange, cluster, dir);
    guests.push_back(caf::actor_cast<caf::actor>(exchange_));
    for (auto& x : dir->replicas)
      guests.push_back(caf::actor_cast<caf::actor>(x));
  }

  /// What is said to `other` gets there.
  void meet(const member& other) {
    auto cable = system.spawn(
      [to = other.exchange_](exchange_actor::pointer) -> exchange_actor::behavior_type {
        return {[to](std::string& bytes) { caf::anon_send(to, std::move(bytes)); }};
      });
    auto finds_it =
      system.spawn([cable](connector_actor::pointer) -> connector_actor::behavior_type {
        return {[cable](const peer_actor& asker) { caf::anon_send(asker, cable); }};
      });
    auto disk = [](node_id x) { return x.value; };
    core::node_self as{cluster, dir->self, 1, disk(dir->self)};
    auto who = system.spawn(peer, other.dir->self, as, finds_it, dir);
    dir->peers.set(other.dir->self, who, disk(other.dir->self));
    for (auto& x : {caf::actor_cast<caf::actor>(cable), caf::actor_cast<caf::actor>(finds_it),
                    caf::actor_cast<caf::actor>(who)})
      guests.push_back(x);
  }

  /// As the clock of the groups does.
  void beat() {
    for (auto& x : dir->replicas)
      caf::anon_send(x, tick{});
    for (auto& [node, x] : dir->peers.all())
      caf::anon_send(x, tick{});
  }

  bool leads_everything() const {
    return std::all_of(dir->groups.begin(), dir->groups.end(),
                       [this](auto& x) { return x.leader.load() == dir->self.value; });
  }

private:
  exchange_actor exchange_;
};

/// Three nodes in memory. The first leads every group.
class three_nodes final : public world {
public:
  three_nodes() {
    std::vector<cluster_node> nodes;
    for (uint64_t i = 1; i <= count; ++i)
      nodes.push_back({node_id{i}, {"node", static_cast<uint16_t>(i)}, {}, i, false});
    auto map = core::found(nodes, count);
    for (auto& group : map.groups)
      std::sort(group.begin(), group.end());
    auto shared = std::make_shared<const cluster_map>(std::move(map));
    for (size_t i = 0; i < count; ++i)
      members_.push_back(std::make_unique<member>(open_store(dirs_[i]), node_id{i + 1}, shared));
    for (auto& x : members_)
      for (auto& y : members_)
        if (x != y)
          x->meet(*y);
    beat();
    while (!first().leads_everything()) { // Only its time passes: it calls all elections.
      first().scheduler.advance_time(limits::raft_tick);
      beat();
    }
  }

  client_fixture& door() override {
    return first();
  }

  void run() override {
    auto busy = [](auto& x) { return x->scheduler.has_job(); };
    do
      for (auto& x : members_)
        x->run();
    while (std::any_of(members_.begin(), members_.end(), busy));
  }

  void pass(std::chrono::milliseconds time) override {
    for (auto& x : members_)
      x->scheduler.advance_time(time);
    run();
  }

  void beat() override {
    for (auto& x : members_)
      x->beat();
    run();
  }

  void import(const std::string& name, device_id device, const std::string& token) override {
    for (auto& x : members_)
      x->import(name, device, token);
  }

private:
  static constexpr size_t count = 3;

  member& first() {
    return *members_.front();
  }

  std::array<testing::temp_dir, count> dirs_;
  std::vector<std::unique_ptr<member>> members_;
};

} // namespace parley::instructions
