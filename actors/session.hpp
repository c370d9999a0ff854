#pragma once

#include "actors/core/splitter.hpp"
#include "actors/directory.hpp"
#include "schema/limits.hpp"

#include <caf/io/typed_broker.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <vector>

namespace parley {

/// One client connection: cuts bytes into frames, checks them, knows who is
/// logged in, and forwards. Decides nothing about messages.
///
///   bytes -> splitter -> decode -> check -> room_mail | inbox_mail -> shard
///   parcel (from the gate) -> bytes
///
/// Lifecycle: forked by the listener, runs in the I/O thread of that, dies with its
/// connection. The user's inbox is told (`detach`); what was pushed and not
/// acknowledged waits in the mailbox. What it holds is bounded: requests by
/// credit, input by the largest frame, output by limits::session_queue_bytes.
struct session_state : parcel_sink {
  static constexpr const char* name = "session";

  explicit session_state(session_actor::broker_pointer self) : self(self) {
    // nop
  }

  ~session_state() override;

  void start(caf::io::connection_handle connection, directory_ptr directory, size_t thread);
  void receive(const caf::io::new_data_msg& x);
  bool take(parcel& x) override;
  void deliver(parcel& x);
  void look_after();
  void doubt(const unsure& x);
  void say_goodbye(ec why, bool expected);
  void closed();

  session_actor::broker_pointer self;

private:
  /// Who decides a request.
  using address = std::variant<conversation_id, user_id>;

  enum class phase { fresh, greeted, logging_in, logged_in, closing };

  /// A request that says who may come in: its outcome goes into the audit log.
  struct audited {
    uint64_t number;
    std::string_view what;
    std::string user; ///< Whom it is about.
    bool password;    ///< Holds one, which may be wrong.
  };

  struct unanswered {
    uint64_t number;
    uint32_t bytes;
    shard_id shard; ///< Of who is to answer.
    bool piece;     ///< Of a file.
    std::chrono::microseconds asked_at;
  };

  session_book& book() const;
  void work_through();
  void take(request&& x);
  void welcome(uint64_t number);
  ec check(const request& x) const;
  address address_of(const request& x);
  conversation_id direct_with(std::string_view name);
  void route(request&& x);
  template <class Mail, class Id>
  void post(std::vector<Mail>& out, Id to, request&& x);
  void send_out();
  bool take_credit(const request& x, shard_id shard);
  bool give_back(uint64_t number);
  ec admit(const wire::client_body& x);
  void watch(const request& x);
  void note(uint64_t number, ec outcome);
  template <class Lost>
  void give_up(Lost lost);
  void enter(origin_ptr who);
  void answer(uint64_t number, wire::server_body body);
  void refuse(uint64_t number, ec code);
  void write(parcel& x);
  void write(const frame& bytes);
  bool drop(const frame& live);
  void tell_dropped();

  caf::io::connection_handle connection_;
  directory_ptr dir_;
  origin_ptr who_;
  phase phase_ = phase::fresh;
  user_id user_;            ///< Who is going to log in, as far as the client says.
  std::string last_peer_;   ///< Whom a message went to last, as the client writes the name ...
  conversation_id last_to_; ///< ... and where it went.
  uint64_t doors_told_ = 0; ///< As in peer_book.
  splitter input_{limits::anonymous_frame_bytes};
  std::vector<room_mail> to_rooms_; ///< Of this step.
  std::vector<inbox_mail> to_inboxes_;
  std::vector<unanswered> unanswered_;
  std::vector<audited> audited_; ///< Few at a time.
  core::visitors::visitor* visitor_ = nullptr;
  std::shared_ptr<core::rate_limit> rate_; ///< Of the user, once something was asked for.
  size_t credit_used_ = 0;
  std::chrono::microseconds opened_at_{};
  std::chrono::microseconds heard_at_{};
  size_t on_their_way_ = 0;            ///< Parcels that the gate has sent.
  std::vector<wire::dropped> dropped_; ///< Of live rooms, and not told yet.
  bool pinged_ = false;
  bool inbox_ended_ = false; ///< Its next life must be told who is here.
};

/// Forked by the listener.
session_actor::behavior_type session(session_actor::stateful_broker_pointer<session_state> self,
                                     caf::io::connection_handle connection, directory_ptr dir,
                                     size_t thread);

} // namespace parley
