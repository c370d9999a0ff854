#include "schema/file_letter.hpp"

#include "schema/capnp_frame.hpp"
#include "schema/peer.capnp.h"

namespace parley {

namespace schema = raft::schema;

frame encode(const file_letter& x) {
  return build<schema::FileLetter>([&x](schema::FileLetter::Builder out) {
    out.setWhat(static_cast<schema::FileLetter::What>(x.what));
    out.setUserHigh(x.user.high);
    out.setUserLow(x.user.low);
    out.setHash(as_data(x.file.hash_bytes()));
    out.setSize(x.file.size);
    out.setOffset(x.offset);
    if (!x.data.empty())
      out.setData(as_data(x.data));
  });
}

std::optional<file_letter> decode_file_letter(std::string_view bytes) {
  return with_root<schema::FileLetter>(
    bytes, [](schema::FileLetter::Reader in) -> std::optional<file_letter> {
      auto file = file_ref::of(view(in.getHash()), in.getSize());
      if (!file)
        return std::nullopt;
      return file_letter{static_cast<file_word>(in.getWhat()),
                         {in.getUserHigh(), in.getUserLow()},
                         *file,
                         in.getOffset(),
                         std::string{view(in.getData())}};
    });
}

} // namespace parley
