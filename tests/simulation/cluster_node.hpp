#pragma once

#include "actors/core/controller.hpp"
#include "actors/core/courier.hpp"
#include "actors/core/fetcher.hpp"
#include "actors/core/inbox.hpp"
#include "actors/core/link.hpp"
#include "actors/core/replica.hpp"
#include "actors/core/room.hpp"
#include "actors/core/shard_route.hpp"
#include "actors/core/subscriptions.hpp"
#include "actors/core/watchers.hpp"
#include "actors/residents.hpp"
#include "persistence/memory_store.hpp"
#include "tests/simulation/cluster_world.hpp"

#include <bit>
#include <deque>
#include <tuple>
#include <unordered_map>

namespace parley::simulation {

/// One process of a cluster: what actors/*.cpp carry between its parts is
/// carried here by a queue in which hand-overs between the same two stay in
/// order, as CAF promises, and all others mix.
class cluster_node {
public:
  /// `map` is what its operator says on its first start.
  cluster_node(cluster_world& world, node_id id, const cluster_map& map);

  /// Nothing for a node that was removed.
  void start();

  /// Power loss: what the disk does not have is gone.
  void crash();
  void pause(microseconds for_time);
  void fill_disk(microseconds for_time);

  bool up() const noexcept {
    return up_;
  }

  /// It was told that it is not part of the cluster any more.
  bool ended() const noexcept {
    return ended_;
  }

  bool leads(shard_id x) const;

  /// Who is in the group, if this node leads it.
  std::optional<raft::configuration> servers_of(shard_id x) const;

  const cluster_map& map() const {
    return *controller_->map();
  }

  /// Of its group, in words.
  std::string state_of(shard_id x) const;

  memory_store& disk() noexcept {
    return disk_;
  }

  // From outside.
  session_id connect(server::receiver receive);
  void close(session_id session);
  void submit(session_id session, const frame& bytes);
  void hear(node_id from, const frame& bytes);
  void refused(node_id by, const peer_refusal& x);

  /// What an operator wants; nothing comes of it where the map is not led.
  void change(const core::map_change& what);

  /// Rows that are there before the first client is.
  void import(shard_id of, const effect& what);

  const node_id id;
  uint64_t life = 0;

private:
  /// Who hands over, or takes: a kind and an id.
  using name = std::tuple<char, uint64_t, uint64_t>;

  struct hash_of_names {
    size_t operator()(const std::pair<name, name>& x) const noexcept {
      uint64_t result = 0;
      auto mix = [&result](uint64_t word) {
        result = (std::rotl(result, 5) ^ word) * 0x9e3779b97f4a7c15;
      };
      for (auto& [kind, high, low] : {x.first, x.second}) {
        mix(static_cast<uint64_t>(kind));
        mix(high);
        mix(low);
      }
      return result;
    }
  };

  template <class Core, class Id>
  struct resident {
    Id id;
    Core core;
    writer_id writer;
    uint64_t handled = 0;
    microseconds armed = never;
  };

  using room_ptr = std::shared_ptr<resident<core::room, conversation_id>>;
  using inbox_ptr = std::shared_ptr<resident<core::inbox, user_id>>;

  struct led_courier {
    core::courier core;
    writer_id writer;
    microseconds armed = never;
  };

  /// What actors/shard.cpp holds.
  struct shard {
    shard(shard_id id, node_id self) : id(id), route(self) {
      // nop
    }

    shard_id id;
    core::shard_route route;
    residents<conversation_id, room_ptr, room_event> rooms;
    residents<user_id, inbox_ptr, inbox_event> inboxes;
    std::shared_ptr<led_courier> courier;
    core::subscriptions subscriptions;
    core::watchers watchers;
    writer_id reader;
    std::vector<std::pair<node_mail, bool>> waiting; ///< And whether it arrived.
    microseconds drop_at = never;
  };

  /// What actors/replica.cpp holds.
  struct group {
    std::unique_ptr<core::replica> core;
    bool flushing = false;
    std::map<core::load_ticket, std::pair<load, uint64_t>> loads; ///< And what must be seen.
    std::map<core::load_ticket, writer_id> readers;
    core::load_ticket tickets = 0;
    uint64_t handed = 0; ///< The last entry whose rows are in the journal, or were.
  };

  /// What actors/peer.cpp holds.
  struct peer {
    core::link link;
    uint64_t disk = 0;       ///< As the map says.
    uint64_t connection = 0; ///< 0: none.
    bool flushing = false;
    bool reported_open = false;
  };

  /// What actors/session.cpp holds.
  struct session {
    struct unanswered {
      uint64_t number = 0;
      shard_id shard;
      microseconds asked_at{};
    };

    server::receiver receive;
    origin_ptr who;
    bool logging_in = false;
    std::deque<frame> waiting;
    std::vector<unanswered> open;
    microseconds heard_at{};
  };

