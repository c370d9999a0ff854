#pragma once

#include "schema/effect.hpp"
#include "schema/error.hpp"
#include "schema/file_ref.hpp"
#include "schema/ids.hpp"
#include "schema/record.hpp"
#include "schema/shard_read.hpp"
#include "schema/wire.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

// What rooms, inboxes, couriers and sessions say to each other. Everybody is
// addressed by id, never by handle: a shard finds the room or inbox, the gate
// finds the session. So the same words work across nodes and in a simulation.
//
//   session --room_mail--> shard(conversation) --room_event--> room
//   session --inbox_mail-> shard(user) --------inbox_event---> inbox
//   room, inbox, courier --append--> journal --committed--> back
//   room, inbox, courier --load----> history --rows-------> back
//   room, inbox, courier --parcel--> gate ------------------> session

namespace parley {

// -- who asks, and what -------------------------------------------------------------

/// Whether a connection is gone, for what it left behind in this process. A copy is of
/// a connection of its own.
class parting {
public:
  parting() = default;
  parting(const parting&) noexcept {}
  parting& operator=(const parting&) noexcept {
    return *this;
  }

  void leave() const noexcept {
    gone_ = true;
  }

  bool gone() const noexcept {
    return gone_;
  }

private:
  mutable std::atomic<bool> gone_{false};
};

/// The connection that asks and the user it is logged in as.
struct origin {
  session_id session;
  user_id user;
  device_id device;
  record::role role = record::role::person;
  std::string name;
  parting end{};
};

using origin_ptr = std::shared_ptr<const origin>;

/// A user's shard has what an outbox row is about.
struct outbox_confirmed {
  conversation_id conversation;
  uint64_t version = 0;
  user_id user;
};

/// One decoded request. The views of `body` point into `bytes`.
struct request {
  uint64_t number = 0;
  wire::client_body body;
  frame bytes;
};

/// What one connection asked in one burst, in its order.
struct requests {
  origin_ptr from;
  std::vector<request> items;
};

/// Whether these are requests of somebody who is gone. They are repeated over another
/// connection, and may be refused there for good: what waited must not come after that.
template <class Event>
bool is_abandoned(const Event& x) {
  auto asked = std::get_if<requests>(&x);
  return asked != nullptr && asked->from->end.gone();
}

/// One request that waits until it can be decided or answered.
struct waiting_request {
  origin_ptr from;
  request what;
  outbox_confirmed confirms{}; ///< Instead of an answer, if it is of a broadcast.
};

// -- journal and history -----------------------------------------------------------

/// Asks the journal to make `what` durable. A writer numbers its appends 1, 2,
/// 3 ...; the journal answers them in order. After it refused one it refuses
/// every later one of the same writer. One without rows asks whether the writer's
/// state is still the newest: everything before is durable, and no other node led
/// when it was sent.
struct append {
  shard_id shard;
  uint64_t epoch = 0; ///< In which the writer woke: start count or Raft term.
  writer_id writer;
  uint64_t number = 0;
  effect what;
  bool droppable = false; ///< May be dropped while the disk takes nothing: cursors.
  bool behind = false;    ///< The rows are in a log already: store::write_behind.
};

/// Everything up to `upto` is durable, or can be read if it was written behind;
/// with a code, everything later is refused.
struct committed {
  uint64_t upto = 0;
  ec code = ec::none;
};

/// Asks history on behalf of who lives in `shard`; the answer has the same
/// token. Rows of that shard are read as they are now; of another one perhaps as they
/// were a while ago, unless the latest are asked for: good for messages up to a head
/// that is known, for they never change.
struct load {
  shard_id shard;
  uint64_t token = 0;
  std::vector<query> queries;
  bool latest = false;
};

// -- to a room -----------------------------------------------------------------------

/// An inbox with a device online wants to be told. The shard remembers it for
/// rooms that sleep, and answers with a head. Mail of inboxes that another leader
/// has replaced may come late: only the newest epoch counts. Who was let out and
/// in again is told nothing before their inbox knows, for it would show what was
/// written in between.
struct subscribe {
  user_id user;
  uint64_t epoch = 0;    ///< In which the inbox woke.
  seq_t joined = 0;      ///< Where the last stay begins that the inbox knows.
  bool want_own = false; ///< Also asks for what only the disk knows after a crash.
};

struct unsubscribe {
  user_id user;
  uint64_t epoch = 0; ///< Of the inbox, or of the shard that has none.
};

/// How far a member came. Cumulative: the room keeps the maximum.
struct receipt {
  user_id user;
  seq_t delivered = 0;
  seq_t read = 0;
};

/// Answers check_user.
struct user_checked {
  user_id user;
  bool exists = false;
  bool full = false; ///< The conversation list has no place left.
  bool contacts_full = false;
  bool blocks_full = false;
  bool asking_full = false; ///< Has asked too many others ...
  bool asked_full = false;  ///< ... or was asked by too many.
};

/// Answers check_file.
struct file_checked {
  user_id user;
  file_ref file;
  bool kept = false; ///< And will be for long enough to be named.
};

/// What a broadcast sends to one user, in the name of a service that is not there.
struct dispatch {
  outbox_confirmed confirms; ///< Once it is durable, or refused for good.
  requests what;
};

/// Time passed; something may be due.
struct tick {};

/// What was on its way to or from `shards` may be lost: another node leads them,
/// or the link to the node that does broke. Who waits for an answer asks again,
/// who subscribed subscribes again. Sessions of `node`, if there is one, are
/// gone or will say that they are not.
struct unsure {
  uint64_t shards = 0; ///< Bit n: shard n.
  node_id node;

