#pragma once

#include "schema/frame.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// peer.capnp's CopyRequest and CopyPage as plain values: how a replica that is
// too far behind gets the rows of its shard.

namespace parley {

struct copy_request {
  uint64_t token = 0;
  std::string after; ///< Key of the last row that is there; empty: from the first.
};

struct copy_page {
  uint64_t token = 0;
  frame rows; ///< For decode_effects.
  uint64_t applied = 0;
  bool last = false;
  bool refused = false;
};

frame encode(const copy_request& x);
frame encode(const copy_page& x);

std::optional<copy_request> decode_copy_request(std::string_view bytes);
std::optional<copy_page> decode_copy_page(std::string_view bytes);

} // namespace parley
