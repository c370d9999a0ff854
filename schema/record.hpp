#pragma once

#include "schema/error.hpp"
#include "schema/file_ref.hpp"
#include "schema/frame.hpp"
#include "schema/ids.hpp"
#include "schema/wire.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// record.capnp as plain values: what is on disk besides messages. Each has
// encode(x) and decode<T>(bytes), which gives nothing for damaged bytes.

namespace parley::record {

/// Version of keys and records together. A store with a later one is refused.
inline constexpr uint16_t format_version = 8;

/// Before this one there were no revisions, and no contents with an extra: nodes
/// of a cluster take such requests when all of them know this one.
inline constexpr uint16_t format_with_revisions = 3;

/// Before this one nodes stored no files.
inline constexpr uint16_t format_with_files = 4;

/// Before this one there were no contacts.
inline constexpr uint16_t format_with_contacts = 4;

/// Before this one nobody was told who is online, and accounts had no visibility.
inline constexpr uint16_t format_with_presence = 5;

/// Before this one nothing was pinned, muted or hidden.
inline constexpr uint16_t format_with_list = 5;

/// Before this one what was written in a room was stored in any case.
inline constexpr uint16_t format_with_live_rooms = 5;

/// Before this one rooms did not remember what they had refused.
inline constexpr uint16_t format_with_refusals = 6;

/// Before this one devices were neither listed nor revoked.
inline constexpr uint16_t format_with_devices = 7;

/// Before this one messages were kept for ever.
inline constexpr uint16_t format_with_retention = 8;

/// Before this one services were members of the chats that they began, and wrote to no
/// others.
inline constexpr uint16_t format_with_services = 8;

/// Before this one nobody was told who is away.
inline constexpr uint16_t format_with_notices = 8;

/// Before this one a row had one message, or one result of a send. Such a store is
/// read as it is, and marked when all nodes of the cluster know this one.
inline constexpr uint16_t format_without_bursts = 1;

enum class role : uint16_t { person, service };

struct device {
  device_id id;
  std::string token_hash;
  time_us last_used = 0; ///< To some minutes.
  bool seeded = false;
  wire::device_kind kind = wire::device_kind::other;
  std::string label{};
  time_us created = 0;  ///< 0: not known.
  uint64_t session = 0; ///< The count of its last one among those of the user; 0: none.
  time_us session_start = 0;
  bool session_open = false; ///< Had not ended when this was written.
};

/// How a user wants to be shown.
struct profile {
  std::string display_name{};
  std::string avatar{};
};

struct account {
  std::string name;
  record::role role = role::person;
  std::string password_hash;
  std::vector<device> devices;
  time_us created = 0;
  wire::visibility visibility = wire::visibility::contacts; ///< Who may see how the user is.
  time_us last_seen = 0; ///< When the last device left; 0: it never did.
  record::profile profile{};
  uint64_t sessions = 0; ///< How many there were, of all devices.
};

/// When a device was online.
struct online_session {
  device_id device;
  time_us start = 0;
  time_us end = 0;
};

/// What is between the two of a direct chat.
struct pair {
  struct side {
    time_us asked = 0; ///< 0: did not, or that is settled.
    std::string greeting{};
    bool blocked = false; ///< By this one.

    friend bool operator==(const side&, const side&) = default;
  };

  uint64_t version = 0; ///< Rises with each change.
  bool contacts = false;
  time_us since = 0; ///< They are contacts, or nothing was asked.
  side lower{};      ///< Of the user with the lower id.
  side higher{};

  friend bool operator==(const pair&, const pair&) = default;
};

/// There is none but what is between the two, if `created` is 0.
struct conversation {
  wire::conversation_kind kind = wire::conversation_kind::direct;
  std::string title;
  bool open = false; ///< What earlier builds know of `access`.
  time_us created = 0;
  wire::room_access access = wire::room_access::closed;
  bool quiet = false;
  bool dissolved = false;
  std::string announcement{};
  record::pair pair{}; ///< Of a direct chat.
  wire::retention keep{};
  seq_t first = 0;        ///< What is older was let go; 0: nothing was.
  time_us first_time = 0; ///< When that was written, or before; 0: not before `created`.
};

/// A membership: from the event that let the user in to the one that let them
/// out; `last` is 0 while it lasts.
struct stay {
  seq_t first = 0;
  seq_t last = 0;

  friend bool operator==(stay, stay) = default;
};

struct member {
  std::string name;
  bool owner = false;
  seq_t joined = 0;
  seq_t left = 0;
  seq_t delivered = 0;
  seq_t read = 0;
  std::vector<stay> earlier{}; ///< Oldest first.
  bool admin = false;
  time_us muted_until = 0;

  wire::room_role role() const noexcept {
    if (owner)
      return wire::room_role::owner;
    return admin ? wire::room_role::admin : wire::room_role::member;
  }
};

/// Who asked to be let into a room, or is banned from it.
struct outsider {
  std::string name;
  bool banned = false;
  time_us since = 0;
};

struct client_id {
  uint64_t index = 0;
  uint64_t counter = 0;
  seq_t seq = 0;
  ordinal_t ordinal = 0;
  time_us time = 0;
  uint64_t digest = 0;
  ec refused = ec::none; ///< Why it was not stored, and never will be.
};

/// What has become of a message.
struct revised {
  struct reaction {
    std::string what;
    uint32_t count = 0;
  };

