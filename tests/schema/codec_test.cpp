#include "schema/codec.hpp"
#include "tests/schema/hex.hpp"
#include "tests/schema/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <stdexcept>

using namespace parley;
using namespace parley::testing;

namespace {

/// Where a frame of one segment keeps the tag of its root's union: after the
/// segment table, the root pointer and the request id.
constexpr size_t tag_at = 24;

frame with_tag(const frame& x, char tag) {
  std::string bytes{x.bytes()};
  bytes[tag_at] = tag;
  return frame{bytes};
}

template <class T>
T client(size_t index) {
  static std::vector<frame> kept; // What is decoded points into it.
  kept.push_back(wire::encode(client_samples().at(index)));
  return std::get<T>(wire::decode_client(kept.back()).value().body);
}

/// The last sample of this kind.
template <class T>
T last_client() {
  auto samples = client_samples();
  for (auto i = samples.size(); i-- > 0;)
    if (std::holds_alternative<T>(samples[i].body))
      return client<T>(i);
  throw std::logic_error("no sample");
}

template <class T>
T server(size_t index) {
  static std::vector<frame> kept;
  kept.push_back(wire::encode(server_samples().at(index)));
  return std::get<T>(wire::decode_server(kept.back()).value().body);
}

/// The last sample of this kind.
template <class T>
T last_server() {
  auto samples = server_samples();
  for (auto i = samples.size(); i-- > 0;)
    if (std::holds_alternative<T>(samples[i].body))
      return server<T>(i);
  throw std::logic_error("no sample");
}

} // namespace

BOOST_AUTO_TEST_SUITE(codec_test)

BOOST_AUTO_TEST_CASE(there_is_a_sample_of_every_body) {
  std::set<size_t> from_client;
  for (auto& x : client_samples())
    from_client.insert(x.body.index());
  BOOST_TEST(from_client.size() == std::variant_size_v<wire::client_body> - 1); // But unknown.
  std::set<size_t> from_server;
  for (auto& x : server_samples())
    from_server.insert(x.body.index());
  BOOST_TEST(from_server.size() == std::variant_size_v<wire::server_body> - 1);
}

BOOST_AUTO_TEST_CASE(client_frames_survive_the_round_trip) {
  for (auto& x : client_samples()) {
    auto bytes = wire::encode(x);
    auto y = wire::decode_client(bytes);
    BOOST_REQUIRE(y);
    BOOST_TEST(y->request == x.request);
    BOOST_TEST(y->body.index() == x.body.index());
    BOOST_TEST(hex(wire::encode(*y).bytes()) == hex(bytes.bytes()));
  }
}

BOOST_AUTO_TEST_CASE(server_frames_survive_the_round_trip) {
  for (auto& x : server_samples()) {
    auto bytes = wire::encode(x);
    auto y = wire::decode_server(bytes);
    BOOST_REQUIRE(y);
    BOOST_TEST(y->request == x.request);
    BOOST_TEST(y->body.index() == x.body.index());
    BOOST_TEST(hex(wire::encode(*y).bytes()) == hex(bytes.bytes()));
  }
}

BOOST_AUTO_TEST_CASE(a_send_says_where_to_and_what) {
  auto to_room = client<wire::send>(7);
  BOOST_TEST(bool(to_room.conversation));
  BOOST_TEST(to_room.user == "");
  BOOST_TEST(to_room.counter == 12u);
  BOOST_TEST(to_room.previous == 11u);
  BOOST_TEST(to_room.content.is_text());
  BOOST_TEST(to_room.content.body == "hello");
  auto to_user = client<wire::send>(8);
  BOOST_TEST(!to_user.conversation);
  BOOST_TEST(to_user.user == "bob");
  BOOST_TEST(to_user.content.kind == "game/move");
  BOOST_TEST(to_user.content.body == "e2-e4");
}

BOOST_AUTO_TEST_CASE(a_login_is_by_password_or_by_token) {
  auto by_password = client<wire::login>(2);
  BOOST_TEST(by_password.name == "alice");
  BOOST_TEST(by_password.password == "correct horse");
  BOOST_TEST(by_password.token == "");
  BOOST_TEST(by_password.resume.size() == 2u);
  BOOST_TEST(by_password.resume[1].seq == 4u);
  auto by_token = client<wire::login>(3);
  BOOST_TEST(by_token.password == "");
  BOOST_TEST(by_token.token == "a token of thirty-two bytes .....");
}

