#pragma once

#include "tests/actors/fixture.hpp"

#include "actors/core/splitter.hpp"
#include "actors/session.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace parley {

/// Clients on the fake network of a node.
struct client_fixture : node_fixture {
  using node_fixture::node_fixture;

  uint64_t connections = 0;
  std::map<uint64_t, splitter> inputs;

  /// A connection, with its session actor, in the next of the I/O threads.
  caf::io::connection_handle connect() {
    auto hdl = caf::io::connection_handle::from_int(static_cast<int64_t>(++connections));
    auto port = static_cast<uint16_t>(connections);
    network.provide_scribe("client", port, hdl);
    auto spawned =
      system.middleman().spawn_client(session, "client", port, dir, port % dir->io_threads.size());
    if (!spawned)
      throw std::runtime_error("no session");
    guests.push_back(caf::actor_cast<caf::actor>(*spawned));
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

  /// How a connection ended, and when.
  struct ending {
    std::chrono::milliseconds after{};
    ec why = ec::none;
    std::vector<std::chrono::milliseconds> pings;
  };

  /// Lets time pass until the node closes, doing `meanwhile` before each half
  /// second.
  template <class Meanwhile>
  ending wait_for_end(caf::io::connection_handle hdl, std::chrono::milliseconds limit,
                      Meanwhile meanwhile) {
    ending result;
    while (result.why == ec::none && result.after < limit) {
      meanwhile();
      pass(limits::session_tick);
      result.after += limits::session_tick;
      for (auto& bytes : heard(hdl)) {
        auto decoded = *wire::decode_server(bytes);
        if (std::holds_alternative<wire::ping>(decoded.body))
          result.pings.push_back(result.after);
        if (auto bye = std::get_if<wire::closing>(&decoded.body))
          result.why = bye->why.code;
      }
    }
    return result;
  }

  /// A session looks after its timers only so often.
  static bool is_about(std::chrono::milliseconds time, std::chrono::milliseconds wanted) {
    return wanted <= time && time <= wanted + limits::session_tick * limits::session_tick_shares;
  }

  std::string import(const std::string& name) {
    auto token = make_token();
    import(name, device_id{random_number()}, token);
    return token;
  }

  void import(const std::string& name, device_id device, const std::string& token) {
    record::account account{name, record::role::person, {}, {}, 1};
    account.devices.push_back({device, hash_token(token), 1, true});
    effect change;
    change.put(keys::account(user_of(name)), record::encode(account));
    if (!database->write({&change, 1}, store::space::free).ok())
      throw std::runtime_error("no account");
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

} // namespace parley
