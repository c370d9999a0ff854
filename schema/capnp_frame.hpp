#pragma once

#include "schema/frame.hpp"
#include "schema/ids.hpp"
#include "schema/limits.hpp"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

// Between frames and Cap'n Proto. Only the codecs include this.

namespace parley {

/// Copies into what the builder allocated.
inline void set_text(capnp::Text::Builder out, std::string_view x) {
  if (!x.empty())
    std::memcpy(out.begin(), x.data(), x.size());
}

inline void write_text(capnp::List<capnp::Text>::Builder out, capnp::uint i, std::string_view x) {
  set_text(out.init(i, static_cast<capnp::uint>(x.size())), x);
}

inline std::string_view view(capnp::Text::Reader x) {
  return {x.begin(), x.size()};
}

inline std::string_view view(capnp::Data::Reader x) {
  return {reinterpret_cast<const char*>(x.begin()), x.size()};
}

inline capnp::Data::Reader as_data(std::string_view x) {
  return {reinterpret_cast<const kj::byte*>(x.data()), x.size()};
}

/// For the struct Id of client.capnp, which all others use.
template <class Id, class Reader>
Id read_id(Reader x) {
  return {x.getHigh(), x.getLow()};
}

template <class Builder, class Tag>
void write_id(Builder out, wide_id<Tag> x) {
  out.setHigh(x.high);
  out.setLow(x.low);
}

/// A copy of the frame that is inside another; nothing if it is no whole words.
inline std::optional<frame> frame_in(capnp::Data::Reader x) {
  return x.size() % frame::word == 0 ? std::optional{frame{view(x)}} : std::nullopt;
}

capnp::uint count_of(const auto& x) {
  return static_cast<capnp::uint>(x.size());
}

inline std::vector<uint64_t> read_numbers(capnp::List<uint64_t>::Reader xs) {
  std::vector<uint64_t> result;
  result.reserve(xs.size());
  for (auto x : xs)
    result.push_back(x);
  return result;
}

inline void write_numbers(capnp::List<uint64_t>::Builder out, const std::vector<uint64_t>& xs) {
  for (capnp::uint i = 0; i < out.size(); ++i)
    out.set(i, xs[i]);
}

inline std::vector<node_id> read_nodes(capnp::List<uint64_t>::Reader xs) {
  std::vector<node_id> result;
  for (auto x : xs)
    result.push_back({x});
  return result;
}

inline void write_nodes(capnp::List<uint64_t>::Builder out, const std::vector<node_id>& xs) {
  for (capnp::uint i = 0; i < out.size(); ++i)
    out.set(i, xs[i].value);
}

/// Calls `use` with the root of the message in `bytes`. Nothing if the bytes
/// do not decode within limits; `use` returns an optional itself.
template <class Root, class Use>
auto with_root(std::string_view bytes, Use use)
  -> decltype(use(std::declval<typename Root::Reader>())) {
  if (bytes.size() % frame::word != 0)
    return std::nullopt;
  capnp::ReaderOptions options;
  // A list of nothing takes no bytes: what may be read follows what was sent.
  options.traversalLimitInWords = 4 * (bytes.size() / frame::word) + 64;
  options.nestingLimit = limits::frame_nesting;
  try {
    capnp::FlatArrayMessageReader reader{
      {reinterpret_cast<const capnp::word*>(bytes.data()), bytes.size() / frame::word}, options};
    return use(reader.getRoot<Root>());
  } catch (const kj::Exception&) {
    return std::nullopt;
  }
}

/// The frame of a message whose root `fill` fills.
template <class Root, class Fill>
frame build(Fill fill) {
  // Most messages fit; Cap'n Proto wants the scratch zeroed and leaves it so.
  static thread_local capnp::word scratch[512] = {};
  capnp::MallocMessageBuilder builder{kj::ArrayPtr<capnp::word>{scratch, std::size(scratch)},
                                      capnp::AllocationStrategy::GROW_HEURISTICALLY};
  fill(builder.initRoot<Root>());
  auto segments = builder.getSegmentsForOutput();
  auto size = capnp::computeSerializedSizeInWords(segments);
  auto words = std::make_shared_for_overwrite<uint64_t[]>(size);
  auto at = reinterpret_cast<uint32_t*>(words.get());
  std::memset(at, 0, (segments.size() / 2 + 1) * frame::word);
  at[0] = static_cast<uint32_t>(segments.size() - 1);
  auto body = words.get() + segments.size() / 2 + 1;
  for (size_t i = 0; i < segments.size(); ++i) {
    at[i + 1] = static_cast<uint32_t>(segments[i].size());
    std::memcpy(body, segments[i].begin(), segments[i].size() * frame::word);
    body += segments[i].size();
  }
  return frame{std::move(words), size};
}

} // namespace parley
