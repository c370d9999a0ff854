#pragma once

#include "schema/ids.hpp"

#include <array>
#include <compare>
#include <cstring>
#include <optional>
#include <string_view>

// The grammar of keys. DO NOT CHANGE: it is on disk.
//
//   key          = shard kind rest
//   shard        = one byte, 0 .. 63, or 64 for the cluster map; 128 more for what the shard's Raft
//   group
//                  keeps for itself; 255 is the node's own range
//   kind, rest   = 'a' user                              Account
//                | 'b' user conversation                 Mailbox
//                | 'k' user user                         Contact
//                | 'v' user device conversation          Cursor
//                | 'c' conversation                      Conversation
//                | 'm' conversation user                 Member
//                | 't' conversation seq                  ServerFrames (message_row.hpp)
//                | 'd' conversation user device slot     ClientId
//                | 'o' conversation version              Outbox
//                | 'e' conversation seq                  Revised
//                | 'r' conversation seq user             Reacted
//                | 'j' conversation term -seq            Counter (the message has the term: 1)
//                | 'w' conversation user                 Outsider
//                | 'q' conversation user seq             Counter (a message mentions the user: 1)
//                | 'h' conversation user seq             Counter (the user hid it: 1)
//                | 'y' file user                         KeptFile (in the user's shard)
//                | 'z' user conversation seq             Naming
//                | 'g' user                              FileUsage
//                | 'u' user slot2                        OnlineSession
//                | 's' conversation                      Counter (messages before it may be gone)
//                | 'n' time user conversation2 seq       Notice (in the user's shard)
//                | 'f' | 'a' | 'n'                       Counter (format, agreed one, starts)
//                | 'c'                                   NodeIdentity
//                | 'p'                                   ClusterMap
//                | 'h'                                   HardState (Raft)
//                | 'l' index                             LogEntry (Raft)
//                | 's'                                   Snapshot (Raft)
//                | 'i'                                   Counter (Raft: applied)
//                | 'x'                                   Counter (Raft: rows are being replaced)
//   user, conversation, file = 16 bytes; device, seq, version, index, term, time = 8; -seq = its
//   complement; conversation2 = the last 8 bytes of one; slot = index % 256, slot2 = 2 bytes: count
//   of a user's sessions % 1024
//
// Numbers are big-endian and fixed width, so that the order of keys is the
// order of the conversation. A key starts with its shard, so that a shard is
// one contiguous range, which Raft's own rows are not in.

namespace parley {

/// Bytes that all keys of one owner share: shard, kind, user or conversation. Filters
/// are built over them; nearly every scan stays within one owner.
inline constexpr size_t owner_bytes = 18;

/// The bytes of one key, inline: keys are made by the hundred thousand.
class key {
public:
  static constexpr size_t capacity = 47;

  std::string_view bytes() const noexcept {
    return {bytes_.data(), size_};
  }

  key& byte(uint8_t x) noexcept {
    bytes_[size_++] = static_cast<char>(x);
    return *this;
  }

  key& number(uint64_t x) noexcept {
    for (int shift = 56; shift >= 0; shift -= 8)
      byte(static_cast<uint8_t>(x >> shift));
    return *this;
  }

  template <class Tag>
  key& id(wide_id<Tag> x) noexcept {
    return number(x.high).number(x.low);
  }

  /// A key from the store, cut to what a key can hold.
  static key from(std::string_view bytes) noexcept;

  friend bool operator==(const key& a, const key& b) noexcept {
    return a.bytes() == b.bytes();
  }

