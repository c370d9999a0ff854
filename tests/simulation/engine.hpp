#pragma once

#include "actors/core/courier.hpp"
#include "actors/core/inbox.hpp"
#include "actors/core/room.hpp"
#include "actors/core/subscriptions.hpp"
#include "actors/core/watchers.hpp"
#include "persistence/memory_store.hpp"
#include "tests/simulation/server.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>

namespace parley::simulation {

/// What goes wrong, in shares of a thousand hand-overs or steps.
struct faults {
  unsigned lose = 0;        ///< Hand-overs that somebody repeats are lost.
  unsigned crash_actor = 0; ///< A room or inbox dies with its mailbox.
  unsigned crash_node = 0;  ///< Everything dies but the disk.
  unsigned tear = 0;        ///< A write fails with unknown outcome.
  unsigned fill = 0;        ///< The disk is full for a while.
  unsigned forget = 0;      ///< Idle rooms and inboxes are passivated early.

  friend bool operator==(const faults&, const faults&) = default;
};

/// A node without actors and sockets: the cores, a store in memory, and a
/// queue from which a seeded dice takes the next hand-over. Hand-overs between
/// the same two stay in order, as CAF promises; all others mix.
class engine final : public server {
public:
  engine(uint64_t seed, faults what);

  /// An account with a token, as an import leaves it.
  void make_account(const std::string& name, device_id device, const std::string& token);

  session_id connect(receiver receive) override;
  void close(session_id session) override;

  /// A request of a connection, routed as the session actor does.
  void submit(session_id session, const frame& bytes) override;

  /// Takes one hand-over, or lets time pass to the next deadline. False if
  /// there is nothing to do before `until`.
  bool step(std::chrono::microseconds until);

  /// Lets time pass although nothing is due.
  void wait(std::chrono::microseconds passed);

  void no_more_faults();

  std::chrono::microseconds now() const noexcept override {
    return now_.steady;
  }

  std::mt19937_64& dice() noexcept {
    return dice_;
  }

  bool chance(unsigned per_thousand) {
    return dice_() % 1000 < per_thousand;
  }

  const memory_store& disk() const noexcept {
    return disk_;
  }

  /// How often each fault happened.
  std::map<std::string, unsigned> counts;

private:
  /// Who hands over, or takes: a kind and an id.
  using name = std::tuple<char, uint64_t, uint64_t>;
  using channel = std::pair<name, name>;

  struct resident_room {
    std::unique_ptr<core::room> core;
    writer_id writer;
  };

  struct resident_inbox {
    std::unique_ptr<core::inbox> core;
    writer_id writer;
  };

  struct session {
    receiver receive;
    origin_ptr who;
    bool logging_in = false;
    std::deque<frame> waiting;
  };

  void start_node();
  void crash_node();
  void hand(name from, name to, std::function<void()> what);
  void carry(name from, actions&& what);
  void to_room(room_mail mail);
  void to_inbox(inbox_mail mail);
  void run_room(conversation_id id, const std::function<void(core::room&, actions&)>& what);
  void run_inbox(user_id id, const std::function<void(core::inbox&, actions&)>& what);
  void run_courier(uint8_t shard, const std::function<void(core::courier&, actions&)>& what);
  void reply_committed(name to, writer_id writer, const committed& what);
  void reply_rows(name to, writer_id as, rows&& what);
  void write_batch();
  void deliver(parcel&& x);
  void break_something();
  void forget_room(conversation_id id);
  void forget_inbox(user_id id);
  void tick_who_is_due();
  std::chrono::microseconds next_deadline() const;
  void bury(name who, writer_id writer);
  writer_id writer_of(name who) const;

  memory_store disk_;
  faults faults_;
  std::mt19937_64 dice_;
  moment now_;
  uint64_t epoch_ = 0;
  uint64_t writers_ = 0;
  uint64_t sessions_made_ = 0;
  std::chrono::microseconds full_until_{};

  std::map<channel, std::deque<std::function<void()>>> queue_;
  std::map<conversation_id, resident_room> rooms_;
  std::map<user_id, resident_inbox> inboxes_;
  std::map<uint8_t, std::unique_ptr<core::courier>> couriers_;
  std::map<uint8_t, core::subscriptions> subscriptions_;
  std::map<uint8_t, core::watchers> watchers_;
  std::map<session_id, session> sessions_;

  struct waiting_append {
    name from;
    parley::append what;
  };
  std::vector<waiting_append> journal_;
  std::map<writer_id, bool> refused_;
};

} // namespace parley::simulation
