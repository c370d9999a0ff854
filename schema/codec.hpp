#pragma once

#include "schema/wire.hpp"

#include <optional>

// Between frames and values, within the limits of schema/limits.hpp. The only
// place that sees Cap'n Proto on the wire; what it throws stays inside.

namespace parley::wire {

/// Decodes what a client sent; views point into `bytes`. Nothing if the frame
/// is malformed. Lengths of texts and lists are the caller's to check.
std::optional<client_frame> decode_client(const frame& bytes);

/// Decodes what a server sent; views point into `bytes`. Nothing if malformed.
std::optional<server_frame> decode_server(const frame& bytes);

/// As above, over bytes that somebody else keeps, aligned to eight.
std::optional<server_frame> decode_server(std::string_view bytes);

frame encode(const client_frame& x);
frame encode(const server_frame& x);

/// An answer to `request`; a push if `request` is 0.
template <class Body>
frame encode_answer(uint64_t request, Body body) {
  return encode(server_frame{request, std::move(body)});
}

} // namespace parley::wire
