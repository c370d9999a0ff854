#define BOOST_TEST_MODULE mail_codec

#include "actors/core/mail_codec.hpp"

#include "schema/codec.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace parley;

namespace {

const conversation_id room{1, 2};
const user_id ada{3, 4};
const user_id bob{5, 6};
const origin_ptr someone = std::make_shared<const origin>(
  origin{session_id{7}, ada, device_id{8}, record::role::service, "ada"});

request a_send(uint64_t number, std::string_view text) {
  auto bytes = wire::encode(wire::client_frame{number, wire::send{room, {}, 9, 8, {{}, text}}});
  auto decoded = wire::decode_client(bytes);
  return {decoded->request, std::move(decoded->body), bytes};
}

stored_message a_message(seq_t seq) {
  return {seq,
          seq - 1,
          10,
          ada,
          device_id{8},
          9,
          wire::encode_answer(0, wire::message{room, seq, seq - 1, 10, ada, "ada", device_id{8}, 9,
                                               wire::content{{}, "text"}})};
}

file_ref a_file() {
  return *file_ref::of("a hash of thirty-two bytes .....", 77);
}

/// Everything that may leave a node, each once.
std::vector<node_mail> one_of_each() {
  auto told = std::make_shared<const burst>(burst{room, {a_message(11), a_message(12)}});
  record::membership change{bob, "title", 5, 6, 4, {{1, 3}}};
  record::contact friends{ada, "ada", 6, wire::contact_state::contact, 5, "hi", true};
  return {
    room_mail{room, requests{someone, {a_send(1, "one"), a_send(2, "two")}}},
    room_mail{room, subscribe{ada, 14, 13, true}},
    room_mail{room, unsubscribe{ada, 14}},
    room_mail{room, receipt{ada, 12, 11}},
    room_mail{room, user_checked{bob, true, true, true, true, true, true}},
    inbox_mail{ada, requests{someone, {a_send(3, "three")}}},
    inbox_mail{ada, head{room, 12, 11, 10, {ada, 10, 9}, true, 8, 7}},
    inbox_mail{ada, check_user{room}},
    inbox_mail{bob, membership_change{room, 6, wire::conversation_kind::room, change}},
    inbox_mail{bob, contact_news{room, 6, friends}},
    inbox_mail{ada, detach{session_id{7}}},
    inbox_mail{ada, pulse{someone}},
    inbox_mail{ada, file_held{{session_id{7}, 5}, a_file()}},
    inbox_mail{ada, take_file{{session_id{7}, 5}, a_file(), shard_id{63}}},
    inbox_mail{ada, check_file{room, a_file()}},
    inbox_mail{ada, naming_change{room, 9, {{8, a_file(), true}}}},
    inbox_mail{ada, unneeded_file{a_file().id()}},
    room_mail{room, file_checked{ada, a_file(), true}},
    courier_mail{shard_id{63}, outbox_confirmed{room, 6, bob}},
    tell{room, {ada, bob}, notice{told}},
    tell{room, {bob}, show{a_message(13).bytes}},
    tell{room, {bob}, show{a_message(13).bytes, true}},
    tell{room, {bob}, show{a_message(13).bytes, false, true}},
    parcel{session_id{7}, {{1, a_message(11).bytes}, {0, a_message(12).bytes}}, someone, ec::none},
    parcel{session_id{7}, {{0, a_message(11).bytes}}, {}, ec::none, false, true},
    parcel{session_id{7}, {}, {}, ec::replaced},
    parcel{session_id{7}, {}, {}, ec::none, true},
    inbox_mail{
      ada, presence_note{note_kind::answer, bob, "bob", 3, wire::presence_state::away, 7, true}},
    room_mail{room, dispatch{{room, 6, bob}, {someone, {a_send(4, "four")}}}},
    inbox_mail{
      bob, absence_note{room, 6, wire::conversation_kind::room, {"ada", 5, 4, 3, {{bob, true}}}}},
  };
}

} // namespace

BOOST_AUTO_TEST_SUITE(mail_codec_test)

BOOST_AUTO_TEST_CASE(what_is_decoded_encodes_to_the_same_bytes) {
  auto bytes = encode_mails(one_of_each());
  auto decoded = decode_mails(bytes.bytes());
  BOOST_REQUIRE(decoded.has_value());
  BOOST_REQUIRE(decoded->size() == one_of_each().size());
  BOOST_TEST(encode_mails(*decoded).bytes() == bytes.bytes());
}

BOOST_AUTO_TEST_CASE(the_order_and_the_kinds_are_kept) {
  auto sent = one_of_each();
  auto decoded = decode_mails(encode_mails(sent).bytes());
  BOOST_REQUIRE(decoded.has_value());
  for (size_t i = 0; i < sent.size(); ++i)
    BOOST_TEST((*decoded)[i].index() == sent[i].index());
}

BOOST_AUTO_TEST_CASE(requests_can_be_decided_as_if_they_had_come_here) {
  auto decoded = decode_mails(encode_mails(one_of_each()).bytes());
  BOOST_REQUIRE(decoded.has_value());
  auto& asked = std::get<requests>(std::get<room_mail>((*decoded)[0]).what);
  BOOST_TEST(asked.from->name == "ada");
  BOOST_TEST((asked.from->role == record::role::service));
  BOOST_REQUIRE(asked.items.size() == 2u);
  BOOST_TEST(asked.items[1].number == 2u);
  BOOST_TEST(std::get<wire::send>(asked.items[1].body).content.body == "two");
}

BOOST_AUTO_TEST_CASE(messages_that_are_told_carry_their_places) {
  auto decoded = decode_mails(encode_mails(one_of_each()).bytes());
  BOOST_REQUIRE(decoded.has_value());
  auto& told = std::get<tell>((*decoded)[19]);
  BOOST_TEST(told.to.size() == 2u);
  auto& messages = std::get<notice>(told.what).what->messages;
  BOOST_REQUIRE(messages.size() == 2u);
  BOOST_TEST(messages[1].seq == 12u);
  BOOST_TEST(messages[1].ordinal == 11u);
  BOOST_TEST((messages[1].sender == ada));
  BOOST_TEST(messages[1].counter == 9u);
}

BOOST_AUTO_TEST_CASE(damaged_bytes_decode_to_something_or_nothing_and_never_crash) {
  auto whole = encode_mails(one_of_each());
  std::mt19937 dice{1};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes{whole.bytes()};
    for (auto n = dice() % 4 + 1; n > 0; --n)
      bytes[dice() % bytes.size()] = static_cast<char>(dice());
    bytes.resize(dice() % 4 == 0 ? dice() % bytes.size() / 8 * 8 : bytes.size());
    frame aligned{bytes};
    if (auto decoded = decode_mails(aligned.bytes()))
      encode_mails(*decoded);
  }
  BOOST_TEST(!decode_mails("short").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
