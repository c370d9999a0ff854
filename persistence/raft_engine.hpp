#pragma once

#include "persistence/raft_group.hpp"

extern "C" {
#include <raft.h>
}

#include <deque>
#include <map>
#include <random>
#include <set>

// What is inside raft::group. Only raft_*.cpp include this: raft_engine.cpp has
// the events, raft_callbacks.cpp what libraft calls, raft_guarding.cpp what
// keeps it out of trouble, raft_reads.cpp what it lacks, raft_translation.cpp
// the way between its structs and ours.

namespace parley::raft {

class engine {
public:
  engine(const group_options& options, persisted found, moment now);
  ~engine();

  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  void tick(moment now);
  void receive(const frame& bytes, moment now);
  void written(uint64_t number, moment now);
  void flushed(index_t applied, moment now);
  void write_failed(moment now);
  void installed(bool done, index_t applied, moment now);
  void connected(node_id node, bool yes);
  verdict propose(const frame& data, uint64_t token, moment now);
  void confirm_leadership(uint64_t token, moment now);
  verdict transfer(node_id to, moment now);
  verdict change(change_kind what, node_id who, uint64_t token, moment now);
  output take();

  raft::role role() const;
  configuration servers() const;
  bool votes() const;

  const ::raft& library() const {
    return raft_;
  }

  term_t last_term() const {
    return open_ ? term_at(last_index()) : 0;
  }

  index_t last_index() const {
    return open_ ? raft_last_index(const_cast<::raft*>(&raft_)) : 0;
  }

  index_t matched(node_id x) const;

  index_t waits_for_flush() const {
    return marking_ ? marking_->applied : 0;
  }

  size_t proposals_in_flight() const {
    return proposals_;
  }

private:
  /// A message that came, and the frame that it points into.
  struct arrival {
    frame bytes;
    message what;
  };

  /// A write whose end libraft waits for.
  struct awaited {
    uint64_t number = 0;
    raft_io_append* append = nullptr;
    raft_io_snapshot_put* snapshot = nullptr;
    index_t last_index = 0;            ///< Of the append.
    std::optional<snapshot_mark> mark; ///< Of the snapshot.
  };

  struct held_letter {
    uint64_t after = 0; ///< The write that must be durable before.
    raft::letter letter;
  };

  /// A mark that is to replace the one before as soon as the rows are durable.
  struct mark_in_progress {
    raft_io_snapshot_put* request = nullptr;
    snapshot_mark mark;
    unsigned trailing = 0;
    index_t applied = 0; ///< The last entry of these rows.
  };

  struct install_in_progress {
    raft_io_snapshot_put* request = nullptr;
    snapshot_mark mark;
    raft_buffer* buffers = nullptr; ///< libraft forgets them when it is cancelled.
    bool fetched = false;           ///< Only the mark is not written yet.
  };

  struct proposal;
  struct own_barrier;

  // raft_engine.cpp
  void found_group();
  void open();
  void close();
  void reopen(index_t cut);
  void fail(std::string why);
  void ask_to_reload();
  void settle();
  void run_callbacks();
  void begin_term();
  void pump();
  void deliver(const message& x);
  void complete(const awaited& x);
  void tell_role();
  uint64_t emit(decltype(write::what) what);
  void post(node_id to, message_body body);
  void release_letters();
  void hasten_election();
  void keep(index_t first, index_t last);
  void drop_rows(index_t first);

  bool is_leader() const;
  bool serving() const;

  // raft_reads.cpp
  void begin_round();
  void ask_for_confirmation();
  void check_round();
  void hear(const message& x);
  void give_up_reads();

  // raft_guarding.cpp
  bool must_wait(const message& x) const;
  bool rests_on_appends(const message& x) const;
  bool must_not_tick() const;
  bool is_sole_voter() const;
  bool own_entry_durable() const;
  bool own_entry_committed() const;
  void correct_configuration();
  bool change_allowed(change_kind what, node_id who) const;
  void prepare(message& x) const;
  void skip_committed(append_entries& x) const;
  index_t configuration_to_take_back(const append_entries& x) const;
  void adjust(append_entries_result& x) const;
  void note_sent(node_id to, index_t next);
  void correct_progress();
  void receive_vote_request(raft_message& x);

