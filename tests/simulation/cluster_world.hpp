#pragma once

#include "actors/core/actions.hpp"
#include "actors/core/membership.hpp"
#include "persistence/raft_group.hpp"
#include "schema/peer_frame.hpp"
#include "tests/simulation/agenda.hpp"
#include "tests/simulation/device.hpp"
#include "tools/checker/checker.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace parley::simulation {

using std::chrono::microseconds;

/// What a node forgets to do, to show that somebody would notice.
struct cluster_mutations {
  bool read_without_asking = false; ///< A load is served without asking who leads.
  bool answer_at_once = false;      ///< An append is answered before it is in an entry.
  bool serve_any_epoch = false;     ///< Rooms go on after the leadership is lost.
  bool forget_replacing = false;    ///< A copy leaves no mark that it is not whole.
  bool never_show_sessions = false; ///< Sessions say nothing when in doubt.
};

/// What a cluster is made of, and what may go wrong in it.
struct cluster_setting {
  unsigned nodes = 3;
  unsigned comers = 0; ///< Nodes that may join or replace others; then some also leave.
  bool full_disks = false;
  unsigned life_ms = 5'000; ///< Of faults; healing comes on top.
  unsigned snapshot_threshold = 60;
  unsigned snapshot_trailing = 20;
  size_t log_bytes = limits::raft_log_bytes;
  size_t copy_page_bytes = 2'000;
  cluster_mutations mutations = {};
};

/// What happened, for those who want to see that something did.
struct cluster_counts {
  std::map<std::string, uint64_t> of;

  cluster_counts& operator+=(const cluster_counts& x) {
    for (auto& [name, count] : x.of)
      of[name] += count;
    return *this;
  }
};

std::string in_words(const cluster_counts& x);

/// Something that must never be.
struct cluster_violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Silent: what is on its way arrives when the cable is good again, as TCP
/// sends it again. Broken: it never does, and both ends know.
enum class cable : uint8_t { good, silent, broken };

class cluster_node;

/// A client's way in: to the next node that answers.
class entrance final : public server {
public:
  entrance(class cluster_world& world, unsigned first) : world_(world), next_(first) {
    // nop
  }

  session_id connect(receiver receive) override;
  void close(session_id session) override;
  void submit(session_id session, const frame& bytes) override;
  microseconds now() const override;

private:
  class cluster_world& world_;
  unsigned next_;
};

/// Whole nodes - replicas, rooms, inboxes, couriers, links, a disk each - and
/// the clients of all of them, in virtual time, from one seed:
///
///   device --entrance--> node: session -> shard -> room | inbox | courier
///                          ^                |
///                          |             replica -> journal -> disk
///     other nodes <--cables--> link <-------+
///
/// Everything that runs in a process runs here, save the actors, which carry.
/// Judged are the clients' histories, and after everything has healed the rows.
class cluster_world {
public:
  cluster_world(uint64_t seed, const cluster_setting& setting);
  ~cluster_world();

  /// Faults for the setting's time; then heals and judges. Empty if every
  /// promise was kept.
  std::string live();

  const cluster_setting setting;
  moment now{};
  cluster_counts counts;
  std::ostream* trace = nullptr;

  // For nodes and entrances.
  void at(microseconds when, std::function<void()> what);
  uint64_t dice(uint64_t low, uint64_t high);
  bool chance(double share);
  cluster_node& node(node_id x);

  /// A number for each connection of `from` to `to`; 0 if there is none.
  uint64_t connection(node_id from, node_id to);
  void carry(node_id from, node_id to, uint64_t connection, const frame& bytes);
  const std::vector<shard_id>& shards() const;

  /// One that answers clients, or not: it may not be in the cluster yet.
  cluster_node& any_node(uint64_t n);

  /// `by` does not listen to `who`, and says why.
  void refuse(node_id by, node_id who, const peer_refusal& why);

  /// How far a shard's state is acknowledged to somebody: the index of an entry
  /// that has rows.
  std::map<shard_id, uint64_t> acknowledged;

  template <class Words>
  void note(node_id who, Words words) {
    if (trace != nullptr)
      *trace << now.steady.count() / 1000 << " node " << who.value << ' ' << words() << '\n';
  }

private:
  struct client {
    std::unique_ptr<entrance> way;
    std::unique_ptr<device> who;
    microseconds waits_since{};
  };

  /// One way of a TCP connection.
  struct connection_state {
    uint64_t number = 0;
    uint64_t life = 0; ///< Of the other end.
    std::deque<frame> on_their_way;
    size_t stalled = 0; ///< Of those, how many should have arrived.
    microseconds last_arrival{};
  };

  cable cable_of(node_id from, node_id to) const;
  void arrive(node_id from, node_id to, uint64_t number);
  void reset_connections();
  void run_until(microseconds end, const std::function<bool()>& done);
  void let_operator_act();
  void ask_for(const core::map_change& what);
  cluster_node& begin_node();
  const cluster_map& newest_map() const;
  bool is_settled();
  bool is_gone(node_id x) const;
  void begin_accounts();
  void let_clients_act();
  void look_after_clients();
  void let_something_break();
  void heal();
  void cut(node_id from, node_id to, cable x);
  std::string judge();
  std::string judge_members();
  bool everybody_has_everything();
  std::string compare_disks();

  std::mt19937_64 dice_;
  agenda<microseconds> agenda_;
  bool quiet_ = false;
  std::map<std::pair<node_id, node_id>, cable> cables_;
  std::map<std::pair<node_id, node_id>, connection_state> connections_;
  uint64_t connections_made_ = 0;
  uint64_t first_number_ = 1; ///< Of a node: where replicas go hangs on it.
  std::vector<std::unique_ptr<cluster_node>> nodes_;
  std::optional<replace_node> replacing_; ///< Its machine is gone; asked until it is done.
  std::vector<effect> accounts_;
  std::map<std::string, std::string> rows_; ///< In the end, of all shards.
  checker::checker judge_;
  std::vector<client> clients_;
  uint64_t texts_ = 0;
};

} // namespace parley::simulation
