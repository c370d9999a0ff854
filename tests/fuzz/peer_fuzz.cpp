#include "actors/core/mail_codec.hpp"
#include "schema/cluster_map.hpp"
#include "schema/effect_codec.hpp"
#include "schema/file_letter.hpp"
#include "schema/peer_frame.hpp"
#include "schema/raft_message.hpp"
#include "schema/shard_copy.hpp"
#include "schema/shard_read.hpp"
#include "tests/fuzz/round_trip.hpp"

#include <iterator>

// What nodes send each other. The first byte says what the others are taken for.

using namespace parley;
using namespace parley::fuzz;

namespace {

template <auto Decode>
void take_for(const frame& bytes) {
  using namespace raft;
  round_trip(
    Decode(bytes.bytes()), [](const auto& x) { return encode(x); },
    [](const frame& x) { return Decode(x.bytes()); });
}

void take_for_effects(const frame& bytes) {
  round_trip(
    decode_effects(bytes),
    [](const effect& x) {
      return pack(encode_effects({&x, 1}));
    },
    [](const frame& x) { return decode_effects(x); });
}

void take_for_mails(const frame& bytes) {
  round_trip(decode_mails(bytes.bytes()), encode_mails,
             [](const frame& x) { return decode_mails(x.bytes()); });
}

constexpr void (*kinds[])(const frame&) = {
  take_for<decode_peer_frame>,
  take_for<decode_node_door>,
  take_for<decode_peer_refusal>,
  take_for<raft::decode_message>,
  take_for<raft::decode_entry>,
  take_for<raft::decode_snapshot>,
  take_for<raft::decode_hard_state>,
  take_for<raft::decode_leading>,
  take_for<decode_copy_request>,
  take_for<decode_copy_page>,
  take_for<decode_read_request>,
  take_for<decode_rows>,
  take_for<decode_file_letter>,
  take_for<decode_cluster_map>,
  take_for_effects,
  take_for_mails,
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  kinds[data[0] % std::size(kinds)](frame{view(data + 1, size - 1)});
  return 0;
}
