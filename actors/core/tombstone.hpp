#pragma once

#include "schema/codec.hpp"

namespace parley::core {

/// What stands in the place of a message that is no more.
inline frame tombstone_of(wire::message x, wire::tombstone what) {
  x.body = what;
  return wire::encode_answer(0, std::move(x));
}

/// The same of a message as it is stored.
inline frame tombstone_of(const frame& bytes, wire::tombstone what) {
  auto found = wire::decode_server(bytes);
  return tombstone_of(std::get<wire::message>(found->body), what);
}

} // namespace parley::core
