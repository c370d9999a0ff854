#pragma once

#include "actors/contracts.hpp"
#include "actors/core/actions.hpp"
#include "actors/core/clock_watch.hpp"
#include "actors/core/jwt.hpp"
#include "actors/core/login_rules.hpp"
#include "actors/core/room_rules.hpp"
#include "actors/core/user_rates.hpp"
#include "actors/core/visitors.hpp"
#include "actors/core/writing.hpp"
#include "actors/io_thread.hpp"
#include "actors/peer_book.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace parley {

/// In whose name a room, inbox or courier appends.
struct life {
  writer_id writer;
  uint64_t epoch = 0;
};

/// Where everybody is: the actors that live as long as the node. Filled by the
/// composition root before the first connection and constant from then on.
struct directory {
  /// This node among those of its cluster.
  node_id self{1};

  /// The only writer of this node's store.
  journal_actor journal;

  /// Who commits what belongs to a shard: the journal itself, or in a cluster
  /// the shard's replica.
  std::array<journal_actor, shard_count> journals;

  std::vector<history_actor> history;
  std::vector<hasher_actor> hashers;
  std::array<shard_actor, shard_count> shards;

  /// Who serves clients; at most limits::io_threads.
  std::deque<io_thread> io_threads;

  /// The other nodes of the cluster.
  peer_book peers;

  /// This node's replicas, by group. Empty on a node of its own.
  std::vector<replica_actor> replicas;

  /// Who knows the cluster map, and who loads what is not here. Nobody on a
  /// node of its own.
  controller_actor controller;
  fetcher_actor fetcher;

  /// What replicas know, for those who read.
  struct group_view {
    std::atomic<bool> held{false}; ///< The rows are here, if not quite the latest.
    std::atomic<uint64_t> leader{0};
  };
  std::array<group_view, group_count> groups;

  /// Where clients reach this node: HOST:PORT; empty if nobody knows.
  std::string advertised;

  /// The other nodes for a client that speaks, or will speak, for `user`: best
  /// first.
  std::vector<std::string> other_doors(user_id user, session_id session) const {
    auto leader = user ? groups[shard_of(user).value].leader.load() : 0;
    return peers.doors(node_id{leader}, session.value);
  }

  /// Where clients reach the node that leads the shard of `user`; empty if it is
  /// this one, or is not known.
  std::string home_of(user_id user) const {
    return user ? peers.door_of(node_id{groups[shard_of(user).value].leader.load()}) : "";
  }

  /// How many groups this node leads that another could lead.
  size_t leads_for_others() const {
    if (!peers.any_stays())
      return 0;
    return static_cast<size_t>(
      std::count_if(groups.begin(), groups.end(),
                    [this](const group_view& x) { return x.leader.load() == self.value; }));
  }

  /// Whether all nodes of the cluster have said that they know packed entries.
  std::atomic<bool> all_unpack{false};

  /// Format of this node's rows, and the lowest that any node of the cluster has
  /// marked its own with: what needs a later one is neither written nor taken.
  std::atomic<uint16_t> format{record::format_version};
  std::atomic<uint16_t> agreed_format{record::format_without_bursts};

  /// The newest that all nodes may come to soon: what needs a later one has to wait for a
  /// node to be upgraded or to come back, not for a moment.
  std::atomic<uint16_t> possible_format{record::format_version};

  /// What the operator allows.
  file_rules files;

  /// Who keeps the files of this node, and on how many nodes each must be before its
  /// upload is answered.
  keeper_actor keeper;
  std::atomic<uint32_t> file_copies{1};

  /// Bytes of pieces of files that were asked for and not answered, over all sessions.
  std::atomic<int64_t> pieces_used{0};

  /// How many devices of a kind, and for how long.
  login_rules logins;

  /// Whose word counts for who somebody is.
  jwt_rules jwt;

  /// Whether what is written can be searched.
  bool search = false;

  /// How long messages are kept, unless their room lets them go sooner.
  wire::retention keep;

