#include "schema/admin.hpp"
#include "schema/codec.hpp"
#include "schema/effect_codec.hpp"
#include "schema/limits.hpp"
#include "schema/raft_message.hpp"
#include "schema/record.hpp"

#include <cstdlib>

// Whatever the bytes say, a decoder gives a value or nothing; and a value that
// was encoded decodes again, if it fits a frame: a forged one may name the same
// text many times.

using namespace parley;

namespace {

void must_decode(const frame& bytes, auto decode) {
  if (bytes.size_bytes() <= limits::frame_bytes && !decode(bytes))
    std::abort();
}

template <class T>
void decode_record(std::string_view bytes) {
  if (auto x = record::decode<T>(bytes))
    must_decode(record::encode(*x),
                [](const frame& y) { return record::decode<T>(y.bytes()).has_value(); });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  frame bytes{{reinterpret_cast<const char*>(data), size}};
  if (auto x = wire::decode_client(bytes))
    must_decode(wire::encode(*x),
                [](const frame& y) { return wire::decode_client(y).has_value(); });
  if (auto x = wire::decode_server(bytes))
    must_decode(wire::encode(*x),
                [](const frame& y) { return wire::decode_server(y).has_value(); });
  if (auto x = raft::decode_message(bytes.bytes()))
    must_decode(raft::encode(*x),
                [](const frame& y) { return raft::decode_message(y.bytes()).has_value(); });
  if (auto x = decode_effects(bytes))
    must_decode(pack(encode_effects({&*x, 1})),
                [](const frame& y) { return decode_effects(y).has_value(); });
  if (auto x = admin::decode_request(bytes))
    must_decode(admin::encode(*x),
                [](const frame& y) { return admin::decode_request(y).has_value(); });
  if (auto x = admin::decode_reply(bytes))
    must_decode(admin::encode(*x),
                [](const frame& y) { return admin::decode_reply(y).has_value(); });
  decode_record<record::account>(bytes.bytes());
  decode_record<record::outbox>(bytes.bytes());
  return 0;
}
