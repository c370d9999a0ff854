#include "schema/admin.hpp"
#include "schema/codec.hpp"
#include "tests/schema/hex.hpp"
#include "tests/schema/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <set>

using namespace parley;
using namespace parley::testing;

namespace {

/// Where a frame of one segment keeps the tag of its root's union.
constexpr size_t tag_at = 24;

template <class Body>
frame with_tag(const Body& x, char tag) {
  std::string bytes{admin::encode(x).bytes()};
  bytes[tag_at] = tag;
  return frame{bytes};
}

std::vector<frame> frames() {
  std::vector<frame> result;
  for (auto& x : admin_requests())
    result.push_back(admin::encode(x));
  for (auto& x : admin_replies())
    result.push_back(admin::encode(x));
  return result;
}

/// Decodes as both sides would and encodes again, which reads every view.
void swallow(const frame& x) {
  if (auto y = admin::decode_request(x))
    BOOST_REQUIRE(!admin::encode(*y).empty());
  if (auto y = admin::decode_reply(x))
    BOOST_REQUIRE(!admin::encode(*y).empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(admin_test)

BOOST_AUTO_TEST_CASE(there_is_a_sample_of_every_body) {
  std::set<size_t> asked;
  for (auto& x : admin_requests())
    asked.insert(x.body.index());
  BOOST_TEST(asked.size() == std::variant_size_v<admin::request_body> - 1); // But unknown.
  std::set<size_t> answered;
  for (auto& x : admin_replies())
    answered.insert(x.body.index());
  BOOST_TEST(answered.size() == std::variant_size_v<admin::reply_body> - 1);
}

BOOST_AUTO_TEST_CASE(requests_survive_the_round_trip) {
  for (auto& x : admin_requests()) {
    auto bytes = admin::encode(x);
    auto y = admin::decode_request(bytes);
    BOOST_REQUIRE(y);
    BOOST_TEST(y->number == x.number);
    BOOST_TEST(y->body.index() == x.body.index());
    BOOST_TEST(hex(admin::encode(*y).bytes()) == hex(bytes.bytes()));
  }
}

BOOST_AUTO_TEST_CASE(replies_survive_the_round_trip) {
  for (auto& x : admin_replies()) {
    auto bytes = admin::encode(x);
    auto y = admin::decode_reply(bytes);
    BOOST_REQUIRE(y);
    BOOST_TEST(y->number == x.number);
    BOOST_TEST(y->body.index() == x.body.index());
    BOOST_TEST(hex(admin::encode(*y).bytes()) == hex(bytes.bytes()));
  }
}

BOOST_AUTO_TEST_CASE(a_hello_keeps_every_field) {
  auto bytes = admin::encode(admin_requests().at(0));
  auto x = std::get<admin::hello>(admin::decode_request(bytes).value().body);
  BOOST_TEST(x.version == admin::protocol_version);
  BOOST_TEST(x.agent == "a test");
  BOOST_TEST(x.key == "a key of thirty-two bytes ......");
}

BOOST_AUTO_TEST_CASE(a_status_keeps_every_field) {
  auto bytes = admin::encode(admin_replies().at(1));
  auto x = std::get<admin::node_status>(admin::decode_reply(bytes).value().body);
  BOOST_TEST(x.version == "1.2.3");
  BOOST_TEST(x.node.value == 7u);
  BOOST_TEST(x.starts == 8u);
  BOOST_TEST(x.uptime_ms == 9u);
  BOOST_TEST(x.draining);
  BOOST_TEST(x.connections == 10u);
  BOOST_TEST(x.credit_requests == 11u);
  BOOST_TEST(x.credit_bytes == 12u);
  BOOST_TEST(!x.store.silent);
  BOOST_TEST(x.store.free_bytes == 13u);
  BOOST_TEST(x.store.file_bytes == 14u);
  BOOST_TEST(x.store.memtable_bytes == 15u);
  BOOST_REQUIRE(x.shards.size() == 2u);
  BOOST_TEST(!x.shards[0].silent);
  BOOST_TEST(x.shards[0].leader.value == 7u);
  BOOST_TEST(x.shards[0].epoch == 16u);
  BOOST_TEST(x.shards[0].rooms == 17u);
  BOOST_TEST(x.shards[0].inboxes == 18u);
  BOOST_TEST(x.shards[1].silent);
}

BOOST_AUTO_TEST_CASE(what_is_newer_is_unknown_and_keeps_its_number) {
  auto asked = admin::decode_request(with_tag(admin::request{7, admin::ask_status{}}, 99));
  BOOST_REQUIRE(asked);
  BOOST_TEST(asked->number == 7u);
  BOOST_TEST(std::get<admin::unknown>(asked->body).which == 99u);
  auto answered = admin::decode_reply(with_tag(admin::reply{8, admin::welcome{}}, 99));
  BOOST_REQUIRE(answered);
  BOOST_TEST(answered->number == 8u);
  BOOST_TEST(std::get<admin::unknown>(answered->body).which == 99u);
}

BOOST_AUTO_TEST_CASE(a_hello_at_the_other_door_is_a_hello_of_another_version) {
  auto to_clients = admin::encode(admin::request{1, admin::hello{}});
  auto greeting = std::get<wire::hello>(wire::decode_client(to_clients).value().body);
  BOOST_TEST(greeting.version != wire::protocol_version);
  auto to_admins = wire::encode(wire::client_frame{1, wire::hello{}});
  auto other = std::get<admin::hello>(admin::decode_request(to_admins).value().body);
  BOOST_TEST(other.version != admin::protocol_version);
}

BOOST_AUTO_TEST_CASE(an_error_of_the_other_door_is_an_error_here) {
  auto from_clients = wire::encode_answer(1, wire::make_error(ec::version));
  auto x = std::get<admin::error>(admin::decode_reply(from_clients).value().body);
  BOOST_TEST((x.code == ec::version));
  BOOST_TEST(x.text == text_of(ec::version));
  auto from_admins = admin::encode(admin::reply{1, admin::error{ec::version, "other"}});
  auto y = std::get<wire::error>(wire::decode_server(from_admins).value().body);
  BOOST_TEST((y.code == ec::version));
  BOOST_TEST(y.text == "other");
}

BOOST_AUTO_TEST_CASE(hostile_bytes_are_swallowed) {
  std::mt19937_64 random{3};
  for (auto& x : frames()) {
    for (size_t size = 0; size < x.size_bytes(); size += frame::word)
      swallow(frame{x.bytes().substr(0, size)});
    for (int round = 0; round < 1000; ++round) {
      std::string bytes{x.bytes()};
      for (auto flips = random() % 4 + 1; flips != 0; --flips)
        bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
      swallow(frame{bytes});
    }
    for (size_t at = 0; at < x.size_bytes(); at += frame::word)
      for (auto word : {0ull, ~0ull, 1ull << 63, 0xffffffff00000001ull}) {
        std::string bytes{x.bytes()};
        std::memcpy(bytes.data() + at, &word, sizeof word);
        swallow(frame{bytes});
      }
  }
}

// DO NOT CHANGE: a parleyctl of one version asks nodes of another.
BOOST_AUTO_TEST_CASE(golden_bytes_of_a_hello) {
  BOOST_TEST(hex(admin::encode(admin_requests().at(0)).bytes())
             == "000000000c000000 0000000002000100 0100000000000000 0100000000000000 "
                "0000000001000200 e903000000000000 050000003a000000 0500000002010000 "
                "6120746573740000 61206b6579206f66 207468697274792d 74776f2062797465 "
                "73202e2e2e2e2e2e");
}

BOOST_AUTO_TEST_CASE(golden_bytes_of_a_status) {
  BOOST_TEST(hex(admin::encode(admin_replies().at(1)).bytes())
             == "000000001c000000 0000000002000100 0200000000000000 0200000000000000 "
                "0000000007000300 0700000000000000 0800000000000000 0900000000000000 "
                "0100000000000000 0a00000000000000 0b00000000000000 0c00000000000000 "
                "0900000032000000 0800000004000000 1500000047000000 312e322e33000000 "
                "0000000000000000 0d00000000000000 0e00000000000000 0f00000000000000 "
                "0800000004000000 0000000011000000 0700000000000000 1000000000000000 "
                "1200000000000000 0100000000000000 0000000000000000 0000000000000000 "
                "0000000000000000");
}

BOOST_AUTO_TEST_SUITE_END()
