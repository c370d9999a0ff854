#include "schema/shard_copy.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/peer.capnp.h"

namespace parley {

namespace {

namespace schema = raft::schema;

capnp::Data::Reader to_data(std::string_view x) {
  return {reinterpret_cast<const kj::byte*>(x.data()), x.size()};
}

std::string_view view(capnp::Data::Reader x) {
  return {reinterpret_cast<const char*>(x.begin()), x.size()};
}

} // namespace

frame encode(const copy_request& x) {
  return build<schema::CopyRequest>([&x](schema::CopyRequest::Builder out) {
    out.setToken(x.token);
    out.setAfter(to_data(x.after));
  });
}

frame encode(const copy_page& x) {
  return build<schema::CopyPage>([&x](schema::CopyPage::Builder out) {
    out.setToken(x.token);
    out.setRows(to_data(x.rows.bytes()));
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
      auto rows = view(in.getRows());
      if (rows.size() % frame::word != 0)
        return std::nullopt;
      return copy_page{in.getToken(), frame{rows}, in.getApplied(), in.getLast(), in.getRefused()};
    });
}

} // namespace parley