  friend std::strong_ordering operator<=>(const key& a, const key& b) noexcept {
    return a.bytes() <=> b.bytes();
  }

private:
  std::array<char, capacity> bytes_;
  uint8_t size_ = 0;
};

/// Keys from `from` on, before `to`.
struct key_range {
  key from;
  key to;
};

namespace keys {

inline constexpr uint8_t node_range = 255;
inline constexpr uint8_t raft_range = 128; ///< With the shard added.

key account(user_id user);
key mailbox(user_id user, conversation_id conversation);
key contact(user_id user, user_id other);
key cursor(user_id user, device_id device, conversation_id conversation);
key conversation(conversation_id conversation);
key member(conversation_id conversation, user_id user);
key message(conversation_id conversation, seq_t seq);
key client_id(conversation_id conversation, user_id user, device_id device, uint64_t index);
key outbox(conversation_id conversation, uint64_t version);
key revised(conversation_id conversation, seq_t seq);
key reacted(conversation_id conversation, seq_t seq, user_id user);
key outsider(conversation_id conversation, user_id user);
key mention(conversation_id conversation, user_id user, seq_t seq);
key hidden(conversation_id conversation, user_id user, seq_t seq);
key posting(conversation_id conversation, uint64_t term, seq_t seq);
key kept_file(user_id user, file_id file);
key naming(user_id user, conversation_id conversation, seq_t seq);
key file_usage(user_id user);
key online_session(user_id user, uint64_t count);
key reclaimed(conversation_id conversation);
key notice(time_us time, user_id user, conversation_id conversation, seq_t seq);
key format();
key agreed_format();
key starts();
key identity();

/// The cluster map as this node knows it, and in the map's own group.
key known_map();
key cluster_map();

/// Raft's own rows for one shard.
key hard_state(shard_id shard);
key log_entry(shard_id shard, uint64_t index);
key snapshot(shard_id shard);
key applied(shard_id shard);
key replacing(shard_id shard);

/// The group that a key of its data, or of its Raft, begins with.
shard_id shard_of(const key& x) noexcept;

/// Whether it is the key of an applied index or of a mark that rows are being
/// replaced: of no use without the rows, nor the rows without it.
bool tells_of_rows(const key& x) noexcept;

/// Whether it is the key of messages.
bool is_of_messages(const key& x) noexcept;

/// All that belongs to a shard but Raft's own rows.
key_range everything(shard_id shard);

/// All rows that begin with `prefix`.
key_range with_prefix(const key& prefix);

key_range mailboxes(user_id user);
key_range contacts(user_id user);
key_range cursors(user_id user, device_id device);
key_range online_sessions(user_id user);
key_range members(conversation_id conversation);
key_range messages(conversation_id conversation, seq_t from, seq_t to);
key_range client_ids(conversation_id conversation, user_id user);
key_range client_ids(conversation_id conversation, user_id user, device_id device);
key_range outbox(conversation_id conversation);
key_range outbox(shard_id shard);
key_range revised(conversation_id conversation, seq_t from, seq_t to);
key_range outsiders(conversation_id conversation);
key_range mentions(conversation_id conversation, user_id user, seq_t from, seq_t to);
key_range hidden(conversation_id conversation, user_id user, seq_t from, seq_t to);

/// Newest first, from before `before` on.
key_range postings(conversation_id conversation, uint64_t term, seq_t before);

/// The files of users of a shard whose ids begin with this byte: all their rows come
/// in 256 such parts.
key_range kept_files(shard_id shard, uint8_t first);

key_range log_entries(shard_id shard, uint64_t from, uint64_t to);

/// All of a shard, in the order of ids, behind one of them.
key_range accounts(shard_id shard, user_id after);
key_range conversations(shard_id shard, conversation_id after);

/// Oldest first.
key_range notices(shard_id shard);

/// The message that a row is of, or that it says something about; nothing if it is
/// of no message.
struct place {
  conversation_id conversation;
  seq_t seq = 0;
};
std::optional<place> place_of(std::string_view key);

/// The ids at the end of a key: the conversation of a mailbox or cursor, the
/// user of a member.
conversation_id conversation_at_end(std::string_view key);
user_id user_at_end(std::string_view key);

/// The number at the end of a key: of the first message of a row, of what was
/// revised, mentions or is hidden; and the key of another message of
/// its conversation.
seq_t seq_at_end(std::string_view message_key);
key sibling(std::string_view message_key, seq_t seq);

} // namespace keys

} // namespace parley