  bool concerns(shard_id x) const noexcept {
    return (shards >> x.value & 1) != 0;
  }
};

/// What is said to a node can be sent, or would only be lost. While it cannot, nobody knows
/// how sessions of that node are.
struct reachable {
  node_id peer;
  bool yes = false;
};

using room_event = std::variant<requests, subscribe, unsubscribe, receipt, user_checked,
                                file_checked, tick, dispatch>;

struct room_mail {
  conversation_id to;
  room_event what;
};

// -- to an inbox ----------------------------------------------------------------------

/// A message that has just become durable.
struct stored_message {
  seq_t seq = 0;
  ordinal_t ordinal = 0;
  time_us time = 0;
  user_id sender;
  device_id device;
  uint64_t counter = 0; ///< 0: a membership event.
  frame bytes;          ///< As it is stored, and as it is pushed.
};

/// Consecutive messages of one conversation. Shared by all who are told.
struct burst {
  conversation_id conversation;
  std::vector<stored_message> messages;
};

using burst_ptr = std::shared_ptr<const burst>;

/// Tells an online member of new messages.
struct notice {
  burst_ptr what;
};

/// Shows a frame on every device, unless its connection is congested.
struct show {
  frame bytes;
  bool droppable = false; ///< Not to devices that are slow as it is.
  bool live = false;      ///< Of a live room.
};

/// How far a conversation goes, at most to the end of the stay that the inbox
/// knows; answers subscribe.
struct head {
  conversation_id conversation;
  seq_t seq = 0;
  ordinal_t ordinal = 0;
  time_us time = 0;

  receipt told{}; ///< What the room knows of the user.

