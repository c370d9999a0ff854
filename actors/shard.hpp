#pragma once

#include "actors/alarm.hpp"
#include "actors/core/retention_sweep.hpp"
#include "actors/core/shard_route.hpp"
#include "actors/core/subscriptions.hpp"
#include "actors/core/watchers.hpp"
#include "actors/directory.hpp"
#include "actors/residents.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>

namespace parley {

/// One slice of the id space: finds its rooms and inboxes by id, wakes them and
/// lets them go, and remembers who subscribed to rooms that sleep and who watches users
/// that do.
///
///   nobody leads --> mail waits, up to limits::backlog and limits::leader_within
///   another node --> mail is sent on to it
///   this node    --> rooms, inboxes and the courier live here, in its epoch
///
/// Lifecycle: spawned by the composition root, lives as long as the node. A
/// room or inbox that fails or crashes is fenced at the journal, then the next
/// event wakes another. What was in the mailbox of one that crashed is lost;
/// its sessions answer those requests with `retry` (limits::answer_within).
/// With the leadership all of them end.
struct shard_state {
  static constexpr const char* name = "shard";

  using rooms = residents<conversation_id, room_actor, room_event>;
  using inboxes = residents<user_id, inbox_actor, inbox_event>;

  explicit shard_state(shard_actor::pointer self) : self(self) {
    // nop
  }

  void start(shard_id id, directory_ptr dir);
  void follow(const leads& x);
  void handle(const relinked& x);
  void handle(const unsure& x);
  void handle(const reachable& x);
  void forward(room_mails& x);
  void forward(inbox_mails& x);
  void forward(courier_mail& x);
  void forward(tell& x);
  void forward(arrived_mails& x);
  void arm(const wake_room& x);
  void arm(const wake_inbox& x);
  void done(const room_done& x);
  void done(const inbox_done& x);
  void handle(const fenced& x);
  void handle(const rows& x);
  void wake_who_is_due();
  shard_report report(const ask_report& x) const;
  void crashed(const caf::actor_addr& who);

  /// Rooms and inboxes that are awake.
  size_t rooms_awake() const noexcept {
    return rooms_.size();
  }

  size_t inboxes_awake() const noexcept {
    return inboxes_.size();
  }

  shard_actor::pointer self;

private:
  using mail_batch = std::variant<room_mails, inbox_mails, courier_mail, tell, arrived_mails>;

  /// Sends on, keeps or refuses what comes while this node does not lead.
  template <class Mails>
  bool elsewhere(Mails& x);
  void send_on(room_mails& x);
  void send_on(inbox_mails& x);
  void send_on(courier_mail& x);
  void send_on(tell& x);
  void drop(const room_mails& x);
  void drop(const inbox_mails& x);
  void drop(const courier_mail& x);
  void drop(const tell& x);
  void drop(const arrived_mails& x);
  void expect_leader(); ///< Or drop what waits for one.
  void send_what_waited();
  void drop_what_waited();
  void end_residents();
  void everybody_be_unsure();
  void tell_inboxes(const inbox_event& x);
  void forward(conversation_id to, room_event&& what);
  void forward(user_id to, inbox_event&& what);
  bool pass(user_id to, const presence_note& x);
  void hand_over(inboxes::resident& inbox, inbox_event&& what);
  void wake(conversation_id id, rooms::resident& x);
  void wake(user_id id, inboxes::resident& x);
  template <class Resident>
  void fence_off(Resident& x);
  void refuse(const requests& what, ec code);
  void arm_timer();
  void sweep();
  void swept(const rows& x);

  shard_id id_;
  directory_ptr dir_;
  std::optional<core::shard_route> route_;
  std::vector<mail_batch> waiting_; ///< While nobody leads.
  std::chrono::microseconds drop_at_ = never;
  writer_id reader_;
  rooms rooms_;
  inboxes inboxes_;
  courier_actor courier_;
  core::subscriptions subscriptions_;
  core::watchers watchers_;
  std::optional<core::retention_sweep> sweep_;
  alarm alarm_;
};

/// Spawned by the composition root.
shard_actor::behavior_type shard(shard_actor::stateful_pointer<shard_state> self, shard_id id,
                                 directory_ptr dir);

} // namespace parley
