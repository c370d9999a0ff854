#pragma once

#include "actors/admin_door.hpp"
#include "actors/core/splitter.hpp"
#include "schema/admin.hpp"
#include "schema/limits.hpp"

#include <caf/io/typed_broker.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

/// One connection at the admin door: lets in who knows the key, and answers
/// one request after the other.
///
///   bytes -> splitter -> decode -> hello? key? -> ask_report -> shards, history
///                                                                 |
///   bytes <- status, when all have reported or limits::report_within is over
///
/// Lifecycle: forked by the admin listener, runs in the I/O thread, dies with
/// its connection; nobody misses it. What it holds is bounded: input while it
/// waits by limits::admin_frame_bytes, output by limits::session_queue_bytes.
struct admin_session_state {
  static constexpr const char* name = "admin_session";

  explicit admin_session_state(admin_session_actor::broker_pointer self) : self(self) {
    // nop
  }

  void start(caf::io::connection_handle connection, admin_door_ptr door);
  void receive(const caf::io::new_data_msg& x);
  void add(const shard_report& x);
  void add(const store_report& x);
  void add(const cluster_report& x);
  void stop_waiting(const overdue& x);
  void look_after();
  void lost();

  admin_session_actor::broker_pointer self;

private:
  enum class phase { fresh, greeted, collecting, asking, refusing, deserted, closing };

  void work_through();
  void take(const admin::request& x);
  void greet(uint64_t number, const admin::hello& x);
  void collect(uint64_t number);
  void ask_controller(uint64_t number, std::optional<cluster_change> change);
  void note(std::string_view outcome) const;
  void arrived();
  void show();
  void start_drain(uint64_t number);
  void wait(uint64_t number, phase what, std::chrono::milliseconds time);
  void reply(uint64_t number, admin::reply_body body);
  void end(uint64_t number, ec why, std::string_view text = {});
  void leave();

  caf::io::connection_handle connection_;
  admin_door_ptr door_;
  std::string peer_; ///< Where it comes from, for the log.
  phase phase_ = phase::fresh;
  splitter input_{limits::admin_frame_bytes};
  std::chrono::microseconds heard_at_{};
  uint64_t number_ = 0; ///< Of the request that waits.
  uint64_t waits_ = 0;  ///< So far; tells what is overdue from what was.
  admin::node_status status_;
  size_t missing_ = 0;      ///< Reports.
  std::string_view change_; ///< What of the cluster is to be changed; empty: nothing.
};

/// Forked by the admin listener.
admin_session_actor::behavior_type
admin_session(admin_session_actor::stateful_broker_pointer<admin_session_state> self,
              caf::io::connection_handle connection, admin_door_ptr door);

} // namespace parley
