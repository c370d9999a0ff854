#include "schema/record.hpp"
#include "tests/schema/hex.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using namespace parley::testing;

namespace {

const user_id alice{0x3132333435363738, 0x4142434445464748};
const conversation_id room{0x1112131415161718, 0x2122232425262728};

const record::account account{"alice",
                              record::role::service,
                              "$argon2id$",
                              {{device_id{1}, std::string(32, '\xab'), 2, true,
                                wire::device_kind::bot, "cellar", 1, 5, 6, true}},
                              3,
                              wire::visibility::nobody,
                              9,
                              {"Alice L.", "pic"},
                              7};
const record::online_session online_session{device_id{1}, 2, 3};
const record::conversation conversation{wire::conversation_kind::room, "the title", true, 4,
                                        wire::room_access::open};
const record::member member{"alice", true, 1, 2, 3, 4, {{5, 6}}};
const record::client_id client_ids[] = {{1, 2, 3, 4, 5, 6}, {2, 7, 0, 0, 10, 11, ec::blocked}};
const record::mailbox mailbox{wire::conversation_kind::room, "the title", 1, 2, 3, 4, 5, {{6, 7}}};
const record::mailbox pinned{
  wire::conversation_kind::room, "the title", 1, 2, 3, 4, 5, {}, 8, {true, 9, 10}};
const record::cursor cursor{0x0102030405060708, 3};
const record::outbox outbox{
  room, 7, wire::conversation_kind::room, {{alice, "the title", 1, 2, 3, {{4, 5}}}}};
const file_ref file = *file_ref::of("a hash of thirty-two bytes .....", 77);
const record::kept_file kept_file{file, 2, 3};
const record::naming naming{4, true};
const record::file_usage file_usage{77, 1};
const record::outbox namings{room, 9,     wire::conversation_kind::direct,
                             {},   alice, {{8, file, true}}};
const record::contact contact{alice, "alice", 7, wire::contact_state::asked, 5, "hi", true, "work"};
const record::pair pair{7, true, 5, {4, "hi", false}, {0, {}, true}};
const record::counter counter{record::format_version};
const record::outsider outsider{"bob", true, 4};
const record::revised revised{{1, 2}, 3, {{"+1", 4}}};
const record::reacted reacted{{"+1", "-1"}};

template <class T>
std::string bytes_of(const T& x) {
  return hex(record::encode(x).bytes());
}

/// What comes back is encoded to the same bytes.
template <class T>
T there_and_back(const T& x) {
  auto y = record::decode<T>(record::encode(x).bytes());
  BOOST_REQUIRE(y);
  BOOST_TEST(bytes_of(*y) == bytes_of(x));
  return *y;
}

} // namespace

BOOST_AUTO_TEST_SUITE(record_test)

