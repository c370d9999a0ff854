#include "schema/shard_read.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/effect_codec.hpp"
#include "schema/peer.capnp.h"

namespace parley {

namespace {

namespace schema = raft::schema;

capnp::Data::Reader data(std::string_view x) {
  return {reinterpret_cast<const kj::byte*>(x.data()), x.size()};
}

std::string_view view(capnp::Data::Reader x) {
  return {reinterpret_cast<const char*>(x.begin()), x.size()};
}

} // namespace

frame encode(const read_request& x) {
  return build<schema::ReadRequest>([&x](schema::ReadRequest::Builder out) {
    out.setToken(x.token);
    auto queries = out.initQueries(static_cast<capnp::uint>(x.queries.size()));
    for (capnp::uint i = 0; i < queries.size(); ++i) {
      auto& query = x.queries[i];
      queries[i].setFrom(data(query.range.from.bytes()));
      queries[i].setTo(data(query.range.to.bytes()));
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
    auto results = out.initResults(static_cast<capnp::uint>(x.results.size()));
    for (capnp::uint i = 0; i < results.size(); ++i)
      results.set(i, data(entries[i].bytes()));
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
  return with_root<schema::ReadReply>(bytes,
                                      [](schema::ReadReply::Reader in) -> std::optional<rows> {
                                        if (in.getCode() >= static_cast<uint16_t>(ec::ec_count))
                                          return std::nullopt;
                                        rows x{in.getToken(), static_cast<ec>(in.getCode()), {}};
                                        for (auto result : in.getResults()) {
                                          if (result.size() % frame::word != 0)
                                            return std::nullopt;
                                          auto entry = decode_effects(frame{view(result)});
                                          if (!entry)
                                            return std::nullopt;
                                          x.results.push_back(std::move(entry->rows));
                                        }
                                        return x;
                                      });
}

} // namespace parley