  /// What actors/replica.cpp reads for the fetcher of another node.
  struct remote_read {
    node_id from;
    shard_id shard;
    uint64_t token = 0;
  };

  struct map_keeper {};
  struct part_taker {};

  /// Who appends or loads in the name of a writer.
  using owner = std::variant<room_ptr, inbox_ptr, std::shared_ptr<led_courier>, shard_id,
                             remote_read, map_keeper, part_taker>;

  // Time and order.
  void run(microseconds when, std::function<void()> what);
  void hand(name from, name to, std::function<void()> what);
  void tick();

  // Replicas, journal, history.
  void carry_out(shard_id of, core::replica_actions&& out);
  void flush_soon(shard_id of);
  void take(shard_id of, append&& x);
  void take(shard_id of, load&& x, writer_id reader);
  template <class Event>
  void answer(writer_id to, Event&& x);
  void step_courier(shard& at, const committed& x);
  void step_courier(shard& at, const rows& x);
  void read(writer_id to, load&& x);
  void write_soon();
  void write_batch();
  ec write_journal();

  // Who is in the cluster, and what is elsewhere.
  void carry_out(core::controller_actions&& out);
  void carry_out(core::fetcher_actions&& out);
  void meet(const parley::cluster_node& x);
  void look_after_map();
  void take(node_id from, const raft_letter& x);
  void end(const std::string& why);
  bool holds(shard_id x) const;
  void say(node_id to, raft_letter&& x);
  void flush_soon(node_id to);

  // Shards.
  void follow(shard& at, node_id leader, uint64_t epoch);
  void end_residents(shard& at);
  void expect_leader(shard& at);
  void everybody_be_unsure(shard_id about);
  void relinked(node_id peer);
  void tell_inboxes(shard& at, const inbox_event& x);
  void forward(shard& at, node_mail&& x, bool arrived);
  void deliver(shard& at, room_mail&& x);
  void deliver(shard& at, inbox_mail&& x);
  void deliver(shard& at, courier_mail&& x);
  void deliver(shard& at, tell&& x);
  void refuse(const node_mail& x);
  void give(shard& at, conversation_id to, room_event&& what);
  void give(shard& at, user_id to, inbox_event&& what);
  void fenced(shard& at, writer_id writer);
  template <class Id>
  void let_go(shard& at, const Id& id, uint64_t handled, bool failed);
  void begin(shard& at, conversation_id to, room_ptr& who, writer_id& writer);
  void begin(shard& at, user_id to, inbox_ptr& who, writer_id& writer);
  template <class Residents, class Id, class Event>
  void give(shard& at, Residents& all, const Id& to, Event&& what);
  template <class Ptr, class Event>
  void step(const Ptr& x, Event&& what);
  template <class Ptr>
  void carried_out(const Ptr& x);
  residents<conversation_id, room_ptr, room_event>& residents_of(shard& at, conversation_id) {
    return at.rooms;
  }
  residents<user_id, inbox_ptr, inbox_event>& residents_of(shard& at, user_id) {
    return at.inboxes;
  }
  void step_courier(shard& at, const std::function<void(core::courier&, actions&)>& what);
  void carry(name from, writer_id as, actions&& what);

  // Links.
  void say(node_id to, node_mail&& x);
  void flush(node_id to, bool confirm);
  void report(node_id to);
  void look_after_links();

  // Sessions.
  void work_through(session_id session);
  void take(session_id id, session& from, const frame& bytes);
  void deliver(parcel&& x);
  void show(session_id id, session& x);
  void doubt(session_id id, session& x, const unsure& what);
  void give_up(session_id id, const std::function<bool(const session::unanswered&)>& lost);
  void to_client(session_id id, parcel&& x);

  writer_id own(owner x);

  cluster_world& world_;
  memory_store disk_;
  bool up_ = false;
  bool ended_ = false;
  microseconds paused_until_{};
  std::deque<std::function<void()>> delayed_; ///< By a pause.
  microseconds full_until_{};

  std::unordered_map<std::pair<name, name>, microseconds, hash_of_names> last_;
  std::map<shard_id, shard> shards_;
  std::map<shard_id, group> groups_;
  std::map<node_id, peer> peers_;
  std::map<session_id, session> sessions_;
  std::map<writer_id, owner> owners_;
  std::optional<core::controller> controller_;
  writer_id keeper_;
  microseconds look_after_map_at_{};
  std::optional<core::fetcher> fetcher_;
  writer_id part_taker_;
  std::map<core::fetch_ticket, writer_id> fetches_;
  core::fetch_ticket fetches_made_ = 0;
  std::vector<append> journal_;
  bool writing_ = false;
  bool refused_ = false; ///< The disk has refused a write: that may end the node.
  uint64_t writers_ = 0;
  uint64_t sessions_made_ = 0;
};

} // namespace parley::simulation
