#include "tests/actors/fixture.hpp"

#include "actors/core/splitter.hpp"
#include "actors/session.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

namespace {

struct session_fixture : node_fixture {
  uint64_t connections = 0;
  std::map<uint64_t, splitter> inputs;

  /// A connection, with its session actor.
  caf::io::connection_handle connect() {
    auto hdl = caf::io::connection_handle::from_int(static_cast<int64_t>(++connections));
    auto port = static_cast<uint16_t>(connections);
    network.provide_scribe("client", port, hdl);
    auto spawned = system.middleman().spawn_client(session, "client", port, dir);
    BOOST_REQUIRE(spawned);
    run();
    inputs.emplace(connections, splitter{limits::frame_bytes});
    return hdl;
  }

  void send_bytes(caf::io::connection_handle to, std::string_view bytes) {
    network.virtual_send(
      to, caf::io::network::test_multiplexer::buffer_type{bytes.begin(), bytes.end()});
    run();
  }

  void say(caf::io::connection_handle to, uint64_t number, wire::client_body body) {
    send_bytes(to, wire::encode(wire::client_frame{number, std::move(body)}).bytes());
  }

  /// What came since the last call. The frames keep the views alive.
  std::vector<frame> heard(caf::io::connection_handle from) {
    auto& bytes = network.output_buffer(from);
    auto& input = inputs.at(static_cast<uint64_t>(from.id()));
    input.feed({bytes.data(), bytes.size()});
    bytes.clear();
    std::vector<frame> result;
    while (auto next = input.next())
      result.push_back(*std::move(next));
    return result;
  }

  ec refusal(caf::io::connection_handle from) {
    for (auto& bytes : heard(from)) {
      auto decoded = *wire::decode_server(bytes);
      if (auto error = std::get_if<wire::error>(&decoded.body))
        return error->code;
    }
    return ec::none;
  }

  std::string import(const std::string& name) {
    auto token = make_token();
    record::account account{name, record::role::person, {}, {}, 1};
    account.devices.push_back({device_id{random_number()}, hash_token(token), 1, true});
    effect change;
    change.put(keys::account(user_of(name)), record::encode(account));
    BOOST_REQUIRE(disk->write({&change, 1}).ok());
    return token;
  }

  caf::io::connection_handle log_in(const std::string& name, const std::string& token) {
    auto hdl = connect();
    say(hdl, 1, wire::hello{});
    say(hdl, 2, wire::login{name, {}, token, {}});
    heard(hdl);
    return hdl;
  }

  /// The messages that were pushed since the last call.
  std::vector<std::string> pushed(caf::io::connection_handle to) {
    std::vector<std::string> result;
    for (auto& bytes : heard(to)) {
      auto decoded = *wire::decode_server(bytes);
      if (auto message = std::get_if<wire::message>(&decoded.body))
        result.emplace_back(std::get<wire::content>(message->body).body);
    }
    return result;
  }

  /// Acknowledges the chat with `peer` up to `seq`.
  void ack(caf::io::connection_handle from, conversation_id chat, seq_t seq) {
    say(from, 0, wire::ack{{{chat, seq}}});
  }

