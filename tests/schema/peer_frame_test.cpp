#include "schema/peer_frame.hpp"

#include "tests/schema/hex.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using namespace parley::testing;

namespace {

const frame eight{"12345678"};

/// Has something in every field.
peer_frame sample() {
  peer_frame x{1, {2}, 3, 4, 5, 6, {{shard_id{7}, eight, letter_kind::door}}, eight, 8};
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(peer_frame_test)

// DO NOT CHANGE: nodes of other versions say this.
BOOST_AUTO_TEST_CASE(golden_bytes) {
  BOOST_TEST(hex(encode(sample()).bytes())
             == "0000000010000000 0000000008000200 0100000008000000 0100000000000000 "
                "0200000000000000 0300000000000000 0400000000000000 0500000000000000 "
                "0600000000000000 0800000000000000 0500000017000000 1100000042000000 "
                "0400000001000100 0700070000000000 0100000042000000 3132333435363738 "
                "3132333435363738");
}

BOOST_AUTO_TEST_CASE(a_frame_survives_the_round_trip) {
  auto x = decode_peer_frame(encode(sample()).bytes());
  BOOST_REQUIRE(x.has_value());
  BOOST_TEST(x->version == peer_version);
  BOOST_TEST(x->letters.size() == 1u);
  BOOST_TEST(hex(encode(*x).bytes()) == hex(encode(sample()).bytes()));
}

BOOST_AUTO_TEST_CASE(who_does_not_say_what_it_reads_reads_the_first_format) {
  auto frame_before = sample();
  frame_before.reads = 0;
  BOOST_TEST(decode_peer_frame(encode(frame_before).bytes())->reads == 1u);
  node_door door_before{"here:1", true, true, 0, 0};
  auto door = decode_node_door(encode(door_before).bytes());
  BOOST_REQUIRE(door.has_value());
  BOOST_TEST(door->format == 1u);
  BOOST_TEST(door->reads == 1u);
  BOOST_TEST((decode_node_door(encode(node_door{}).bytes()) == node_door{}));
}

BOOST_AUTO_TEST_CASE(of_a_frame_of_another_version_only_the_sender_is_read) {
  for (auto version : {peer_version - 1, peer_version + 1}) {
    auto other = sample();
    other.version = version;
    auto x = decode_peer_frame(encode(other).bytes());
    BOOST_REQUIRE(x.has_value());
    BOOST_TEST(x->version == version);
    BOOST_TEST(x->cluster == 1u);
    BOOST_TEST(x->from.value == 2u);
    BOOST_TEST(x->letters.empty());
    BOOST_TEST(x->mails.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_letter_of_a_kind_that_is_not_known_yet_is_let_through) {
  auto other = sample();
  other.letters.push_back({shard_id{1}, eight, static_cast<letter_kind>(99)});
  auto x = decode_peer_frame(encode(other).bytes());
  BOOST_REQUIRE(x.has_value()); // And nobody takes it for something else.
  BOOST_TEST((x->letters.at(1).kind == static_cast<letter_kind>(99)));
}

BOOST_AUTO_TEST_CASE(a_letter_for_a_group_that_there_is_not_spoils_the_frame) {
  auto other = sample();
  other.letters[0].shard = shard_id{group_count};
  BOOST_TEST(!decode_peer_frame(encode(other).bytes()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
