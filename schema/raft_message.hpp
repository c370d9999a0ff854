#pragma once

#include "schema/frame.hpp"
#include "schema/ids.hpp"

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

// peer.capnp's Raft part as plain values: what replicas tell each other and
// what each keeps on disk, named as in the Raft paper (Ongaro and Ousterhout
// 2014, figures 2 and 13). Views point into the frame that was decoded, or
// into what the encoder was given. decode_ gives nothing for damaged or
// hostile bytes.

namespace parley::raft {

/// Terms and indexes begin with 1; 0 is "none".
using term_t = uint64_t;
using index_t = uint64_t;

/// DO NOT RENUMBER: it is on disk.
enum class entry_kind : uint16_t {
  command,       ///< An effect; see effect_codec.hpp.
  barrier,       ///< Nothing; commits what precedes it (section 8 of the paper).
  configuration, ///< Who is in the group from here on, in libraft's own encoding.
};

/// DO NOT RENUMBER: it is on disk.
enum class server_role : uint16_t {
  standby, ///< Gets the log, has no vote.
  voter,
  spare, ///< Known, gets nothing.
};

struct server {
  node_id id;
  server_role role = server_role::voter;

  friend bool operator==(server, server) = default;
};

/// Who is in a group.
using configuration = std::vector<server>;

struct log_entry {
  term_t term = 0;
  entry_kind kind = entry_kind::command;
  std::string_view data;
};

/// Everything up to `last_index` is in the state machine, whose rows are not
/// part of this: it is a mark.
struct snapshot_mark {
  index_t last_index = 0;
  term_t last_term = 0;
  raft::configuration configuration; ///< As of last_index.
  index_t configuration_index = 0;

  friend bool operator==(const snapshot_mark&, const snapshot_mark&) = default;
};

struct hard_state {
  term_t current_term = 0;
  node_id voted_for;

  friend bool operator==(hard_state, hard_state) = default;
};

struct request_vote {
  index_t last_log_index = 0;
  term_t last_log_term = 0;
  bool pre_vote = false;
  bool disrupt_leader = false; ///< The leader has asked for it.
};

struct request_vote_result {
  bool vote_granted = false;
  bool pre_vote = false;
};

struct append_entries {
  index_t prev_log_index = 0;
  term_t prev_log_term = 0;
  index_t leader_commit = 0;
  std::vector<log_entry> entries;
};

struct append_entries_result {
  index_t rejected = 0; ///< The prev_log_index that does not match, or 0.
  index_t last_log_index = 0;
};

struct install_snapshot {
  snapshot_mark snapshot;
};

/// "Am I still the leader?" for a read (Ongaro's thesis, section 6.4).
struct confirm {
  uint64_t round = 0;
};

struct confirm_result {
  uint64_t round = 0;
};

/// The leader asks a voter to call an election at once (thesis 3.10), if that
/// has all of its log.
struct timeout_now {
  index_t last_log_index = 0;
  term_t last_log_term = 0;
};

using message_body =
  std::variant<request_vote, request_vote_result, append_entries, append_entries_result,
               install_snapshot, confirm, confirm_result, timeout_now>;

struct message {
  node_id from;
  node_id to;
  term_t term = 0;
  message_body body;
};

/// Who leads a group tells every node now and then: not every one has a replica.
struct leading {
  term_t term = 0;
  uint64_t map_epoch = 0; ///< Of the cluster map that the leader knows.
  configuration servers;  ///< All of that is committed.
};

frame encode(const message& x);
frame encode(const log_entry& x);
frame encode(const snapshot_mark& x);
frame encode(const hard_state& x);
frame encode(const leading& x);

std::optional<message> decode_message(std::string_view bytes);
std::optional<log_entry> decode_entry(std::string_view bytes);
std::optional<snapshot_mark> decode_snapshot(std::string_view bytes);
std::optional<hard_state> decode_hard_state(std::string_view bytes);
std::optional<leading> decode_leading(std::string_view bytes);

} // namespace parley::raft
