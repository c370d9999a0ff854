#pragma once

#include "schema/peer_frame.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace parley::core {

/// What a node knows of the format of another one's rows.
struct peer_format {
  bool linked = false;
  std::optional<node_door> said{}; ///< Nothing before it was heard.
};

/// What that comes to.
struct formats {
  uint16_t agreed = 0;   ///< All have marked their stores with it, or with a later one.
  uint16_t possible = 0; ///< The newest that all may come to soon: who is away comes to none.
  bool mark = false;     ///< It is time to mark this node's store with the newest.
};

/// How the nodes of a cluster come to a format of rows together, and never to one that
/// somebody cannot read. A node marks its store when all can read the newest, and only then
/// gives up the way back to an earlier build; rows of that format come when all have marked.
/// Who meets somebody that is marked marks too: such rows may be among what it gets.
formats compare_formats(uint16_t own, const std::vector<peer_format>& others);

} // namespace parley::core
