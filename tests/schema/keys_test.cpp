#include "schema/keys.hpp"
#include "tests/schema/hex.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <vector>

using namespace parley;
using namespace parley::testing;

namespace {

const user_id alice{0xfc01020304050607, 0x08090a0b0c0d0e0f};
const user_id bob{0x3132333435363738, 0x4142434445464748};
const conversation_id room{0x0411121314151617, 0x18191a1b1c1d1e1f};
const device_id phone{0x2021222324252627};

/// Shard, kind, first 16 bytes, then the rest.
std::string parts(const key& x) {
  auto bytes = x.bytes();
  auto result = hex(bytes.substr(0, 1)) + ' ' + bytes[1];
  for (auto rest = bytes.substr(2); !rest.empty();
       rest.remove_prefix(std::min<size_t>(rest.size(), 16)))
    result += ' ' + hex(rest.substr(0, 16), 16);
  return result;
}

bool holds(const key_range& range, const key& x) {
  return range.from <= x && x < range.to;
}

} // namespace

BOOST_AUTO_TEST_SUITE(keys_test)

// DO NOT CHANGE: disks hold these bytes.
BOOST_AUTO_TEST_CASE(golden_bytes) {
  const std::string user = "fc0102030405060708090a0b0c0d0e0f";
  const std::string conversation = "0411121314151617"
                                   "18191a1b1c1d1e1f";
  BOOST_TEST(parts(keys::account(alice)) == "3f a " + user);
  BOOST_TEST(parts(keys::mailbox(alice, room)) == "3f b " + user + ' ' + conversation);
  BOOST_TEST(parts(keys::contact(alice, bob))
             == "3f k " + user + " 31323334353637384142434445464748");
  BOOST_TEST(hex(keys::cursor(alice, phone, room).bytes(), 99)
             == "3f76" + user + "2021222324252627" + conversation);
  BOOST_TEST(parts(keys::conversation(room)) == "01 c " + conversation);
  BOOST_TEST(parts(keys::member(room, alice)) == "01 m " + conversation + ' ' + user);
  BOOST_TEST(parts(keys::message(room, 0x0102)) == "01 t " + conversation + " 0000000000000102");
  BOOST_TEST(parts(keys::client_id(room, alice, phone, 0x0102))
             == "01 d " + conversation + ' ' + user + " 202122232425262702");
  BOOST_TEST(parts(keys::outbox(room, 3)) == "01 o " + conversation + " 0000000000000003");
  BOOST_TEST(parts(keys::revised(room, 3)) == "01 e " + conversation + " 0000000000000003");
  BOOST_TEST(hex(keys::reacted(room, 3, alice).bytes(), 99)
             == "0172" + conversation + "0000000000000003" + user);
  BOOST_TEST(parts(keys::outsider(room, alice)) == "01 w " + conversation + ' ' + user);
  BOOST_TEST(parts(keys::mention(room, alice, 3))
             == "01 q " + conversation + ' ' + user + " 0000000000000003");
  BOOST_TEST(parts(keys::hidden(room, alice, 3))
             == "01 h " + conversation + ' ' + user + " 0000000000000003");
  BOOST_TEST(parts(keys::posting(room, 7, 8))
             == "01 j " + conversation + " 0000000000000007fffffffffffffff7");
  BOOST_TEST(parts(keys::kept_file(alice, {0xa0, 0xa1}))
             == "3f y 00000000000000a000000000000000a1 " + user);
  BOOST_TEST(parts(keys::naming(alice, room, 3))
             == "3f z " + user + ' ' + conversation + " 0000000000000003");
  BOOST_TEST(parts(keys::file_usage(alice)) == "3f g " + user);
  BOOST_TEST(parts(keys::online_session(alice, 1024 + 259)) == "3f u " + user + " 0103");
  BOOST_TEST(hex(keys::format().bytes()) == "ff66");
  BOOST_TEST(hex(keys::agreed_format().bytes()) == "ff61");
  BOOST_TEST(hex(keys::starts().bytes()) == "ff6e");
  BOOST_TEST(hex(keys::hard_state({63}).bytes()) == "bf68");
  BOOST_TEST(hex(keys::log_entry({0}, 0x0102).bytes(), 99) == "806c0000000000000102");
  BOOST_TEST(hex(keys::snapshot({1}).bytes()) == "8173");
  BOOST_TEST(hex(keys::applied({1}).bytes()) == "8169");
}