  /// Whether there is a feed of who was away.
  bool notices = false;

  /// Who may write to whom in direct chats.
  parley::writing writing = parley::writing::anyone;

  /// Bytes of requests that were accepted and not answered, over all sessions.
  std::atomic<int64_t> credit_used{0};

  /// The number of these requests.
  std::atomic<size_t> requests_unanswered{0};

  /// Open client connections, and how many there may be.
  std::atomic<size_t> connections{0};
  size_t connections_max = limits::connections;

  /// Where they come from, and how much their users ask for.
  core::visitors visitors;
  core::user_rates user_rates;

  /// Whether the wall clock is to be believed.
  core::clock_watch clock;

  /// Passwords that wait for a hasher.
  std::atomic<size_t> hashes_waiting{0};

  /// The reader for a writer's loads: always the same, so they stay in order.
  const history_actor& history_of(writer_id x) const {
    return history[x.value % history.size()];
  }

  /// Who takes a load on behalf of `x`: in a cluster the replica if it must be
  /// the leader's, and the fetcher if it is not all here.
  loading_actor reader_of(const load& what, writer_id x) const {
    if (replicas.empty())
      return history_of(x);
    auto shard = [](const query& y) { return keys::shard_of(y.range.from); };
    if (!what.queries.empty() && shard(what.queries.front()) == what.shard)
      return replicas[what.shard.value];
    if (what.latest)
      return fetcher;
    auto here = std::all_of(what.queries.begin(), what.queries.end(),
                            [&](auto& y) { return groups[shard(y).value].held.load(); });
    return here ? loading_actor{history_of(x)} : loading_actor{fetcher};
  }

  const shard_actor& shard(shard_id x) const {
    return shards[x.value];
  }

  /// An id that no other room, inbox or courier of this node's life has.
  writer_id next_writer() {
    return {writers_.fetch_add(1, std::memory_order_relaxed)};
  }

  /// Before the first session: what other nodes still say to the sessions of an
  /// earlier start must not reach those of this one.
  void number_sessions_of(uint64_t start) {
    sessions_ = start << session_start_shift;
  }

  /// In the I/O thread of this index.
  session_id next_session(size_t thread) {
    auto count = sessions_.fetch_add(1, std::memory_order_relaxed);
    return make_session(self, count * limits::io_threads + thread);
  }

  /// The index of the I/O thread of a session of this node. Of an earlier start,
  /// which may have had more threads, it is one in which there is no such session.
  size_t thread_of(session_id x) const {
    return x.value % limits::io_threads % io_threads.size();
  }

private:
  std::atomic<uint64_t> writers_{1};
  std::atomic<uint64_t> sessions_{1};

  /// Sessions of one start; with the I/O thread's index they are 32 bits of 48, and
  /// 16 are left for the start.
  static constexpr unsigned session_start_shift = 28;
};

using directory_ptr = std::shared_ptr<directory>;

inline room_rules rules_of_rooms(const directory& x) {
  return {.share_rows = x.agreed_format > record::format_without_bursts,
          .keep_refusals = x.agreed_format >= record::format_with_refusals,
          .let_go = x.agreed_format >= record::format_with_retention,
          .serve = x.agreed_format >= record::format_with_services,
          .check_files = x.format >= record::format_with_files,
          .search = x.search,
          .notices = x.notices && x.agreed_format >= record::format_with_notices,
          .writing = x.writing,
          .keep = x.keep};
}

/// The time for a step. Virtual under the test coordinator.
template <class Self>
moment now_of(Self* self) {
  using namespace std::chrono;
  return {duration_cast<microseconds>(system_clock::now().time_since_epoch()).count(),
          duration_cast<microseconds>(self->clock().now().time_since_epoch())};
}

/// And what is to be believed of it, where something may end.
template <class Self>
moment now_of(Self* self, directory& dir) {
  auto now = now_of(self);
  now.leap = dir.clock.leap(now.wall, now.steady);
  return now;
}

} // namespace parley
