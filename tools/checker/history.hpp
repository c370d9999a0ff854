#pragma once

#include "schema/ids.hpp"
#include "tools/checker/contacts.hpp"
#include "tools/checker/revisions.hpp"
#include "tools/checker/verdict.hpp"

#include <variant>
#include <vector>

// The full form: everything that clients recorded, judged afterwards. For
// simulations and tests, where histories are short and worth keeping.

namespace parley::checker {

struct belongs {
  device_id device;
  user_id user;
};

struct invoked {
  device_id device;
  conversation_id conversation;
  uint64_t counter = 0;
  uint64_t digest = 0;
};

struct revises {
  device_id device;
  conversation_id conversation;
  uint64_t counter = 0;
  uint64_t digest = 0;
  revision what;
};

struct acknowledged {
  device_id device;
  conversation_id conversation;
  uint64_t counter = 0;
  seq_t seq = 0;
};

struct refused {
  device_id device;
  conversation_id conversation;
  uint64_t counter = 0;
};

struct delivered {
  device_id device;
  conversation_id conversation;
  seq_t seq = 0;
  device_id sender;
  uint64_t counter = 0;
  uint64_t digest = 0;
  time_us time = 0;
};

struct connected {
  device_id device;
};

/// For people who read the history.
struct disconnected {
  device_id device;
};

/// The device sees `first` to `last`; `last` 0: to the head.
struct member {
  device_id device;
  conversation_id conversation;
  seq_t first = 0;
  seq_t last = 0;
};

struct reads {
  device_id device;
  conversation_id conversation;
  seq_t seq = 0;
};

struct has_read {
  device_id device;
  conversation_id conversation;
  seq_t seq = 0;
};

struct may_go {
  conversation_id conversation;
  seq_t before = 0;
};

struct trimmed {
  device_id device;
  conversation_id conversation;
  seq_t first = 0;
};

struct shown {
  device_id device;
  conversation_id conversation;
  seq_t seq = 0;
  version what;
};

struct receipt {
  device_id device;
  conversation_id conversation;
  user_id user;
  seq_t delivered = 0;
  seq_t read = 0;
};

struct counted {
  device_id device;
  conversation_id conversation;
  seq_t head = 0;
  seq_t read = 0;
  uint64_t unread = 0;
};

struct meets {
  device_id device;
  user_id with;
};

struct met {
  device_id device;
  user_id with;
  contact_step what = contact_step::other;
  bool taken = false;
};

struct contact_list {
  device_id device;
  std::vector<contact> all;
};

struct member_list {
  conversation_id room;
  std::vector<user_id> all;
};

struct room_list {
  device_id device;
  std::vector<conversation_id> all;
};

/// What the node says from here on is its last word.
struct rest {};

/// At the end the node said that the conversation reaches to `head`.
struct drained {
  conversation_id conversation;
  seq_t head = 0;
};

using event =
  std::variant<belongs, invoked, revises, acknowledged, refused, delivered, connected, disconnected,
               member, may_go, trimmed, reads, has_read, shown, receipt, counted, meets, met,
               contact_list, member_list, room_list, rest, drained>;

using history = std::vector<event>;

/// The verdict over a whole history. Memberships may stand anywhere in it, but
/// those of one device and conversation in their order.
verdict check(const history& x);

} // namespace parley::checker