BOOST_AUTO_TEST_CASE(a_message_keeps_every_field) {
  auto x = server<wire::message>(0);
  auto y = sample_message();
  BOOST_TEST((x.conversation == y.conversation));
  BOOST_TEST(x.seq == y.seq);
  BOOST_TEST(x.ordinal == y.ordinal);
  BOOST_TEST(x.time == y.time);
  BOOST_TEST((x.sender == y.sender));
  BOOST_TEST(x.sender_name == y.sender_name);
  BOOST_TEST((x.device == y.device));
  BOOST_TEST(x.counter == y.counter);
  BOOST_TEST(std::get<wire::content>(x.body).body == "hello, world");
  auto event = std::get<wire::event>(server<wire::message>(1).body);
  BOOST_TEST((event.kind == wire::event_kind::added));
  BOOST_TEST(event.members.size() == 2u);
  BOOST_TEST(event.members[1] == "carol");
}

BOOST_AUTO_TEST_CASE(a_conversation_keeps_every_field) {
  auto x = server<wire::conversation>(12);
  BOOST_TEST((x.kind == wire::conversation_kind::room));
  BOOST_TEST(x.title == "the title");
  BOOST_TEST(x.head == 9u);
  BOOST_TEST(x.read == 7u);
  BOOST_TEST(x.unread == 2u);
  BOOST_TEST(x.first_seq == 3u);
  BOOST_TEST(x.last_seq == 8u);
  BOOST_TEST(x.last == "12345678");
  BOOST_TEST(x.mentions == 1u);
  BOOST_TEST(x.active == 1'700'000'000'000'000);
  BOOST_TEST(x.pinned);
  BOOST_TEST(x.muted_until == wire::for_ever);
  BOOST_TEST(x.hidden);
}

BOOST_AUTO_TEST_CASE(a_list_of_conversations_keeps_every_field) {
  auto asked = last_client<wire::list_conversations>();
  BOOST_TEST((asked.which == wire::conversation_list::hidden));
  BOOST_TEST(asked.limit == 50u);
  BOOST_TEST(asked.active == 77);
  BOOST_TEST(asked.pinned);
  auto page = server<wire::conversations_page>(8);
  BOOST_TEST(page.total == 4u);
  BOOST_TEST(page.unread == 5u);
  BOOST_TEST(page.muted_unread == 6u);
  BOOST_TEST(page.mentions == 7u);
}

BOOST_AUTO_TEST_CASE(a_wish_for_history_keeps_every_field) {
  auto asked = last_client<wire::read_history>();
  BOOST_TEST(asked.from == 1u);
  BOOST_TEST(asked.to == 100u);
  BOOST_TEST(asked.limit == 20u);
  BOOST_TEST(asked.back);
  BOOST_TEST(asked.since == 77);
  BOOST_TEST(asked.until == 78);
}

BOOST_AUTO_TEST_CASE(readers_keep_every_field) {
  auto asked = last_client<wire::list_readers>();
  BOOST_TEST(asked.seq == 5u);
  BOOST_TEST(bool(asked.after));
  BOOST_TEST(asked.limit == 30u);
  auto page = last_server<wire::readers_page>();
  BOOST_TEST(page.seq == 5u);
  BOOST_TEST(page.members == 4u);
  BOOST_TEST(page.delivered == 3u);
  BOOST_TEST(page.read == 2u);
  BOOST_TEST(page.readers.at(0).name == "alice");
  BOOST_TEST(page.more);
}

BOOST_AUTO_TEST_CASE(a_change_of_a_conversation_says_what) {
  auto hide = last_client<wire::change_conversation>();
  BOOST_TEST((hide.what == wire::conversation_change::hide));
  BOOST_TEST(bool(hide.id));
  BOOST_TEST(hide.yes);
}

BOOST_AUTO_TEST_CASE(a_content_keeps_what_is_around_it) {
  auto file = client<wire::send>(28).content;
  BOOST_TEST(!file.is_text());
  BOOST_TEST(std::get<wire::file>(file.extra->thing).type == "image/png");
  BOOST_TEST(std::get<wire::file>(file.extra->thing).size == 77u);
  auto place = client<wire::send>(29).content.extra;
  BOOST_TEST(std::get<wire::location>(place->thing).longitude == -11.5);
  BOOST_TEST(place->reply_to == 3u);
  BOOST_TEST(place->mentions.size() == 2u);
  BOOST_TEST(place->forwarded == "dave");
}

BOOST_AUTO_TEST_CASE(a_revision_says_which_message_and_what_of_it) {
  auto edit = client<wire::revise>(21).what;
  BOOST_TEST(edit.target == 5u);
  BOOST_TEST(edit.content.body == "hello");
  auto reaction = std::get<wire::revision>(server<wire::message>(20).body);
  BOOST_TEST((reaction.kind == wire::revision_kind::react));
  BOOST_TEST(reaction.reaction == "+1");
  BOOST_TEST(reaction.count == 2u);
  auto revised = std::get<wire::revised>(server<wire::message>(22).body);
  BOOST_TEST(revised.edited == 9u);
  BOOST_TEST(revised.reactions[1].what == "-1");
  auto gone = std::get<wire::tombstone>(server<wire::message>(23).body);
  BOOST_TEST((gone.why == wire::tombstone_kind::hidden));
  BOOST_TEST(gone.by == 9u);
}

BOOST_AUTO_TEST_CASE(changes_of_rooms_keep_every_field) {
  auto event = std::get<wire::event>(server<wire::message>(1).body);
  BOOST_TEST(event.text == "text");
  BOOST_TEST(event.until == 5);
  BOOST_TEST((event.role == wire::room_role::admin));
  BOOST_TEST((event.access == wire::room_access::open));
  BOOST_TEST((client<wire::create_room>(30).entrance() == wire::room_access::by_request));
  BOOST_TEST((client<wire::list_members>(31).which == wire::member_list::banned));
  BOOST_TEST(client<wire::change_room>(32).text == "a title");
  BOOST_TEST((client<wire::change_room>(34).access == wire::room_access::by_request));
  BOOST_TEST(client<wire::change_room>(35).quiet);
  BOOST_TEST((client<wire::change_room>(37).what == wire::room_change::dissolve));
  BOOST_TEST((client<wire::change_members>(40).role == wire::room_role::admin));
  BOOST_TEST(client<wire::change_members>(41).until == 1'700'000'000'000'000);
  BOOST_TEST(client<wire::change_members>(42).members.size() == 2u);
  auto page = server<wire::members_page>(11);
  BOOST_TEST((page.members[0].role == wire::room_role::owner));
  BOOST_TEST(page.members[0].muted_until == 9);
  BOOST_TEST(page.quiet);
  BOOST_TEST(page.announcement == "news");
}

BOOST_AUTO_TEST_CASE(live_rooms_keep_every_field) {
  BOOST_TEST(last_client<wire::create_room>().live);
  BOOST_TEST(!client<wire::create_room>(30).live);
  auto x = last_server<wire::live_message>().what;
  BOOST_TEST(bool(x.conversation));
  BOOST_TEST(x.sender_name == "alice");
  BOOST_TEST(std::get<wire::content>(x.body).body == "hello, world");
  auto lost = last_server<wire::dropped>();
  BOOST_TEST(bool(lost.conversation));
  BOOST_TEST(lost.count == 7u);
}

BOOST_AUTO_TEST_CASE(devices_keep_every_field) {
  auto login = last_client<wire::login>();
  BOOST_TEST((login.kind == wire::device_kind::mobile));
  BOOST_TEST(login.label == "pocket");
  BOOST_TEST((client<wire::login>(2).kind == wire::device_kind::other));
  auto revoke = last_client<wire::revoke>();
  BOOST_TEST((revoke.devices == std::vector<uint64_t>{7, 8}));
  BOOST_TEST(revoke.others);
  auto found = last_server<wire::devices>().all;
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST((found[0].id == device_id{7}));
  BOOST_TEST((found[0].kind == wire::device_kind::web));
  BOOST_TEST(found[0].label == "kiosk");
  BOOST_TEST(found[0].created == 1);
  BOOST_TEST(found[0].last_used == 2);
  BOOST_TEST(found[0].expires == 3);
  BOOST_TEST(found[0].online);
  BOOST_TEST(found[0].current);
}

BOOST_AUTO_TEST_CASE(profiles_keep_every_field) {
  auto mine = last_client<wire::set_profile>().shown;
  BOOST_TEST(mine.display_name == "Alice L.");
  BOOST_TEST(mine.avatar == "a picture");
  BOOST_TEST(last_client<wire::ask_profile>().name == "bob");
  auto found = last_server<wire::user_profile>();
  BOOST_TEST(bool(found.user));
  BOOST_TEST(found.name == "alice");
  BOOST_TEST(found.shown.display_name == "Alice L.");
  BOOST_TEST(found.shown.avatar == "a picture");
  BOOST_TEST(found.service);
}

BOOST_AUTO_TEST_CASE(online_times_keep_every_field) {
  auto asked = last_client<wire::read_online_times>();
  BOOST_TEST(asked.name == "bob");
  BOOST_TEST(asked.since == 77);
  BOOST_TEST(asked.until == 78);
  auto found = last_server<wire::online_times>();
  BOOST_REQUIRE(found.sessions.size() == 1u);
  BOOST_TEST((found.sessions[0].device == device_id{7}));
  BOOST_TEST(found.sessions[0].start == 1);
  BOOST_TEST(found.sessions[0].end == 2);
  BOOST_TEST(found.sessions[0].online);
  BOOST_REQUIRE(found.days.size() == 1u);
  BOOST_TEST(found.days[0].start == 3);
  BOOST_TEST(found.days[0].seconds == 4u);
}

BOOST_AUTO_TEST_CASE(searches_keep_every_field) {
  auto asked = last_client<wire::search>();
  BOOST_TEST(bool(asked.conversation));
  BOOST_TEST(asked.text == "two words");
  BOOST_TEST(asked.before == 77u);
  BOOST_TEST(asked.limit == 30u);
  auto page = last_server<wire::found>();
  BOOST_TEST(bool(page.conversation));
  BOOST_TEST(page.records.at(0) == "a record");
  BOOST_TEST(page.next == 7u);
}

BOOST_AUTO_TEST_CASE(contacts_keep_every_field) {
  BOOST_TEST(client<wire::change_contact>(47).text == "hello");
  for (int i = 0; i < 8; ++i)
    BOOST_TEST((client<wire::change_contact>(47 + i).what == wire::contact_change{uint16_t(i)}));
  BOOST_TEST(client<wire::change_contact>(54).text == "from work");
  BOOST_TEST((client<wire::list_contacts>(55).which == wire::contact_list::blocked));
  BOOST_TEST(client<wire::list_contacts>(55).limit == 30u);
  auto x = server<wire::contact>(26);
  BOOST_TEST(x.name == "alice");
  BOOST_TEST((x.state == wire::contact_state::asked));
  BOOST_TEST(x.since == 1'700'000'000'000'000);
  BOOST_TEST(x.greeting == "hello");
  BOOST_TEST(x.remark == "from work");
  BOOST_TEST(x.blocked);
  auto page = server<wire::contacts_page>(27);
  BOOST_TEST(page.contacts.at(0).name == "alice");
  BOOST_TEST(page.total == 7u);
}

BOOST_AUTO_TEST_CASE(presence_keeps_every_field) {
  for (int i = 0; i < 3; ++i)
    BOOST_TEST((client<wire::set_presence>(56 + i).what == wire::presence_change{uint16_t(i)}));
  BOOST_TEST((client<wire::set_presence>(58).visibility == wire::visibility::nobody));
  BOOST_TEST(client<wire::ask_presence>(59).names.at(1) == "carol");
  BOOST_TEST((client<wire::ask_presence>(59).wish == wire::presence_wish::watch));
  auto x = server<wire::presence>(28);
  BOOST_TEST(x.name == "alice");
  BOOST_TEST((x.state == wire::presence_state::away));
  BOOST_TEST(x.last_seen == 1'700'000'000'000'000);
  auto all = server<wire::presences>(29);
  BOOST_TEST(all.found.at(0).name == "alice");
  BOOST_TEST((all.visibility == wire::visibility::everyone));
}

BOOST_AUTO_TEST_CASE(a_message_of_a_kind_to_come_is_unknown_and_keeps_its_place) {
  auto bytes = std::string{wire::encode_answer(0, sample_message()).bytes()};
  constexpr size_t message_tag_at = 10 * 8; // The last word of the data of Message.
  bytes[message_tag_at] = 99;
  auto x = wire::decode_server(frame{bytes});
  BOOST_REQUIRE(x);
  auto& message = std::get<wire::message>(x->body);
  BOOST_TEST(message.seq == sample_message().seq);
  BOOST_TEST(std::get<wire::unknown>(message.body).which == 99u);
}

BOOST_AUTO_TEST_CASE(an_error_carries_its_advice) {
  auto x = wire::make_error(ec::overloaded);
  BOOST_TEST(x.retryable);
  BOOST_TEST(x.retry_after_ms == 1000u);
  BOOST_TEST(x.text == text_of(ec::overloaded));
  BOOST_TEST(!wire::make_error(ec::forbidden).retryable);
  BOOST_TEST(wire::make_error(ec::internal, "why").text == "why");
}

BOOST_AUTO_TEST_CASE(a_newer_request_is_unknown_and_keeps_its_id) {
  auto x = wire::decode_client(with_tag(wire::encode(wire::client_frame{7, wire::ping{}}), 99));
  BOOST_REQUIRE(x);
  BOOST_TEST(x->request == 7u);
  BOOST_TEST(std::get<wire::unknown>(x->body).which == 99u);
  auto y = wire::decode_server(with_tag(wire::encode_answer(8, wire::pong{}), 99));
  BOOST_REQUIRE(y);
  BOOST_TEST(std::get<wire::unknown>(y->body).which == 99u);
}

// DO NOT CHANGE: clients and disks hold these bytes.
BOOST_AUTO_TEST_CASE(golden_bytes_of_a_stored_message) {
  BOOST_TEST(
    hex(wire::encode_answer(0, sample_message()).bytes())
    == "0000000017000000 0000000002000100 0000000000000000 0100000000000000 0000000006000400 "
       "0500000000000000 0400000000000000 00401e18240a0600 5857565554535251 0600000000000000 "
       "0000000000000000 0c00000002000000 1000000002000000 1500000032000000 1400000001000100 "
       "1817161514131211 2827262524232221 3837363534333231 4847464544434241 616c696365000000 "
       "0000000000000000 010000006a000000 68656c6c6f2c2077 6f726c6400000000");
}

BOOST_AUTO_TEST_CASE(golden_bytes_of_a_send) {
  BOOST_TEST(
    hex(wire::encode(client_samples().at(7)).bytes())
    == "000000000e000000 0000000002000100 0800000000000000 0700000000000000 0000000003000200 "
       "0000000000000000 0c00000000000000 0b00000000000000 0400000002000000 0800000001000100 "
       "1817161514131211 2827262524232221 0000000000000000 0100000032000000 68656c6c6f000000");
}

BOOST_AUTO_TEST_CASE(golden_bytes_of_stored_revisions) {
  BOOST_TEST(
    hex(wire::encode(server_samples().at(20)).bytes())
    == "0000000017000000 0000000002000100 1400000000000000 0100000000000000 0000000006000400 "
       "0500000000000000 0400000000000000 00401e18240a0600 5857565554535251 0600000000000000 "
       "0200000000000000 0c00000002000000 1000000002000000 1500000032000000 1400000002000100 "
       "1817161514131211 2827262524232221 3837363534333231 4847464544434241 616c696365000000 "
       "0400000000000000 0200000002000000 010000001a000000 2b31000000000000");
  BOOST_TEST(
    hex(wire::encode(server_samples().at(21)).bytes())
    == "0000000027000000 0000000002000100 1500000000000000 0100000000000000 0000000006000400 "
       "0500000000000000 0400000000000000 00401e18240a0600 5857565554535251 0600000000000000 "
       "0200000000000000 0c00000002000000 1000000002000000 1500000032000000 1400000002000100 "
       "1817161514131211 2827262524232221 3837363534333231 4847464544434241 616c696365000000 "
       "0400000000000000 0000000000000000 0000000001000100 0400000000000000 0000000001000300 "
       "0300000000000000 0800000001000100 1d00000016000000 290000002a000000 0300000000000000 "
       "0000000002000100 0000000000204840 00000000000027c0 010000002a000000 686f6d6500000000 "
       "0500000022000000 0500000032000000 626f620000000000 6361726f6c000000 6461766500000000");
  BOOST_TEST(
    hex(wire::encode(server_samples().at(23)).bytes())
    == "0000000015000000 0000000002000100 1700000000000000 0100000000000000 0000000006000400 "
       "0500000000000000 0400000000000000 00401e18240a0600 5857565554535251 0600000000000000 "
       "0400000000000000 0c00000002000000 1000000002000000 1500000032000000 1400000002000000 "
       "1817161514131211 2827262524232221 3837363534333231 4847464544434241 616c696365000000 "
       "0100000000000000 0900000000000000");
}

BOOST_AUTO_TEST_CASE(golden_bytes_of_a_hello) {
  BOOST_TEST(
    hex(wire::encode(client_samples().at(0)).bytes())
    == "000000000a000000 0000000002000100 0100000000000000 0100000000000000 0000000001000300 "
       "0100000000000000 090000003a000000 0000000000000000 0500000032000000 6120746573740000 "
       "616c696365000000");
}

BOOST_AUTO_TEST_SUITE_END()
