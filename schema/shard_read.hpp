#pragma once

#include "schema/effect.hpp"
#include "schema/error.hpp"
#include "schema/frame.hpp"
#include "schema/keys.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// peer.capnp's ReadRequest and ReadReply as plain values: how a node reads rows
// of a shard that it has no replica of.

namespace parley {

/// Rows in `range`, in order, up to both maxima; or only the last one.
struct query {
  key_range range;
  size_t max_rows = SIZE_MAX;
  size_t max_bytes = SIZE_MAX;
  bool last = false;
  bool whole =
    false; ///< The row with the message `range.from`, as it is stored. Not for other nodes.
};

struct read_request {
  uint64_t token = 0;
  std::vector<query> queries; ///< All of one shard.
};

/// One vector of rows for each query. With a code nothing could be read.
struct rows {
  uint64_t token = 0;
  ec code = ec::none;
  std::vector<std::vector<row>> results;
};

frame encode(const read_request& x);
frame encode(const rows& x);

std::optional<read_request> decode_read_request(std::string_view bytes);
std::optional<rows> decode_rows(std::string_view bytes);

} // namespace parley