BOOST_AUTO_TEST_CASE(records_survive_the_round_trip) {
  auto a = there_and_back(account);
  BOOST_TEST(a.name == "alice");
  BOOST_TEST((a.role == record::role::service));
  BOOST_TEST(a.password_hash == "$argon2id$");
  BOOST_REQUIRE(a.devices.size() == 1u);
  BOOST_TEST((a.devices[0].id == device_id{1}));
  BOOST_TEST(a.devices[0].token_hash == std::string(32, '\xab'));
  BOOST_TEST(a.devices[0].last_used == 2);
  BOOST_TEST(a.devices[0].seeded);
  BOOST_TEST((a.devices[0].kind == wire::device_kind::bot));
  BOOST_TEST(a.devices[0].label == "cellar");
  BOOST_TEST(a.devices[0].created == 1);
  BOOST_TEST(a.devices[0].session == 5u);
  BOOST_TEST(a.devices[0].session_start == 6);
  BOOST_TEST(a.devices[0].session_open);
  BOOST_TEST(a.profile.display_name == "Alice L.");
  BOOST_TEST(a.profile.avatar == "pic");
  BOOST_TEST(a.sessions == 7u);
  BOOST_TEST((a.visibility == wire::visibility::nobody));
  BOOST_TEST(a.last_seen == 9);
  BOOST_TEST(a.created == 3);
  auto m = there_and_back(member);
  BOOST_TEST(m.owner);
  BOOST_TEST(m.joined == 1u);
  BOOST_TEST(m.left == 2u);
  BOOST_TEST(m.delivered == 3u);
  BOOST_TEST(m.read == 4u);
  auto o = there_and_back(outbox);
  BOOST_TEST((o.conversation == room));
  BOOST_REQUIRE(o.members.size() == 1u);
  BOOST_TEST((o.members[0].user == alice));
  BOOST_TEST(o.members[0].ordinal == 3u);
  auto k = there_and_back(kept_file);
  BOOST_TEST((k.file == file));
  BOOST_TEST(k.names == 2u);
  BOOST_TEST(k.since == 3);
  BOOST_TEST(there_and_back(naming).named);
  BOOST_TEST(there_and_back(file_usage).bytes == 77u);
  auto n = there_and_back(namings);
  BOOST_TEST((n.keeper == alice));
  BOOST_REQUIRE(n.namings.size() == 1u);
  BOOST_TEST((n.namings[0].file == file));
  BOOST_TEST(n.namings[0].named);
  auto both = outbox;
  both.contacts.push_back({alice, contact});
  BOOST_TEST((there_and_back(both).contacts.at(0).user == alice));
  BOOST_TEST(there_and_back(both).contacts.at(0).what.remark == "work");
  auto walking = outbox;
  walking.walk = {alice, "service", shard_id{63}, alice};
  auto w = there_and_back(walking).walk;
  BOOST_TEST((w.service == alice));
  BOOST_TEST(w.name == "service");
  BOOST_TEST((w.shard == shard_id{63}));
  BOOST_TEST((w.after == alice));
  BOOST_TEST(!there_and_back(outbox).walk.service);
  auto away = outbox;
  away.absence = {"bob", 5, 4, 3, {{alice, true}}};
  auto absent = there_and_back(away).absence;
  BOOST_TEST(absent.sender == "bob");
  BOOST_TEST(absent.seq == 5u);
  BOOST_TEST(absent.ordinal == 4u);
  BOOST_TEST(absent.time == 3);
  BOOST_REQUIRE(absent.users.size() == 1u);
  BOOST_TEST((absent.users[0].id == alice));
  BOOST_TEST(absent.users[0].mentioned);
  auto noted = there_and_back(record::notice{"alice", wire::conversation_kind::live, "title", "bob",
                                             5, 4, 3, true, 2, alice, room});
  BOOST_TEST(noted.time == 2);
  BOOST_TEST((noted.user == alice));
  BOOST_TEST((noted.conversation == room));
  BOOST_TEST(noted.name == "alice");
  BOOST_TEST((noted.kind == wire::conversation_kind::live));
  BOOST_TEST(noted.title == "title");
  BOOST_TEST(noted.sender == "bob");
  BOOST_TEST(noted.seq == 5u);
  BOOST_TEST(noted.unread == 4u);
  BOOST_TEST(noted.mentions == 3u);
  BOOST_TEST(noted.mentioned);
  auto trimmed = conversation;
  trimmed.keep = {60, 7};
  trimmed.first = 8;
  trimmed.first_time = 9;
  BOOST_TEST((there_and_back(trimmed).keep == wire::retention{60, 7}));
  BOOST_TEST(there_and_back(trimmed).first == 8u);
  BOOST_TEST(there_and_back(trimmed).first_time == 9);
  auto c = there_and_back(contact);
  BOOST_TEST((c.user == alice));
  BOOST_TEST((c.state == wire::contact_state::asked));
  BOOST_TEST(c.greeting == "hi");
  BOOST_TEST(c.blocked);
  auto chat = conversation;
  chat.pair = pair;
  BOOST_TEST((there_and_back(chat).pair == pair));
  there_and_back(conversation);
  there_and_back(mailbox);
  BOOST_TEST((there_and_back(pinned).settings == pinned.settings));
  BOOST_TEST(there_and_back(pinned).since == 8);
  there_and_back(cursor);
  auto online = there_and_back(online_session);
  BOOST_TEST((online.device == device_id{1}));
  BOOST_TEST(online.start == 2);
  BOOST_TEST(online.end == 3);
  there_and_back(counter);
  record::member muted{"bob", false, 1, 0, 0, 0, {}, true, 77};
  BOOST_TEST(there_and_back(muted).admin);
  BOOST_TEST(there_and_back(muted).muted_until == 77);
  auto quiet = conversation;
  quiet.open = false;
  quiet.access = wire::room_access::by_request;
  quiet.quiet = quiet.dissolved = true;
  quiet.announcement = "news";
  BOOST_TEST((there_and_back(quiet).access == wire::room_access::by_request));
  BOOST_TEST(there_and_back(quiet).dissolved);
  BOOST_TEST(there_and_back(quiet).announcement == "news");
  BOOST_TEST(
    (there_and_back(conversation).access == wire::room_access::open)); // Of an earlier build.
  BOOST_TEST(there_and_back(outsider).banned);
  auto r = there_and_back(revised);
  BOOST_TEST((r.edits == std::vector<seq_t>{1, 2}));
  BOOST_TEST(r.recalled == 3u);
  BOOST_TEST(r.reactions.at(0).count == 4u);
  BOOST_TEST(there_and_back(reacted).with.at(1) == "-1");
}