  std::vector<seq_t> edits; ///< Oldest first.
  seq_t recalled = 0;
  std::vector<reaction> reactions;
};

/// How one member reacted to one message.
struct reacted {
  std::vector<std::string> with;
};

/// What a user made of a conversation.
struct settings {
  bool pinned = false;
  time_us muted_until = 0;
  ordinal_t hidden_below = 0; ///< While fewer messages count than these.

  friend bool operator==(const settings&, const settings&) = default;
};

/// A conversation in a user's list.
struct mailbox {
  wire::conversation_kind kind = wire::conversation_kind::direct;
  std::string title;
  uint64_t version = 0;
  seq_t joined = 0;
  seq_t left = 0;
  seq_t read_seq = 0;
  ordinal_t read_ordinal = 0;
  std::vector<stay> earlier; ///< Oldest first.
  time_us since = 0;         ///< When the user was let in or out.
  record::settings settings{};

  /// Whether nobody is to be bothered with what is written in it.
  bool is_muted(time_us now) const noexcept {
    return now < settings.muted_until;
  }
};

struct cursor {
  seq_t seq = 0;
  uint64_t own = 0; ///< Of the last, written by the device, that may not know of it.

  /// Most that the device itself said it holds.
  seq_t heard() const noexcept {
    return seq - std::min(seq, own);
  }
};

/// What one member's mailbox must become.
struct membership {
  user_id user;
  std::string title;
  seq_t joined = 0;
  seq_t left = 0;
  ordinal_t ordinal = 0;
  std::vector<stay> earlier;
};

/// A file that a user has put or keeps.
struct kept_file {
  file_ref file;
  uint64_t names = 0; ///< Messages of the user that name it.
  time_us since = 0;  ///< From then on the grace counts, if there are none.
};

/// Whether a message of a user names a file.
struct naming {
  uint64_t version = 0;
  bool named = false;
};

/// What all files of a user take.
struct file_usage {
  uint64_t bytes = 0;
  uint64_t files = 0;
};

/// A message names a file of who sent it, or does not any more.
struct named_file {
  seq_t seq = 0;
  file_ref file;
  bool named = false;
};

/// What is between a user and somebody else.
struct contact {
  user_id user; ///< The other one.
  std::string name;
  uint64_t version = 0; ///< Of the pair.
  wire::contact_state state = wire::contact_state::none;
  time_us since = 0;
  std::string greeting{};
  bool blocked = false;
  std::string remark{};
};

/// What a row of one user's contacts must become.
struct contact_change {
  user_id user; ///< Whose list it is.
  record::contact what;
};

/// How far a broadcast has come.
struct walk {
  user_id service; ///< Who sends it; 0: it is no broadcast.
  std::string name;
  shard_id shard;
  user_id after; ///< Who has it, in this shard; all in earlier ones do.
};

/// Who was away when a message was written.
struct absence {
  struct user {
    user_id id;
    bool mentioned = false;
  };

  std::string sender;
  seq_t seq = 0;
  ordinal_t ordinal = 0;
  time_us time = 0;
  std::vector<user> users{};
};

/// For who tells users what they missed.
struct notice {
  std::string name;
  wire::conversation_kind kind = wire::conversation_kind::direct;
  std::string title;
  std::string sender;
  seq_t seq = 0;
  uint64_t unread = 0;
  uint32_t mentions = 0;
  bool mentioned = false;
  time_us time = 0; ///< Of the message.
  user_id user{};
  conversation_id conversation{};
};

struct outbox {
  conversation_id conversation;
  uint64_t version = 0;
  wire::conversation_kind kind = wire::conversation_kind::direct;
  std::vector<membership> members;
  user_id keeper{}; ///< Whose files these are; no members then.
  std::vector<named_file> namings{};

  std::vector<contact_change> contacts{};
  record::walk walk{};
  record::absence absence{};
};

struct counter {
  uint64_t value = 0;
};

struct node_identity {
  uint64_t cluster = 0;
  node_id node;
  uint64_t disk = 0; ///< Drawn with the data directory.
};

frame encode(const account& x);
frame encode(const conversation& x);
frame encode(const member& x);
frame encode(const outsider& x);

/// Results of one device that were stored together, oldest first: at least one,
/// at most limits::client_ids_per_row.
frame encode(std::span<const client_id> xs);
std::vector<client_id> decode_client_ids(std::string_view bytes);

frame encode(const revised& x);
frame encode(const reacted& x);
frame encode(const mailbox& x);
frame encode(const contact& x);
frame encode(const cursor& x);
frame encode(const online_session& x);
frame encode(const kept_file& x);
frame encode(const naming& x);
frame encode(const file_usage& x);
frame encode(const outbox& x);
frame encode(const notice& x);
frame encode(const counter& x);
frame encode(const node_identity& x);

template <class T>
std::optional<T> decode(std::string_view bytes);

} // namespace parley::record