BOOST_AUTO_TEST_CASE(messages_sort_by_seq) {
  std::vector<seq_t> seqs{1, 2, 255, 256, 257, 65535, 65536, 1ull << 32, 1ull << 63};
  for (size_t i = 1; i < seqs.size(); ++i)
    BOOST_TEST((keys::message(room, seqs[i - 1]) < keys::message(room, seqs[i])));
}

BOOST_AUTO_TEST_CASE(a_shard_is_one_range) {
  user_id low{0x07ffffffffffffff, ~0ull};
  user_id high{0x0800000000000000, 0};
  BOOST_TEST(int(shard_of(low).value) == 1);
  BOOST_TEST(int(shard_of(high).value) == 2);
  BOOST_TEST((keys::mailbox(low, room) < keys::account(high)));
  BOOST_TEST((keys::account(user_id{~0ull, ~0ull}) < keys::format())); // The node's comes last.
}

BOOST_AUTO_TEST_CASE(what_raft_keeps_lies_outside_every_shard) {
  shard_id last{shard_count - 1};
  user_id high{~0ull, ~0ull};
  BOOST_TEST((keys::account(high) < keys::applied({0})));
  BOOST_TEST((keys::snapshot(last) < keys::format()));
  BOOST_TEST(holds(keys::log_entries({3}, 2, 4), keys::log_entry({3}, 4)));
  BOOST_TEST(!holds(keys::log_entries({3}, 2, 4), keys::log_entry({3}, 5)));
  BOOST_TEST(!holds(keys::log_entries({3}, 1, ~0ull - 1), keys::snapshot({3})));
}

BOOST_AUTO_TEST_CASE(a_range_holds_its_rows_and_no_others) {
  conversation_id next{room.high, room.low + 1};
  BOOST_TEST(holds(keys::messages(room, 2, 5), keys::message(room, 2)));
  BOOST_TEST(holds(keys::messages(room, 2, 5), keys::message(room, 5)));
  BOOST_TEST(!holds(keys::messages(room, 2, 5), keys::message(room, 1)));
  BOOST_TEST(!holds(keys::messages(room, 2, 5), keys::message(room, 6)));
  BOOST_TEST(!holds(keys::messages(room, 1, 1ull << 62), keys::message(next, 1)));
  BOOST_TEST(holds(keys::members(room), keys::member(room, {~0ull, ~0ull})));
  BOOST_TEST(!holds(keys::members(room), keys::member(next, {0, 0})));
  BOOST_TEST(holds(keys::mailboxes(alice), keys::mailbox(alice, room)));
  BOOST_TEST(holds(keys::cursors(alice, phone), keys::cursor(alice, phone, room)));
  BOOST_TEST(holds(keys::postings(room, 7, 9), keys::posting(room, 7, 8)));
  BOOST_TEST(holds(keys::postings(room, 7, 9), keys::posting(room, 7, 1)));
  BOOST_TEST(!holds(keys::postings(room, 7, 9), keys::posting(room, 7, 9)));
  BOOST_TEST(!holds(keys::postings(room, 7, 9), keys::posting(room, 8, 8)));
  BOOST_TEST((keys::posting(room, 7, 8) < keys::posting(room, 7, 1)));
  BOOST_TEST(holds(keys::online_sessions(alice), keys::online_session(alice, 7)));
  BOOST_TEST(!holds(keys::cursors(alice, phone), keys::cursor(alice, device_id{1}, room)));
  BOOST_TEST(holds(keys::client_ids(room, alice), keys::client_id(room, alice, phone, 255)));
  BOOST_TEST(holds(keys::client_ids(room, alice, phone), keys::client_id(room, alice, phone, 255)));
  file_id file{0xab00000000000000, 1};
  BOOST_TEST(holds(keys::kept_files(shard_of(alice), 0xab), keys::kept_file(alice, file)));
  BOOST_TEST(!holds(keys::kept_files(shard_of(alice), 0xac), keys::kept_file(alice, file)));
  BOOST_TEST(holds(keys::outbox(shard_of(room)), keys::outbox(room, 1)));
  BOOST_TEST(!holds(keys::outbox(shard_of(alice)), keys::outbox(room, 1)));
}

