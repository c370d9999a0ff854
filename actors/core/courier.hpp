#pragma once

#include "actors/core/actions.hpp"

#include <functional>
#include <map>
#include <set>

namespace parley::core {

/// What one shard's courier decides: brings the changes in its outbox to the
/// shards of the members, again and again until each has them durably, then
/// deletes the row. Rows carry a new state and its version, so repeats and
/// disorder do no harm.
///
///   outbox_added -> membership_change -> inbox -> outbox_confirmed -> delete
///
/// A broadcast is one row, too: it names nobody, and says how far it has come through the
/// accounts of all shards (courier_broadcast.cpp).
///
/// At start it takes up what an earlier life left behind.
class courier {
public:
  courier(shard_id shard, writer_id writer, uint64_t epoch);

  /// Asks for the rows that are still to be delivered. Call once.
  void start(actions& out);

  void step(courier_event event, moment now, actions& out);
  void step(const rows& event, moment now, actions& out);

  /// After a refusal the courier goes on as `fresh`: deletions may be repeated.
  void step(const committed& event, writer_id fresh, moment now, actions& out);

  /// When the next tick is due.
  std::chrono::microseconds next_deadline() const;

  /// Rows that some member has not confirmed.
  size_t undelivered() const noexcept {
    return rows_.size();
  }

private:
  using row_key = std::pair<conversation_id, uint64_t>;

  struct delivery {
    record::outbox row;
    std::set<user_id> missing;
    session_id answer_to;
    uint64_t request = 0; ///< 0 once answered.
    std::chrono::microseconds answer_at = never;
    std::chrono::microseconds repeat_at = never;
    unsigned tries = 0;

    // Of a broadcast.
    frame message;
    std::vector<std::pair<user_id, std::string>> page; ///< Who is missing, or has it.
    std::chrono::microseconds next_page_at = never;
    bool reading = false;
  };

  void on(outbox_added&& x);
  void on(const outbox_confirmed& x);
  void on(const tick& x);
  void deliver(delivery& x);
  void repeat_later(delivery& x);
  void next_broadcast(conversation_id of);
  void read_page(const row_key& of);
  void message_came(const row_key& of, const rows& found);
  void page_came(const row_key& of, const rows& found);
  void dispatch_page(delivery& x);
  void page_done(delivery& x);
  void load_rows(query what, std::function<void(const rows&)> then);
  void answer(delivery& x, bool pending);
  void erase_rows();

  shard_id shard_;
  writer_id writer_;
  uint64_t epoch_;
  uint64_t appends_ = 0;
  std::map<row_key, delivery> rows_;
  std::map<row_key, uint64_t> delivered_; ///< And the append that deletes it; 0: none yet.
  std::map<uint64_t, std::function<void(const rows&)>> loads_;
  uint64_t tokens_ = 0;
  std::chrono::microseconds erase_at_ = never;
  moment now_;
  actions* out_ = nullptr;
};

} // namespace parley::core
