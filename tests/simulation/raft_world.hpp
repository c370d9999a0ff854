#pragma once

#include "persistence/memory_store.hpp"
#include "persistence/raft_group.hpp"
#include "schema/effect.hpp"

#include "tests/simulation/agenda.hpp"

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

using raft::index_t;
using raft::moment;
using raft::term_t;

/// Something that must never be.
struct violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a cluster is made of, and what may go wrong in it.
struct raft_setting {
  unsigned servers = 3;
  unsigned founders = 3;     ///< The others join.
  unsigned standbys = 0;     ///< Of the founders, the last ones.
  bool changes = false;      ///< Servers come and go.
  bool full_disk = false;    ///< Disks fill up for a while.
  bool calm = false;         ///< No jitter: for scenarios that are played by hand.
  unsigned delay_ms = 2;     ///< Of a letter when calm.
  unsigned life_ms = 20'000; ///< Of faults; healing comes on top.
  size_t voters_min = 3;
  size_t proposals = 8;
  unsigned snapshot_threshold = 30;
  unsigned snapshot_trailing = 8;
  raft::guards guards = {};
};

/// What happened, for those who want to see that something did.
struct raft_counts {
  unsigned long proposed = 0;
  unsigned long transfers = 0;
  unsigned long acknowledged = 0;
  unsigned long terms = 0;
  unsigned long reads = 0; ///< That were confirmed.
  unsigned long snapshots = 0;
  unsigned long installs = 0; ///< That were begun.
  unsigned long changes = 0;
  unsigned long crashes = 0;

  raft_counts& operator+=(const raft_counts& x);
};

std::string in_words(const raft_counts& x);

enum class link : uint8_t { good, silent, broken }; ///< Broken: the sender knows.

class raft_world;

/// One node with one group: its disk, the journal in front of it, and what it
/// has applied.
class raft_host {
public:
  raft_host(raft_world& world, node_id id);

  void start();

  /// Power loss: what was not written yet is lost, save a part at random; and
  /// rows of the state machine that were not flushed.
  void crash();

  void pause(unsigned ms);
  void propose(uint64_t id);
  void read();
  void transfer(node_id to);
  void change(raft::change_kind what, node_id who);
  void set_link(node_id to, link x);

  /// Puts `data` before the replica as if `from` had sent it.
  void receive(const frame& bytes);

  bool up() const noexcept {
    return group_ != nullptr;
  }

  bool awake() const;
  bool leads() const;

  raft::group& group() {
    return *group_;
  }

  /// Index up to which everything is applied, and a digest of it.
  struct state {
    index_t applied = 0;
    uint64_t digest = 0;

    friend bool operator==(state, state) = default;
  };

  node_id id;
  state now;
  uint64_t life = 0; ///< What an earlier life began must not end in this one.
  bool disk_full = false;
  bool disk_stopped = false; ///< Writes wait until it goes on; see resume_disk.
  moment paused_until{};
  moment last_arrival{};

  void resume_disk();

  /// Whether its rows contain everything up to `index`.
  bool holds(index_t index) const;

private:
  struct job {
    effect rows;
    std::optional<raft::write> write; ///< Else rows of the state machine ...
    std::optional<state> fetched;     ///< ... all of them, from another node.
  };

  void tick_later(unsigned ms);
  void tick();
  void flush();
  void start_later();
  void carry();
  void apply(const raft::committed_entry& x);
  void queue(const raft::write& x);
  void fetch(const raft::install& x);
  void run_disk();
  void write_batch();
  void answer(std::function<void()> what);
  bool execute(const job& x);
  void end_read(const raft::read_end& x);
  state stored_state() const;

  raft_world& world_;
  memory_store disk_;
  std::unique_ptr<raft::group> group_;
  std::deque<job> jobs_;
  bool disk_busy_ = false;
  bool disk_dead_ = false;
  std::set<node_id> broken_;
  moment last_disk_answer_{};
  index_t durable_last_ = 0;
  uint64_t questions_ = 0;
  std::map<uint64_t, index_t> reads_; ///< What must be seen at least.
};

/// Some hosts, a network that delays, loses and cuts, virtual time and a seed;
/// and an eye that sees everything:
///
///   I1  what was acknowledged is in every later leader's state
///   I2  the same entry is applied at the same place everywhere, in order
///   I3  a term has one leader
///   I4  nothing is applied before it is on the own disk
///   I7  a confirmed read is not older than what was acknowledged before it
///   I8  after everything heals, entries are committed and all catch up
class raft_world {
public:
  raft_world(uint64_t seed, const raft_setting& setting);

  /// Faults for the setting's time, then heals and judges.
  void live();

  void run(unsigned ms);

  /// Runs until `done`; false after `ms`.
  bool run_until(const std::function<bool()>& done, unsigned ms);

  void at(unsigned in_ms, std::function<void()> what);
  uint64_t dice(uint64_t low, uint64_t high);
  bool chance(double share);

  raft_host& host(unsigned id) {
    return *hosts_[id - 1];
  }

  /// The host that serves as leader in the highest term, if any.
  raft_host* leader();

  void set_link(unsigned from, unsigned to, link x);
  void cut(unsigned a, unsigned b, link x = link::silent);
  void isolate(unsigned id, link x = link::silent);
  void heal();

  /// Everyone is up and proposals get through, or a violation.
  void judge();

  /// Where to tell what happens, if anywhere.
  std::ostream* trace = nullptr;

  template <class Words>
  void note(node_id who, Words words) {
    if (trace != nullptr)
      *trace << now.count() << " node " << who.value << ' ' << words() << '\n';
  }

  // For the hosts.
  bool reaches(node_id from, node_id to);
  void carry(node_id from, const raft::letter& x);
  void saw_applied(node_id who, const raft::committed_entry& x, raft_host::state now);
  void saw_leader(node_id who, term_t term);
  void saw_acknowledged(index_t index);

  const raft_setting setting;
  moment now{};
  moment slow_disk{};
  double loss = 0;
  index_t acknowledged_index = 0;
  std::vector<std::unique_ptr<raft_host>>& hosts() {
    return hosts_;
  }

  raft_counts counts;

private:
  void deliver(node_id from, node_id to, uint64_t life, std::shared_ptr<const frame> bytes);
  void let_clients_act();
  void let_something_break();
  void change_membership();
  bool one_state();

  std::mt19937_64 dice_;
  agenda<moment> agenda_;
  std::vector<std::unique_ptr<raft_host>> hosts_;
  std::map<std::pair<node_id, node_id>, link> links_;
  std::map<std::pair<node_id, node_id>, moment> last_delivery_;
  bool quiet_ = true;
  uint64_t ids_ = 0;

  struct applied_entry {
    uint64_t data = 0;
    uint64_t digest = 0;
  };
  std::map<index_t, applied_entry> applied_;
  std::map<term_t, node_id> leaders_;
};

} // namespace parley::simulation
