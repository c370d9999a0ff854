#include "actors/core/request_check.hpp"
#include "actors/core/request_rights.hpp"
#include "schema/admin.hpp"
#include "schema/codec.hpp"
#include "tests/fuzz/round_trip.hpp"

// What clients, operators and nodes say to each other at the doors: whatever the bytes
// say, a decoder gives a value or nothing, and the checks of a request's arguments, a
// login's among them, give a verdict.

using namespace parley;
using namespace parley::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  frame bytes{view(data, size)};
  auto asked = wire::decode_client(bytes);
  if (asked) {
    (void)core::check_request(asked->body);
    (void)core::needed_format(asked->body);
    (void)core::wants_page(asked->body);
    (void)core::moves_piece(asked->body);
    (void)core::right_to(asked->body);
    (void)wire::conversation_of(asked->body);
  }
  auto encode_frame = [](const auto& x) { return wire::encode(x); };
  round_trip(asked, encode_frame, [](const frame& x) { return wire::decode_client(x); });
  round_trip(wire::decode_server(bytes), encode_frame,
             [](const frame& x) { return wire::decode_server(x); });
  auto encode_admin = [](const auto& x) { return admin::encode(x); };
  round_trip(admin::decode_request(bytes), encode_admin,
             [](const frame& x) { return admin::decode_request(x); });
  round_trip(admin::decode_reply(bytes), encode_admin,
             [](const frame& x) { return admin::decode_reply(x); });
  return 0;
}