  wire::send text(const char* peer, uint64_t counter, const char* body) {
    return {{}, peer, counter, 0, {{}, body}};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_suite, session_fixture)

BOOST_AUTO_TEST_CASE(takes_a_frame_one_byte_at_a_time) {
  auto hdl = connect();
  auto bytes = wire::encode(wire::client_frame{9, wire::hello{}});
  for (auto byte : bytes.bytes())
    send_bytes(hdl, {&byte, 1});
  auto frames = heard(hdl);
  BOOST_REQUIRE_EQUAL(frames.size(), 1u);
  BOOST_TEST(wire::decode_server(frames[0])->request == 9u);
}

BOOST_AUTO_TEST_CASE(wants_a_hello_then_a_login) {
  auto rude = connect();
  say(rude, 1, wire::logout{});
  BOOST_TEST((refusal(rude) == ec::hello_first));
  auto hasty = connect();
  say(hasty, 1, wire::hello{});
  say(hasty, 2, wire::logout{});
  BOOST_TEST((refusal(hasty) == ec::login_first));
}

BOOST_AUTO_TEST_CASE(acknowledges_only_what_is_on_disk) {
  auto ada = log_in("ada", import("ada"));
  import("bob");
  disk->fill();
  say(ada, 3, text("bob", 1, "hello"));
  BOOST_TEST((refusal(ada) == ec::storage_full));
  disk->drain();
  say(ada, 4, text("bob", 1, "hello"));
  auto frames = heard(ada);
  BOOST_REQUIRE(!frames.empty());
  auto decoded = *wire::decode_server(frames[0]);
  BOOST_TEST(std::holds_alternative<wire::sent>(decoded.body));
}

BOOST_AUTO_TEST_CASE(pushes_to_who_is_online_and_keeps_for_who_is_not) {
  auto ada = log_in("ada", import("ada"));
  auto token = import("bob");
  say(ada, 3, text("bob", 1, "first"));
  auto bob = log_in("bob", token);
  // Logging in drained it: log in again to look, for nothing was acknowledged.
  say(ada, 4, text("bob", 2, "second"));
  BOOST_TEST((pushed(bob) == std::vector<std::string>{"second"}));
  bob = log_in("bob", token);
  pass(std::chrono::seconds{6}); // Unacknowledged: pushed again.
  BOOST_TEST((pushed(bob) == std::vector<std::string>{"first", "second"}));
}

BOOST_AUTO_TEST_CASE(gives_up_on_a_device_that_never_acknowledges) {
  auto ada = log_in("ada", import("ada"));
  auto token = import("bob");
  auto bob = log_in("bob", token);
  say(ada, 3, text("bob", 1, "hello"));
  auto closed = false;
  for (int i = 0; i < 60 && !closed; ++i) {
    pass(std::chrono::seconds{10});
    say(bob, 77, wire::ping{}); // Alive, but not acknowledging.
    for (auto& bytes : heard(bob)) {
      auto decoded = *wire::decode_server(bytes);
      if (auto bye = std::get_if<wire::closing>(&decoded.body)) {
        BOOST_TEST((bye->why.code == ec::unresponsive));
        closed = true;
      }
    }
  }
  BOOST_TEST(closed);
}

BOOST_AUTO_TEST_CASE(closes_a_connection_that_fell_silent) {
  auto ada = log_in("ada", import("ada"));
  auto pinged = false;
  auto closed = false;
  for (int i = 0; i < 30; ++i) {
    pass(std::chrono::seconds{5});
    for (auto& bytes : heard(ada)) {
      auto decoded = *wire::decode_server(bytes);
      pinged |= std::holds_alternative<wire::ping>(decoded.body);
      closed |= std::holds_alternative<wire::closing>(decoded.body);
    }
  }
  BOOST_TEST(pinged);
  BOOST_TEST(closed);
}

BOOST_AUTO_TEST_CASE(refuses_more_than_its_credit) {
  auto ada = log_in("ada", import("ada"));
  import("bob");
  std::string burst;
  for (uint64_t i = 1; i <= limits::credit_sends + 1; ++i)
    burst += wire::encode(wire::client_frame{i + 10, text("bob", i, "x")}).bytes();
  send_bytes(ada, burst);
  unsigned sent = 0;
  unsigned refused = 0;
  for (auto& bytes : heard(ada)) {
    auto decoded = *wire::decode_server(bytes);
    sent += std::holds_alternative<wire::sent>(decoded.body);
    if (auto error = std::get_if<wire::error>(&decoded.body))
      refused += error->code == ec::no_credit;
  }
  BOOST_TEST(sent == limits::credit_sends);
  BOOST_TEST(refused == 1u);
}

BOOST_AUTO_TEST_CASE(closes_the_older_connection_of_the_same_device) {
  auto token = import("ada");
  auto first = log_in("ada", token);
  log_in("ada", token);
  auto replaced = false;
  for (auto& bytes : heard(first)) {
    auto decoded = *wire::decode_server(bytes);
    if (auto bye = std::get_if<wire::closing>(&decoded.body))
      replaced = bye->why.code == ec::replaced;
  }
  BOOST_TEST(replaced);
}

BOOST_AUTO_TEST_SUITE_END()
