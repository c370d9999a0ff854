#include "schema/effect_codec.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/peer.capnp.h"

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

std::optional<effect> decode_effects(const frame& entry) {
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