BOOST_AUTO_TEST_CASE(results_come_back_one_or_many) {
  for (size_t count : {1u, 2u}) {
    auto bytes = record::encode(std::span{client_ids, count});
    auto found = record::decode_client_ids(bytes.bytes());
    BOOST_REQUIRE_EQUAL(found.size(), count);
    BOOST_TEST(found.back().index == count);
    BOOST_TEST(found.back().digest == client_ids[count - 1].digest);
    BOOST_TEST((found.back().refused == client_ids[count - 1].refused));
    BOOST_TEST(hex(record::encode(found).bytes()) == hex(bytes.bytes()));
  }
}

// Of format 1.
BOOST_AUTO_TEST_CASE(a_result_of_an_earlier_build_is_read) {
  std::vector<uint64_t> words{0x0000000700000000, 0x0000000600000000, 2, 3, 5, 6, 1, 4};
  auto found =
    record::decode_client_ids({reinterpret_cast<const char*>(words.data()), 8 * words.size()});
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_TEST(found[0].counter == 2u);
  BOOST_TEST(found[0].ordinal == 4u);
  BOOST_TEST((found[0].refused == ec::none));
}

BOOST_AUTO_TEST_CASE(rooms_and_members_of_an_earlier_build_are_read) {
  std::vector<uint64_t> words{0x0000000600000000, 0x0001000200000000, 0x10001, 4,
                              0x5200000001,       0x6c74697420656874, 0x65};
  auto room_row = record::decode<record::conversation>(
    {reinterpret_cast<const char*>(words.data()), 8 * words.size()});
  BOOST_REQUIRE(room_row);
  BOOST_TEST(room_row->title == "the title");
  BOOST_TEST((room_row->access == wire::room_access::open));
  words = {0x0000000c00000000, 0x0002000500000000, 1, 1, 2, 3, 4, 0x3200000005, 0x1700000005,
           0x6563696c61,       0x0000000200000004, 5, 6};
  auto member_row =
    record::decode<record::member>({reinterpret_cast<const char*>(words.data()), 8 * words.size()});
  BOOST_REQUIRE(member_row);
  BOOST_TEST(member_row->name == "alice");
  BOOST_TEST((member_row->role() == wire::room_role::owner));
  BOOST_TEST(member_row->muted_until == 0);
}

// Of format 4.
BOOST_AUTO_TEST_CASE(who_has_an_account_of_an_earlier_build_is_seen_by_contacts) {
  std::vector<uint64_t> words{0x0000000700000000, 0x0003000200000000, 1, 3, 0x3200000009, 0, 0,
                              0x6563696c61};
  auto found = record::decode<record::account>(
    {reinterpret_cast<const char*>(words.data()), 8 * words.size()});
  BOOST_REQUIRE(found);
  BOOST_TEST(found->name == "alice");
  BOOST_TEST((found->visibility == wire::visibility::contacts));
  BOOST_TEST(found->last_seen == 0);
}

// Of format 3.
BOOST_AUTO_TEST_CASE(a_mailbox_of_an_earlier_build_is_read) {
  std::vector<uint64_t> words{0x0000000e00000000,
                              0x0002000600000000,
                              1,
                              1,
                              2,
                              3,
                              4,
                              5,
                              0x5200000005,
                              0x1700000009,
                              0x6c74697420656874,
                              0x65,
                              0x0000000200000004,
                              6,
                              7};
  auto found = record::decode<record::mailbox>(
    {reinterpret_cast<const char*>(words.data()), 8 * words.size()});
  BOOST_REQUIRE(found);
  BOOST_TEST(found->title == "the title");
  BOOST_TEST(found->read_ordinal == 5u);
  BOOST_REQUIRE(found->earlier.size() == 1u);
  BOOST_TEST(found->since == 0);
  BOOST_TEST((found->settings == record::settings{}));
}

