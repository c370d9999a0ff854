#pragma once

#include "schema/cluster_map.hpp"
#include "schema/error.hpp"
#include "schema/frame.hpp"
#include "schema/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// admin.capnp as plain values, and between them and frames. Views point into
// the frame that was decoded, or into what the encoder was given.

namespace parley::admin {

/// The version that hello must name. No version of the clients' protocol.
inline constexpr uint32_t protocol_version = 1001;

/// A union member that this side does not know.
struct unknown {
  uint16_t which = 0;
};

// -- requests ---------------------------------------------------------------------

/// `key` is the bytes of the node's key, not their hexadecimal form.
struct hello {
  uint32_t version = protocol_version;
  std::string_view agent;
  std::string_view key;
};

struct ask_status {};

struct start_drain {};

struct ask_cluster {};

struct change_cluster {
  cluster_change what;
};

using request_body =
  std::variant<unknown, hello, ask_status, start_drain, ask_cluster, change_cluster>;

struct request {
  uint64_t number = 0;
  request_body body;
};

// -- replies ----------------------------------------------------------------------

struct welcome {
  uint32_t version = protocol_version;
  std::string_view agent;
};

/// What a node's store takes and has left, in bytes.
struct store_status {
  bool silent = false; ///< Did not report in time; the rest means nothing.
  uint64_t free_bytes = 0;
  uint64_t file_bytes = 0;
  uint64_t memtable_bytes = 0;
};

struct shard_status {
  bool silent = false; ///< Did not report in time; the rest means nothing.
  node_id leader;      ///< Nobody if it is 0.
  uint64_t epoch = 0;
  uint32_t rooms = 0; ///< Awake.
  uint32_t inboxes = 0;
};

struct node_status {
  std::string_view version;
  node_id node;
  uint64_t starts = 0;
  uint64_t uptime_ms = 0;
  bool draining = false;
  uint64_t connections = 0;
  uint64_t credit_requests = 0;
  uint64_t credit_bytes = 0;
  store_status store;
  std::vector<shard_status> shards; ///< By number.
};

struct draining {
  uint64_t connections = 0;
  bool already = false;
};

/// The cluster as one node sees it.
struct cluster_status {
  struct node {
    node_id id;
    std::string address;
    std::string zone;
    bool leaving = false;
    bool linked = false;   ///< Can be reached from `asked`.
    bool draining = false; ///< It is about to end.
  };

  struct group {
    node_id leader; ///< 0: nobody has said so lately.
    uint64_t term = 0;
    std::vector<node_id> wanted; ///< Who shall lead it first.
    std::vector<node_id> voters;
    std::vector<node_id> others; ///< On their way in or out.
  };

  node_id asked;
  uint64_t epoch = 0; ///< Of the map; 0: a node on its own.
  uint8_t replicas = 1;
  std::vector<node> nodes;
  std::vector<group> groups; ///< By shard, and that of the map last.
};

struct error {
  ec code = ec::none;
  std::string_view text;
};

using reply_body = std::variant<unknown, welcome, node_status, draining, error, cluster_status>;

struct reply {
  uint64_t number = 0;
  reply_body body;
};

// -- frames -----------------------------------------------------------------------

/// What a frame says; nothing if it is malformed. Lengths of texts and lists
/// are the caller's to check.
std::optional<request> decode_request(const frame& bytes);
std::optional<reply> decode_reply(const frame& bytes);

frame encode(const request& x);
frame encode(const reply& x);

} // namespace parley::admin
