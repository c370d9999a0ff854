#include "schema/shard_read.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/effect_codec.hpp"
#include "schema/peer.capnp.h"

namespace parley {

namespace schema = raft::schema;

frame encode(const read_request& x) {
  return build<schema::ReadRequest>([&x](schema::ReadRequest::Builder out) {
    out.setToken(x.token);
    auto queries = out.initQueries(count_of(x.queries));
    for (capnp::uint i = 0; i < queries.size(); ++i) {
      auto& query = x.queries[i];
      queries[i].setFrom(as_data(query.range.from.bytes()));
      queries[i].setTo(as_data(query.range.to.bytes()));
      queries[i].setMaxRows(query.max_rows);
      queries[i].setMaxBytes(query.max_bytes);
      queries[i].setLast(query.last);
    }
  });
}

frame encode(const rows& x) {
  std::vector<frame> entries;
  for (auto& result : x.results) {
    effect what;
    what.rows = result;
    entries.push_back(encode_effects({&what, 1}));
  }
  return build<schema::ReadReply>([&](schema::ReadReply::Builder out) {
    out.setToken(x.token);
    out.setCode(static_cast<uint16_t>(x.code));
    auto results = out.initResults(count_of(x.results));
    for (capnp::uint i = 0; i < results.size(); ++i)
      results.set(i, as_data(entries[i].bytes()));
  });
}

std::optional<read_request> decode_read_request(std::string_view bytes) {
  return with_root<schema::ReadRequest>(
    bytes, [](schema::ReadRequest::Reader in) -> std::optional<read_request> {
      read_request x{in.getToken(), {}};
      for (auto query : in.getQueries())
        x.queries.push_back({{key::from(view(query.getFrom())), key::from(view(query.getTo()))},
                             query.getMaxRows(),
                             query.getMaxBytes(),
                             query.getLast()});
      return x;
    });
}

std::optional<rows> decode_rows(std::string_view bytes) {
  return with_root<schema::ReadReply>(
    bytes, [](schema::ReadReply::Reader in) -> std::optional<rows> {
      if (in.getCode() >= static_cast<uint16_t>(ec::ec_count))
        return std::nullopt;
      rows x{in.getToken(), static_cast<ec>(in.getCode()), {}};
      for (auto result : in.getResults()) {
        auto bytes_of_result = frame_in(result);
        auto entry = bytes_of_result ? decode_effects(*bytes_of_result) : std::nullopt;
        if (!entry)
          return std::nullopt;
        x.results.push_back(std::move(entry->rows));
      }
      return x;
    });
}

} // namespace parley
