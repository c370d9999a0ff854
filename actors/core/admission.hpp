#pragma once

#include "schema/peer_frame.hpp"

#include <cstdint>
#include <optional>

namespace parley::core {

/// What the cluster map says of a node that sent something.
struct known_sender {
  bool member = false;
  bool removed = false;
  uint64_t disk = 0; ///< As in record::node_identity; 0: never seen.
};

/// Why nothing is taken from who sent `x`; nothing if all is well. `format` is
/// that of this node's rows.
std::optional<peer_refusal> refusal_of(const peer_frame& x, uint64_t cluster, uint16_t format,
                                       const known_sender& from);

/// The letters of a frame that is refused which count nevertheless: maps that name `self`, from
/// somebody whom its own map does not name. Whoever was away while all others were replaced
/// knows nobody else who could show one.
std::vector<raft_letter> maps_of_stranger(const peer_frame& x, uint64_t cluster, node_id self,
                                          const known_sender& from);

} // namespace parley::core
