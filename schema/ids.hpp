#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

// Ids are types, so that one kind cannot be passed for another.

namespace parley {

/// 128 bits that name a user or a conversation. All zero names nobody.
template <class Tag>
struct wide_id {
  uint64_t high = 0;
  uint64_t low = 0;

  friend constexpr auto operator<=>(wide_id, wide_id) = default;

  constexpr explicit operator bool() const noexcept {
    return (high | low) != 0;
  }
};

/// A 64-bit number of one kind.
template <class Tag>
struct narrow_id {
  uint64_t value = 0;

  friend constexpr auto operator<=>(narrow_id, narrow_id) = default;

  constexpr explicit operator bool() const noexcept {
    return value != 0;
  }
};

/// BLAKE2b-128 of the normalized name (schema/identity.hpp).
using user_id = wide_id<struct user_tag>;

/// Direct chat: BLAKE2b-128 of both user ids; room: of creator, device, nonce.
using conversation_id = wide_id<struct conversation_tag>;

/// A content: the first 128 bits of its SHA-256 (schema/file_ref.hpp).
using file_id = wide_id<struct file_tag>;

/// A device of one user, drawn at random at its first login.
using device_id = narrow_id<struct device_tag>;

/// A node of a cluster, 1 to 65535; a node on its own is 1. Given when it joins
/// and never again: a node that lost its disk is another one.
using node_id = narrow_id<struct node_tag>;

/// One connection, unique for the life of its node. Also the device epoch: what
/// an older connection of the same device still says is refused.
using session_id = narrow_id<struct session_tag>;

/// The node that a session is connected to: the first 16 bits.
constexpr node_id node_of(session_id x) noexcept {
  return {x.value >> 48};
}

/// The `count`th session of a node.
constexpr session_id make_session(node_id node, uint64_t count) noexcept {
  return {node.value << 48 | (count & 0xffffffffffff)};
}

/// One life of a room, inbox or courier; what an earlier life still has on its
/// way to the journal can be told from what this one sends.
using writer_id = narrow_id<struct writer_tag>;

/// A slice of the id space.
struct shard_id {
  uint8_t value = 0;

  friend constexpr auto operator<=>(shard_id, shard_id) = default;
};

/// The id space is cut into this many slices. DO NOT CHANGE: it is in keys.
inline constexpr size_t shard_count = 64;

/// Raft groups of a cluster: one for each shard, and that of the cluster map.
inline constexpr size_t group_count = shard_count + 1;
inline constexpr shard_id map_group{shard_count};

/// Ids are hashes or random, so their first six bits spread evenly.
template <class Tag>
constexpr shard_id shard_of(wide_id<Tag> x) noexcept {
  return {static_cast<uint8_t>(x.high >> 58)};
}

/// Place of a message in its conversation: 1, 2, 3 ... without a gap.
using seq_t = uint64_t;

/// Number of countable messages up to a place (events do not count).
using ordinal_t = uint64_t;

/// Microseconds since 1970.
using time_us = int64_t;

} // namespace parley

template <class Tag>
struct std::hash<parley::wide_id<Tag>> {
  size_t operator()(parley::wide_id<Tag> x) const noexcept {
    return x.low; // Already a hash or random.
  }
};

template <class Tag>
struct std::hash<parley::narrow_id<Tag>> {
  size_t operator()(parley::narrow_id<Tag> x) const noexcept {
    return std::hash<uint64_t>{}(x.value);
  }
};
