#pragma once

#include "schema/capnp_frame.hpp"
#include "schema/client.capnp.h"
#include "schema/wire.hpp"

#include <optional>
#include <string_view>
#include <vector>

// Messages and what is in them, between client.capnp and plain values: a part of
// codec.cpp that has a file of its own. Nobody else includes this.

namespace parley::wire {

inline std::vector<std::string_view> read_names(capnp::List<capnp::Text>::Reader xs) {
  std::vector<std::string_view> result;
  result.reserve(xs.size());
  for (auto x : xs)
    result.push_back(view(x));
  return result;
}

inline void write_names(capnp::List<capnp::Text>::Builder out,
                        const std::vector<std::string_view>& xs) {
  for (size_t i = 0; i < xs.size(); ++i)
    write_text(out, static_cast<capnp::uint>(i), xs[i]);
}

inline retention read_retention(schema::Retention::Reader x) {
  return {x.getSeconds(), x.getMessages()};
}

inline void write_retention(schema::Retention::Builder out, const retention& x) {
  out.setSeconds(x.seconds);
  out.setMessages(x.messages);
}

/// Nothing if it is of a kind that this side does not know.
std::optional<content> read_content(schema::Content::Reader x);
void write_content(schema::Content::Builder out, const content& x);

std::optional<revision> read_revision(schema::Revision::Reader x);
void write_revision(schema::Revision::Builder out, const revision& x);

/// What this side does not know is `unknown`.
message read_message(schema::Message::Reader x);
void write_message(schema::Message::Builder out, const message& x);

} // namespace parley::wire