  const raft_entry* entry_at(index_t index) const;
  term_t term_at(index_t index) const;
  size_t appends_in_flight() const;

  // raft_callbacks.cpp
  void set_callbacks();
  int load(raft_term* term, raft_id* vote, raft_snapshot** snapshot, raft_index* start,
           raft_entry** entries, size_t* count);
  int save_term(raft_term term);
  int save_vote(raft_id vote);
  int send(raft_io_send* request, const raft_message& x, raft_io_send_cb done);
  int append(raft_io_append* request, const raft_entry* entries, unsigned count,
             raft_io_append_cb done);
  int truncate(raft_index from);
  int put_snapshot(unsigned trailing, raft_io_snapshot_put* request, const raft_snapshot& x,
                   raft_io_snapshot_put_cb done);
  void write_mark();
  void forget_mark();
  int apply(const raft_buffer& x);
  void close_io(raft_io_close_cb done);
  message letter_from(const raft_message& x);
  void cut_by_bytes();
  void cut_by_count();
  append_entries cut_to_size(const raft_append_entries& x, node_id to);

  group_options options_;
  std::minstd_rand random_;
  moment now_;

  ::raft raft_{};
  raft_io io_{};
  raft_fsm state_machine_{};
  raft_io_tick_cb library_tick_ = nullptr;
  raft_io_recv_cb library_receive_ = nullptr;
  raft_change change_request_{};
  std::optional<uint64_t> change_token_;
  bool open_ = false;
  bool reload_ = false; ///< As soon as everything is durable.

  // What the disk will hold once everything in `writes` is done.
  hard_state state_;
  std::optional<snapshot_mark> snapshot_;
  index_t first_stored_ = 1;
  index_t last_stored_ = 0;
  index_t applied_ = 0;
  size_t kept_bytes_ = 0; ///< About: of the entries that libraft has in memory.
  bool cutting_ = false;  ///< Sooner than the number of entries asks for.

  persisted found_; ///< Until it is loaded.

  uint64_t writes_ = 0;
  uint64_t durable_ = 0;
  uint64_t last_state_write_ = 0;
  std::deque<awaited> awaited_;
  std::optional<mark_in_progress> marking_;
  std::optional<install_in_progress> install_;
  node_id offered_by_; ///< Whose message is being delivered.

  std::vector<raft_io_send*> sent_;
  std::vector<raft_io_snapshot_get*> wanted_snapshots_;
  std::deque<held_letter> held_;
  std::deque<arrival> waiting_;
  size_t waiting_bytes_ = 0;
  bool pumping_ = false;
  std::set<node_id> unreachable_;
  std::map<node_id, index_t> sent_up_to_; ///< What was left out of an AppendEntries begins here.

  term_t own_term_ = 0;                ///< The last one that this replica led.
  index_t own_entry_ = 0;              ///< Its first entry.
  term_t served_term_ = 0;             ///< Its barrier is applied.
  size_t proposals_ = 0;               ///< On their way.
  std::optional<index_t> reply_limit_; ///< What the request being answered has checked.

  uint64_t round_ = 0;
  index_t round_index_ = 0;
  std::set<node_id> confirmed_by_;
  std::vector<uint64_t> asked_reads_;
  std::vector<uint64_t> next_reads_;

  raft::role told_;
  output out_;
};

// -- raft_translation.cpp --------------------------------------------------------------

/// What libraft calls a server's address: its id in decimal.
std::string address_of(node_id x);

/// A copy in memory that libraft frees.
raft_buffer to_buffer(std::string_view bytes);
raft_configuration to_library(const configuration& x);
raft_snapshot to_library(const snapshot_mark& x);
raft_entry to_library(const log_entry& x);

/// libraft owns what it points to; `address` must outlive it.
raft_message to_library(const message& x, const std::string& address);

configuration from_library(const raft_configuration& x);
snapshot_mark from_library(const raft_snapshot& x);

/// A view of what libraft holds.
log_entry from_library(const raft_entry& x);

/// Bytes of the data of a configuration entry that mean something; 0 if
/// libraft could not decode it.
size_t configuration_bytes(std::string_view data);

} // namespace parley::raft
