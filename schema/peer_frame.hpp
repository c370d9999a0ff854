#pragma once

#include "schema/frame.hpp"
#include "schema/ids.hpp"
#include "schema/record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// peer.capnp's PeerFrame as plain values: one burst from one node to another.

namespace parley {

/// Names a connection attempt of a node: higher than every earlier one, also of
/// the node's earlier starts.
using link_number = uint64_t;

/// DO NOT RENUMBER: nodes of other versions see it.
enum class letter_kind : uint16_t {
  raft,         ///< For raft::group.
  copy_request, ///< The rows of a shard are wanted (shard_copy.hpp).
  copy_page,
  map,          ///< For the controller (cluster_map.hpp).
  leading,      ///< Who leads the group, for whoever has no replica of it.
  read_request, ///< Rows of a shard are wanted (shard_read.hpp).
  read_reply,   ///< For the fetcher.
  door,         ///< For the controller (node_door).
  file,         ///< For the keeper (file_letter.hpp).
};

/// From a replica of a shard to another.
struct raft_letter {
  shard_id shard;
  frame bytes;
  letter_kind kind = letter_kind::raft;
};

/// Of what nodes say to each other. Rises only when fields that are added, and
/// kinds of letters that others pass over, will not do: nodes of two versions do
/// not listen to each other (core::refusal_of).
inline constexpr uint32_t peer_version = 1;

struct peer_frame {
  uint64_t cluster = 0;
  node_id from;
  link_number link = 0;
  uint64_t number = 0;        ///< 1, 2, 3 ... on each link.
  link_number taken_link = 0; ///< A link of the receiver's, and ...
  uint64_t taken = 0;         ///< ... bytes that arrived on it.
  std::vector<raft_letter> letters;
  frame mails;       ///< Empty, or for decode_mails.
  uint64_t disk = 0; ///< Of the sender (record::node_identity).
  uint32_t version = peer_version;
  uint16_t reads = record::format_version; ///< The newest format of rows that the sender knows.
};

frame encode(const peer_frame& x);

/// Nothing if the bytes are malformed. Of another version only who sent it is
/// read.
std::optional<peer_frame> decode_peer_frame(std::string_view bytes);

/// What a node says of itself to the others.
struct node_door {
  std::string clients;   ///< Where it listens for clients: HOST:PORT; may be empty.
  bool draining = false; ///< It is about to end.
  bool unpacks = true;   ///< It knows packed entries (effect_codec.hpp).
  uint16_t format = record::format_version; ///< Of its store.
  uint16_t reads = record::format_version;  ///< The newest that it knows.

  friend bool operator==(const node_door&, const node_door&) = default;
};

frame encode(const node_door& x);
std::optional<node_door> decode_node_door(std::string_view bytes);

/// Why a node does not listen to another one.
struct peer_refusal {
  std::string text;
  bool final = false; ///< It never will.
};

frame encode(const peer_refusal& x);
std::optional<peer_refusal> decode_peer_refusal(std::string_view bytes);

} // namespace parley
