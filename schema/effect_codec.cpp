#include "schema/effect_codec.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/limits.hpp"
#include "schema/peer.capnp.h"

#include <lz4.h>

namespace parley {

namespace {

void write(raft::schema::Entry::Row::Builder out, const row& x) {
  out.setKey(as_data(x.key.bytes()));
  if (!x.value.empty())
    out.setValue(as_data(x.value.bytes()));
}

/// A value in place: Cap'n Proto aligns what it points to.
frame value_in(const frame& entry, capnp::Data::Reader x) {
  if (x.size() == 0)
    return {};
  auto offset = reinterpret_cast<const char*>(x.begin()) - entry.bytes().data();
  auto words = entry.words().data() + offset / static_cast<ptrdiff_t>(frame::word);
  return {std::shared_ptr<const uint64_t[]>{entry.owner(), words}, x.size() / frame::word};
}

int as_int(size_t x) {
  return static_cast<int>(x);
}

std::optional<frame> unpack(const frame& entry) {
  return with_root<raft::schema::PackedEntry>(
    entry.bytes(), [&entry](raft::schema::PackedEntry::Reader in) -> std::optional<frame> {
      size_t size = in.getSize();
      if (size == 0)
        return entry;
      if (size % frame::word != 0 || size > limits::raft_entry_bytes)
        return std::nullopt;
      auto packed = view(in.getBytes());
      auto words = std::make_shared_for_overwrite<uint64_t[]>(size / frame::word);
      auto bytes = reinterpret_cast<char*>(words.get());
      if (LZ4_decompress_safe(packed.data(), bytes, as_int(packed.size()), as_int(size))
          != as_int(size))
        return std::nullopt;
      return frame{std::move(words), size / frame::word};
    });
}

} // namespace

frame encode_effects(std::span<const effect> effects) {
  return build<raft::schema::Entry>([effects](raft::schema::Entry::Builder out) {
    size_t count = 0;
    for (auto& x : effects)
      count += x.rows.size();
    auto rows = out.initRows(static_cast<capnp::uint>(count));
    capnp::uint i = 0;
    for (auto& x : effects)
      for (auto& y : x.rows)
        write(rows[i++], y);
  });
}

frame pack(const frame& entry) {
  auto size = entry.size_bytes();
  if (size == 0 || size > limits::raft_entry_bytes)
    return entry;
  static thread_local std::vector<char> packed;
  packed.resize(size);
  auto length =
    LZ4_compress_default(entry.bytes().data(), packed.data(), as_int(size), as_int(packed.size()));
  if (length <= 0)
    return entry; // It would not be smaller.
  return build<raft::schema::PackedEntry>([&](raft::schema::PackedEntry::Builder out) {
    out.setBytes(as_data({packed.data(), static_cast<size_t>(length)}));
    out.setSize(static_cast<uint32_t>(size));
  });
}

std::optional<effect> decode_effects(const frame& bytes) {
  auto found = unpack(bytes);
  if (!found)
    return std::nullopt;
  auto& entry = *found;
  return with_root<raft::schema::Entry>(
    entry.bytes(), [&entry](raft::schema::Entry::Reader in) -> std::optional<effect> {
      effect result;
      auto rows = in.getRows();
      result.rows.reserve(std::min<size_t>(rows.size(), entry.words().size()));
      for (auto x : rows) {
        auto name = x.getKey();
        auto value = x.getValue();
        if (name.size() == 0 || name.size() > key::capacity || value.size() % frame::word != 0)
          return std::nullopt;
        auto at = key::from(view(name));
        result.put(at, value_in(entry, value));
      }
      return result;
    });
}

} // namespace parley
