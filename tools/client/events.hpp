#pragma once

#include "schema/wire.hpp"

#include <chrono>

namespace parley::client {

/// A message of this client that the server has stored.
struct sent_message {
  conversation_id conversation;
  uint64_t counter = 0;
  seq_t seq = 0; ///< 0: in a live room, and not stored.
  time_us time = 0;
};

/// What a client tells its application, in the thread of its io_context.
///
/// Views are valid during the call. Every function of the client may be called
/// from here; the client may not be destroyed here.
class events {
public:
  /// Logged in, for the first time or again. The token is there once, after a
  /// login by password: keep it.
  virtual void on_session(const wire::session&) {}

  /// The connection is gone: the words of the server if it said why, else of
  /// the network. The client connects again after `pause`.
  virtual void on_offline(std::string_view, std::chrono::milliseconds) {}

  /// The server will not have us: wrong password, replaced, logged out, another version.
  /// The client has stopped.
  virtual void on_refused(const wire::error&) {}

  /// The next message of its conversation, from anyone but this device; or a change
  /// of an earlier one, or a tombstone (wire::message::body). Being
  /// called is the delivery: it is acknowledged afterwards.
  virtual void on_message(const wire::message&) {}

  /// An own message is stored, and stands at this place; or is told in a live room.
  virtual void on_sent(const sent_message&) {}

  /// An own message was refused for good and is dropped. Later ones go out.
  virtual void on_send_refused(conversation_id, uint64_t /*counter*/, const wire::error&) {}

  /// A conversation is new, was left, or was read, pinned, muted or hidden on another
  /// device.
  virtual void on_conversation(const wire::conversation&) {}

  /// The user hid these messages, on this device or another one.
  virtual void on_hidden(const wire::hidden&) {}

  /// Somebody is writing: worth showing for some seconds.
  virtual void on_typing(const wire::typing&) {}

  /// Somebody wrote in a live room, perhaps on this device: nothing stores it.
  virtual void on_live(const wire::message&) {}

  /// So much of a live room was not shown, before what comes next.
  virtual void on_dropped(const wire::dropped&) {}

  /// What is between the user and this one changed, by either of them.
  virtual void on_contact(const wire::contact&) {}

  /// How a contact, or somebody whom this client watches, is from now on. Who was not
  /// named since the last `on_presence_forgotten` is offline.
  virtual void on_presence(const wire::presence&) {}

  /// After each login, and when the server lost it: who is online is named anew.
  virtual void on_presence_forgotten() {}

  /// How far another member has received and read.
  virtual void on_receipt(const wire::receipt&) {}

  /// A message was pushed that had been before. Nobody need be shown it.
  virtual void on_repeated(const wire::message&) {}

  /// Messages from <= seq <= to are not to be had any more.
  virtual void on_gap(conversation_id, seq_t /*from*/, seq_t /*to*/) {}

  /// The server closes the connection; `on_offline` or `on_refused` follows.
  virtual void on_closing(const wire::error&) {}

  /// The server complains without being asked, or asks to repeat.
  virtual void on_notice(const wire::error&) {}

protected:
  ~events() = default;
};

} // namespace parley::client