// Of format 6.
BOOST_AUTO_TEST_CASE(a_device_of_an_earlier_build_is_of_no_kind) {
  constexpr uint64_t hash = 0xabababababababab;
  std::vector<uint64_t> words{0x0000001300000000,
                              0x0003000300000000,
                              0x0000000000020001,
                              3,
                              9,
                              0x3200000009,
                              0x5a00000009,
                              0x270000000d,
                              0x6563696c61,
                              0x69326e6f67726124,
                              0x2464,
                              0x0001000300000004,
                              1,
                              2,
                              1,
                              0x0000010200000001,
                              hash,
                              hash,
                              hash,
                              hash};
  auto found = record::decode<record::account>(
    {reinterpret_cast<const char*>(words.data()), 8 * words.size()});
  BOOST_REQUIRE(found);
  BOOST_REQUIRE(found->devices.size() == 1u);
  auto& device = found->devices[0];
  BOOST_TEST((device.id == device_id{1}));
  BOOST_TEST(device.token_hash == std::string(32, '\xab'));
  BOOST_TEST(device.seeded);
  BOOST_TEST((device.kind == wire::device_kind::other));
  BOOST_TEST(device.label == "");
  BOOST_TEST(device.created == 0);
  BOOST_TEST(device.session == 0u);
  BOOST_TEST(found->profile.display_name == "");
  BOOST_TEST(found->sessions == 0u);
}

// Of format 5.
BOOST_AUTO_TEST_CASE(a_device_has_heard_all_that_a_cursor_of_an_earlier_build_counts) {
  std::vector<uint64_t> words{0x0000000200000000, 0x0000000100000000, 5};
  auto found =
    record::decode<record::cursor>({reinterpret_cast<const char*>(words.data()), 8 * words.size()});
  BOOST_REQUIRE(found);
  BOOST_TEST(found->seq == 5u);
  BOOST_TEST(found->heard() == 5u);
}

BOOST_AUTO_TEST_CASE(damaged_bytes_give_nothing_and_never_harm) {
  auto encoded = record::encode(account);
  auto whole = encoded.bytes();
  for (size_t size = 0; size < whole.size(); size += 8)
    record::decode<record::account>(frame{whole.substr(0, size)}.bytes());
  BOOST_TEST(!record::decode<record::account>(whole.substr(0, 16)));
  BOOST_TEST(!record::decode<record::account>(whole.substr(0, 13)));
  BOOST_TEST(!record::decode<record::counter>(""));
}

