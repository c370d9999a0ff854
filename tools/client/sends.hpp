#pragma once

#include "schema/codec.hpp"
#include "tools/client/send_queue.hpp"

#include <string_view>

namespace parley::client {

/// The request that brings `x` to the node: to the user `peer` if there is one.
inline frame request_of(uint64_t number, conversation_id to, std::string_view peer,
                        const send_queue::outgoing& x) {
  auto fill = [&](auto& body) {
    body.counter = x.counter;
    body.previous = x.previous;
    if constexpr (requires { body.user; })
      body.user = peer;
  };
  if (x.what->special.empty()) {
    wire::send body{to, {}, 0, 0, {x.what->kind, x.what->body}};
    fill(body);
    return wire::encode(wire::client_frame{number, std::move(body)});
  }
  auto kept = wire::decode_client(x.what->special);
  if (auto send = std::get_if<wire::send>(&kept->body))
    fill(*send);
  else
    fill(std::get<wire::revise>(kept->body));
  return wire::encode(wire::client_frame{number, std::move(kept->body)});
}

/// What `send_queue::push` takes.
inline frame special_send(conversation_id to, wire::content what) {
  return wire::encode(wire::client_frame{0, wire::send{to, {}, 0, 0, std::move(what)}});
}

inline frame special_send(conversation_id in, wire::revision what) {
  return wire::encode(wire::client_frame{0, wire::revise{in, 0, 0, std::move(what)}});
}

} // namespace parley::client