  // With want_own: the user's last own message.
  bool has_own = false;
  seq_t own_seq = 0;
  ordinal_t own_ordinal = 0;
};

/// Asks whether a user exists, for a room that is to take them in.
struct check_user {
  conversation_id asker;
};

/// One member's part of an outbox row.
struct membership_change {
  conversation_id conversation;
  uint64_t version = 0;
  wire::conversation_kind kind = wire::conversation_kind::direct;
  record::membership what;
};

/// One side's part of an outbox row.
struct contact_news {
  conversation_id conversation;
  uint64_t version = 0;
  record::contact what;
};

/// The user was away when this was written; their part of an outbox row.
struct absence_note {
  conversation_id conversation;
  uint64_t version = 0;
  wire::conversation_kind kind = wire::conversation_kind::direct;
  record::absence what; ///< With one user.
};

/// A connection is gone.
struct detach {
  session_id session;
};

/// A connection is alive and thinks that it is logged in. One that the inbox
/// does not know is closed and comes back.
struct pulse {
  origin_ptr from;
};

// What belongs to a user's files (inbox_files.cpp).

/// A request of a session that is to be answered.
struct asker {
  session_id session;
  uint64_t request = 0;
};

/// A file is on the disks of enough nodes, and the user had all of it or may have it.
struct file_held {
  asker to;
  file_ref file;
};

/// A room lets the user have a file, which nodes with the rows of `home` have.
struct take_file {
  asker to;
  file_ref file;
  shard_id home;
};

/// Asks whether the user keeps a file, for a room that is to name it.
struct check_file {
  conversation_id asker;
  file_ref file;
};

/// Messages of the user name files, or do not any more.
struct naming_change {
  conversation_id conversation;
  uint64_t version = 0;
  std::vector<record::named_file> files;
};

/// Nothing names this file of the user, it seems, and that for long.
struct unneeded_file {
  file_id file;
};

// What inboxes of two users tell each other (inbox_presence.cpp).

enum class note_kind : uint8_t {
  greet,    ///< A contact came. Who sleeps misses it, and greets on coming.
  ask,      ///< Wakes who sleeps.
  tell,     ///< Something changed.
  answer,   ///< To a greet or an ask, unless who is asked is about to greet.
  unwanted, ///< Answers a tell: nobody there wants to be told any more. Says no more.
};

/// How a user is, as far as the other one may see that, and whether the user wants to
/// be told of the other one. Counts if it is not of an earlier epoch than the last.
struct presence_note {
  note_kind kind = note_kind::tell;
  user_id user;
  std::string name{}; ///< Empty if there is no such user.
  uint64_t epoch = 0; ///< In which the user's inbox woke.
  wire::presence_state state = wire::presence_state::offline;
  time_us last_seen = 0;
  bool watches = false;
};

/// Answers a hash_job.
struct hashed {
  uint64_t token = 0;
  ec code = ec::none;
  bool matches = false;
  std::string hash;
};

using inbox_event =
  std::variant<requests, notice, show, head, check_user, membership_change, detach, pulse, hashed,
               unsure, reachable, tick, file_held, take_file, check_file, naming_change,
               unneeded_file, contact_news, presence_note, absence_note>;

struct inbox_mail {
  user_id to;
  inbox_event what;
};

/// What a room tells those of its subscribers that live in one shard.
struct tell {
  conversation_id conversation;
  std::vector<user_id> to;
  std::variant<notice, show> what;
};

/// Work for the password hasher: hashes `password`, or compares it with `hash`, or
/// checks whether it is a JSON Web Token of `bearer`.
struct hash_job {
  user_id user;
  uint64_t token = 0;
  std::string password;
  std::string hash;
  std::string bearer{};
};

// -- to the keeper of files -----------------------------------------------------------

/// A piece of a file that a user puts. The view of `data` points into `bytes`.
struct put_piece {
  asker from;
  user_id user;
  file_ref file;
  uint64_t offset = 0;
  std::string_view data;
  frame bytes;
};

/// A piece of a file is wanted that somebody may see; nodes with the rows of `home`
/// have it.
struct get_piece {
  asker from;
  file_ref file;
  shard_id home;
  uint64_t offset = 0;
};

/// A file is to be on the disks of those nodes that have the rows of this user.
struct copy_file {
  asker from;
  user_id user;
  file_ref file;
  shard_id home;
};

using file_job = std::variant<put_piece, get_piece, copy_file>;

/// What an operator allows.
struct file_rules {
  uint64_t file_bytes = limits::file_bytes;      ///< Of one file.
  uint64_t user_bytes = limits::user_file_bytes; ///< Of all files of a user.
  std::chrono::microseconds grace = limits::file_grace;
};

// -- to a courier ---------------------------------------------------------------------

/// An outbox row has become durable. When all members have it, or after
/// limits::pending_after, `to` is answered with a change.
struct outbox_added {
  record::outbox row;
  session_id to;
  uint64_t request = 0;
};

using courier_event = std::variant<outbox_added, outbox_confirmed, tick>;

struct courier_mail {
  shard_id to;
  courier_event what;
};

// -- to a session ---------------------------------------------------------------------

/// A frame for a client, and the request that it answers (0: a push).
struct outgoing {
  uint64_t request = 0;
  frame bytes;
};

/// What the gate hands to one session.
struct parcel {
  session_id to;
  std::vector<outgoing> frames;
  origin_ptr login;    ///< Set when the session is logged in from now on.
  ec close = ec::none; ///< Set when the connection is to be closed.
  bool ended = false;  ///< The inbox ended: its next life must be told of the session.
  bool live = false;   ///< Dropped, and counted, while the client does not read.
};

} // namespace parley