// DO NOT CHANGE: disks hold these bytes.
BOOST_AUTO_TEST_CASE(golden_bytes) {
  BOOST_TEST(
    bytes_of(account)
    == "000000001f000000 0000000004000400 0100020000000000 0300000000000000 0900000000000000 "
       "0700000000000000 0d00000032000000 0d0000005a000000 1100000047000000 4400000000000200 "
       "616c696365000000 246172676f6e3269 6424000000000000 0400000006000200 0100000000000000 "
       "0200000000000000 0300040000000000 0100000000000000 0500000000000000 0600000000000000 "
       "0500000002010000 110000003a000000 abababababababab abababababababab abababababababab "
       "abababababababab 63656c6c61720000 050000004a000000 0900000022000000 416c696365204c2e "
       "0000000000000000 7069630000000000");
  BOOST_TEST(bytes_of(conversation)
             == "000000000b000000 0000000004000400 0100010001000000 0400000000000000 "
                "0000000000000000 0000000000000000 0d00000052000000 0000000000000000 "
                "0000000000000000 0000000000000000 746865207469746c 6500000000000000");
  BOOST_TEST(
    bytes_of(member)
    == "000000000d000000 0000000006000200 0100000000000000 0100000000000000 0200000000000000 "
       "0300000000000000 0400000000000000 0000000000000000 0500000032000000 0500000017000000 616c696365000000 "
       "0400000002000000 0500000000000000 0600000000000000");
  BOOST_TEST(
    hex(record::encode(client_ids).bytes())
    == "0000000012000000 0000000007000100 0200000000000000 0300000000000000 0500000000000000 "
       "0600000000000000 0100000000000000 0400000000000000 0000000000000000 0100000047000000 "
       "0400000007000100 0700000000000000 0000000000000000 0a00000000000000 0b00000000000000 "
       "0200000000000000 0000000000000000 2c00000000000000 0000000000000000");
  BOOST_TEST(
    bytes_of(mailbox)
    == "0000000010000000 0000000007000300 0100000000000000 0100000000000000 0200000000000000 "
       "0300000000000000 0400000000000000 0500000000000000 0000000000000000 0900000052000000 "
       "0d00000017000000 0000000000000000 746865207469746c 6500000000000000 0400000002000000 "
       "0600000000000000 0700000000000000");
  BOOST_TEST(
    bytes_of(pinned)
    == "0000000010000000 0000000007000300 0100000000000000 0100000000000000 0200000000000000 "
       "0300000000000000 0400000000000000 0500000000000000 0800000000000000 0900000052000000 "
       "0000000000000000 0800000003000000 746865207469746c 6500000000000000 0100000000000000 "
       "0900000000000000 0a00000000000000");
  BOOST_TEST(
    bytes_of(outsider)
    == "0000000005000000 0000000002000100 0100000000000000 0400000000000000 0100000022000000 "
       "626f620000000000");
  BOOST_TEST(bytes_of(online_session)
             == "0000000004000000 0000000003000000 0100000000000000 0200000000000000 "
                "0300000000000000");
  BOOST_TEST(bytes_of(cursor)
             == "0000000003000000 0000000002000000 0807060504030201 0300000000000000");
  BOOST_TEST(bytes_of(outbox)
             == "000000001a000000 0000000002000700 0700000000000000 0100000000000000 "
                "1800000002000000 1d00000037000000 0000000000000000 0000000000000000 "
                "0000000000000000 0000000000000000 0000000000000000 1817161514131211 "
                "2827262524232221 0400000003000300 0100000000000000 0200000000000000 "
                "0300000000000000 0800000002000000 0d00000052000000 1100000017000000 "
                "3837363534333231 4847464544434241 746865207469746c 6500000000000000 "
                "0400000002000000 0400000000000000 0500000000000000");
  BOOST_TEST(
    bytes_of(kept_file)
    == "0000000009000000 0000000003000100 4d00000000000000 0200000000000000 0300000000000000 "
       "0100000002010000 612068617368206f 6620746869727479 2d74776f20627974 6573202e2e2e2e2e");
  BOOST_TEST(bytes_of(naming)
             == "0000000003000000 0000000002000000 0400000000000000 0100000000000000");
  BOOST_TEST(bytes_of(file_usage)
             == "0000000003000000 0000000002000000 4d00000000000000 0100000000000000");
  BOOST_TEST(bytes_of(namings)
             == "0000000018000000 0000000002000700 0900000000000000 0000000000000000 "
                "1800000002000000 1d00000007000000 1c00000002000000 2100000027000000 "
                "0000000000000000 0000000000000000 0000000000000000 1817161514131211 "
                "2827262524232221 0000000003000300 3837363534333231 4847464544434241 "
                "0400000003000100 0800000000000000 4d00000000000000 0100000000000000 "
                "0100000002010000 612068617368206f 6620746869727479 2d74776f20627974 "
                "6573202e2e2e2e2e");
  BOOST_TEST(bytes_of(contact)
             == "000000000d000000 0000000003000400 0700000000000000 0200010000000000 "
                "0500000000000000 0c00000002000000 1100000032000000 110000001a000000 "
                "110000002a000000 3837363534333231 4847464544434241 616c696365000000 "
                "6869000000000000 776f726b00000000");
  auto chat = conversation;
  chat.pair = pair;
  BOOST_TEST(bytes_of(chat)
             == "0000000017000000 0000000004000400 0100010001000000 0400000000000000 "
                "0000000000000000 0000000000000000 0d00000052000000 0000000000000000 "
                "0c00000003000200 0000000000000000 746865207469746c 6500000000000000 "
                "0700000000000000 0100000000000000 0500000000000000 0400000002000100 "
                "1000000002000100 0400000000000000 0000000000000000 010000001a000000 "
                "6869000000000000 0000000000000000 0100000000000000 0000000000000000");
  BOOST_TEST(bytes_of(counter) == "0000000002000000 0000000001000000 0800000000000000");
  BOOST_TEST(
    bytes_of(revised)
    == "000000000a000000 0000000001000200 0300000000000000 0500000015000000 0900000017000000 "
       "0100000000000000 0200000000000000 0400000001000100 0400000000000000 010000001a000000 "
       "2b31000000000000");
  BOOST_TEST(
    bytes_of(reacted)
    == "0000000006000000 0000000000000100 0100000016000000 050000001a000000 050000001a000000 "
       "2b31000000000000 2d31000000000000");
}

BOOST_AUTO_TEST_SUITE_END()
