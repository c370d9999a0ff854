#include "schema/raft_message.hpp"

#include "schema/limits.hpp"
#include "tests/schema/hex.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace parley;
using namespace parley::raft;
using namespace parley::testing;

namespace {

const snapshot_mark mark{
  5, 4, {{node_id{1}, server_role::voter}, {node_id{2}, server_role::standby}}, 3};

std::vector<message> samples() {
  node_id from{1};
  node_id to{2};
  return {
    {from, to, 3, request_vote{4, 5, true}},
    {from, to, 3, request_vote_result{true, true}},
    {from, to, 3,
     append_entries{4,
                    5,
                    6,
                    {{7, entry_kind::command, "what is"},
                     {8, entry_kind::barrier, {}},
                     {9, entry_kind::configuration, "who is"}}}},
    {from, to, 3, append_entries_result{4, 5}},
    {from, to, 3, install_snapshot{mark}},
    {from, to, 3, confirm{4}},
    {from, to, 3, confirm_result{4}},
    {from, to, 3, request_vote{4, 5, false, true}},
    {from, to, 3, timeout_now{4, 5}},
  };
}

} // namespace

BOOST_AUTO_TEST_SUITE(raft_message_test)

BOOST_AUTO_TEST_CASE(messages_survive_the_round_trip) {
  for (auto& x : samples()) {
    auto bytes = encode(x);
    auto y = decode_message(bytes.bytes());
    BOOST_REQUIRE(y);
    BOOST_TEST(hex(encode(*y).bytes()) == hex(bytes.bytes()));
    BOOST_TEST(y->body.index() == x.body.index());
    BOOST_TEST((y->from == x.from && y->to == x.to && y->term == x.term));
  }
}

BOOST_AUTO_TEST_CASE(entries_keep_their_kind_and_their_bytes) {
  auto bytes = encode(samples()[2]);
  auto x = decode_message(bytes.bytes());
  auto& body = std::get<append_entries>(x->body);
  BOOST_REQUIRE(body.entries.size() == 3u);
  BOOST_TEST(body.entries[0].data == "what is");
  BOOST_TEST((body.entries[1].kind == entry_kind::barrier));
  BOOST_TEST(body.entries[1].data.empty());
  BOOST_TEST(body.entries[2].term == 9u);
}

// DO NOT CHANGE: disks hold these bytes.
BOOST_AUTO_TEST_CASE(golden_bytes) {
  BOOST_TEST(hex(encode(hard_state{0x0102, node_id{3}}).bytes())
             == "0000000003000000 0000000002000000 0201000000000000 0300000000000000");
  BOOST_TEST(hex(encode(log_entry{1, entry_kind::configuration, "12345678"}).bytes())
             == "0000000005000000 0000000002000100 0100000000000000 0200000000000000"
                " 0100000042000000 3132333435363738");
  BOOST_TEST(hex(encode(mark).bytes())
             == "000000000a000000 0000000003000100 0500000000000000 0400000000000000"
                " 0300000000000000 0100000027000000 0800000002000000 0100000000000000"
                " 0100000000000000 0200000000000000 0000000000000000");
}

BOOST_AUTO_TEST_CASE(what_is_on_disk_survives_the_round_trip) {
  BOOST_TEST((decode_snapshot(encode(mark).bytes()) == mark));
  hard_state state{7, node_id{8}};
  BOOST_TEST((decode_hard_state(encode(state).bytes()) == state));
}

BOOST_AUTO_TEST_CASE(an_entry_over_its_limit_is_nothing) {
  std::string data(limits::raft_entry_bytes + 1, 'x');
  BOOST_TEST(!decode_entry(encode(log_entry{1, entry_kind::command, data}).bytes()));
  data.pop_back();
  BOOST_TEST(decode_entry(encode(log_entry{1, entry_kind::command, data}).bytes()).has_value());
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_nobody_is_nothing) {
  auto x = mark;
  x.configuration.clear();
  BOOST_TEST(!decode_snapshot(encode(x).bytes()));
  x = mark;
  x.configuration.resize(limits::raft_servers + 1, {node_id{1}});
  BOOST_TEST(!decode_snapshot(encode(x).bytes()));
}

BOOST_AUTO_TEST_CASE(hostile_bytes_are_swallowed) {
  std::mt19937_64 random{1};
  for (auto& x : samples()) {
    auto good = encode(x);
    for (size_t size = 0; size < good.size_bytes(); size += frame::word)
      (void)decode_message(frame{good.bytes().substr(0, size)}.bytes());
    for (int round = 0; round < 2000; ++round) {
      std::string bytes{good.bytes()};
      for (auto flips = random() % 4 + 1; flips != 0; --flips)
        bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
      frame bad{bytes};
      if (auto y = decode_message(bad.bytes()))
        BOOST_REQUIRE(!encode(*y).empty());
      (void)decode_snapshot(bad.bytes());
      (void)decode_entry(bad.bytes());
      (void)decode_hard_state(bad.bytes());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