BOOST_AUTO_TEST_CASE(a_prefix_of_ones_has_an_end) {
  key prefix;
  prefix.byte(1).byte(0xff).byte(0xff);
  auto range = keys::with_prefix(prefix);
  BOOST_TEST(hex(range.to.bytes()) == "02");
  user_id last{~0ull, ~0ull};
  BOOST_TEST(holds(keys::mailboxes(last), keys::mailbox(last, {~0ull, ~0ull})));
}

BOOST_AUTO_TEST_CASE(ids_come_back_from_the_end_of_a_key) {
  BOOST_TEST((keys::conversation_at_end(keys::mailbox(alice, room).bytes()) == room));
  BOOST_TEST((keys::conversation_at_end(keys::cursor(alice, phone, room).bytes()) == room));
  BOOST_TEST((keys::user_at_end(keys::member(room, alice).bytes()) == alice));
  BOOST_TEST(!keys::user_at_end("short"));
}

BOOST_AUTO_TEST_CASE(rows_of_a_shard_are_read_behind_one_of_them) {
  auto all = keys::accounts(shard_of(alice), {});
  BOOST_TEST(holds(all, keys::account(alice)));
  BOOST_TEST(!holds(all, keys::account(bob)));
  BOOST_TEST(!holds(all, keys::file_usage(alice)));
  auto later = alice;
  ++later.low;
  auto rest = keys::accounts(shard_of(alice), alice);
  BOOST_TEST(!holds(rest, keys::account(alice)));
  BOOST_TEST(holds(rest, keys::account(later)));
  BOOST_TEST(!holds(keys::conversations(shard_of(room), room), keys::conversation(room)));
  BOOST_TEST(holds(keys::conversations(shard_of(room), {}), keys::conversation(room)));
}

BOOST_AUTO_TEST_CASE(notices_are_in_the_order_of_their_times) {
  BOOST_TEST((keys::notice(5, alice, room, 9) < keys::notice(6, alice, {}, 8)));
  BOOST_TEST((keys::notice(5, alice, room, 8) < keys::notice(5, alice, room, 9)));
  BOOST_TEST(holds(keys::notices(shard_of(alice)), keys::notice(5, alice, room, 9)));
}

BOOST_AUTO_TEST_CASE(a_row_is_of_a_message_or_of_none) {
  for (auto& x :
       {keys::message(room, 7), keys::revised(room, 7), keys::reacted(room, 7, alice),
        keys::mention(room, alice, 7), keys::hidden(room, alice, 7), keys::posting(room, 77, 7)}) {
    auto of = keys::place_of(x.bytes());
    BOOST_REQUIRE(of.has_value());
    BOOST_TEST((of->conversation == room));
    BOOST_TEST(of->seq == 7u);
  }
  for (auto& x :
       {keys::conversation(room), keys::member(room, alice), keys::client_id(room, alice, phone, 7),
        keys::outbox(room, 7), keys::reclaimed(room), keys::mailbox(alice, room),
        keys::cursor(alice, phone, room), keys::notice(7, alice, room, 8),
        keys::naming(alice, room, 7), keys::log_entry(shard_of(room), 7), keys::format()})
    BOOST_TEST(!keys::place_of(x.bytes()).has_value());
}

BOOST_AUTO_TEST_CASE(a_ring_has_one_slot_for_all_counters_that_share_it) {
  BOOST_TEST((keys::client_id(room, alice, phone, 1) == keys::client_id(room, alice, phone, 257)));
  BOOST_TEST((keys::client_id(room, alice, phone, 1) != keys::client_id(room, alice, phone, 2)));
}

BOOST_AUTO_TEST_CASE(keys_fit_and_foreign_bytes_are_cut) {
  BOOST_TEST(keys::client_id(room, alice, phone, 1).bytes().size() <= key::capacity);
  BOOST_TEST(keys::cursor(alice, phone, room).bytes().size() <= key::capacity);
  BOOST_TEST(key::from(std::string(100, 'x')).bytes().size() == key::capacity);
  BOOST_TEST((key::from(keys::account(alice).bytes()) == keys::account(alice)));
}

BOOST_AUTO_TEST_SUITE_END()
