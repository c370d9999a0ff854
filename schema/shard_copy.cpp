#include "schema/shard_copy.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/peer.capnp.h"

namespace parley {

namespace schema = raft::schema;

frame encode(const copy_request& x) {
  return build<schema::CopyRequest>([&x](schema::CopyRequest::Builder out) {
    out.setToken(x.token);
    out.setAfter(as_data(x.after));
  });
}

frame encode(const copy_page& x) {
  return build<schema::CopyPage>([&x](schema::CopyPage::Builder out) {
    out.setToken(x.token);
    out.setRows(as_data(x.rows.bytes()));
    out.setApplied(x.applied);
    out.setLast(x.last);
    out.setRefused(x.refused);
  });
}

std::optional<copy_request> decode_copy_request(std::string_view bytes) {
  return with_root<schema::CopyRequest>(
    bytes, [](schema::CopyRequest::Reader in) -> std::optional<copy_request> {
      return copy_request{in.getToken(), std::string{view(in.getAfter())}};
    });
}

std::optional<copy_page> decode_copy_page(std::string_view bytes) {
  return with_root<schema::CopyPage>(
    bytes, [](schema::CopyPage::Reader in) -> std::optional<copy_page> {
      auto rows = frame_in(in.getRows());
      if (!rows)
        return std::nullopt;
      return copy_page{in.getToken(), *std::move(rows), in.getApplied(), in.getLast(),
                       in.getRefused()};
    });
}

} // namespace parley
