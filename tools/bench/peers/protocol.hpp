#pragma once

#include "tools/bench/peers/connection.hpp"
#include "tools/bench/peers/flights.hpp"
#include "tools/bench/peers/options.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace parley::peers {

/// Who hears what a protocol understood: the loop, which tells the workload.
class listener {
public:
  /// Logged in and subscribed.
  virtual void ready(connection& c) = 0;

  virtual void received(connection& c, std::string_view text) = 0;

  /// The server acknowledged what was sent with this slot.
  virtual void acknowledged(connection& c, uint32_t slot) = 0;

  /// The server will not have it, and it is not sent again.
  virtual void refused(connection& c, uint32_t slot) = 0;

  /// `out` has bytes; they are written at the end of this turn.
  virtual void touch(connection& c) = 0;

  /// The server says no.
  virtual void fail(connection& c, std::string_view why) = 0;

  virtual nanoseconds now() const = 0;

protected:
  ~listener() = default;
};

/// A client's side of what a server speaks: turns bytes into "ready", "received",
/// "acknowledged", and sends into bytes. Keeps what it needs of each connection
/// by the number of its user.
class protocol {
public:
  protocol(const options& how, listener& who) : how_(how), tell_(who) {
    // nop
  }

  virtual ~protocol() = default;

  /// Whether the server answers a send at all.
  virtual bool acknowledges() const {
    return true;
  }

  /// Whether a member of a room receives what it sent there.
  virtual bool echoes() const {
    return true;
  }

  /// Whether a mailbox must have been subscribed to before anything is kept for it.
  virtual bool subscribes() const {
    return true;
  }

  /// Whether one connection must make something before the users come.
  virtual bool sets_up() const {
    return false;
  }

  /// The connection is there, TLS included.
  virtual void begin(connection& c) = 0;

  /// Bytes that were understood; nothing after a `fail`.
  virtual std::optional<size_t> read(connection& c, std::string_view bytes) = 0;

  /// To another user. `slot` is below 1,024 and free on this connection.
  virtual void send(connection& c, uint32_t to, uint32_t slot, std::string_view text) = 0;

  /// To the room.
  virtual void publish(connection& c, uint32_t slot, std::string_view text) = 0;

  /// Once for each burst of writes.
  virtual void before_flush(connection&) {
    // nop
  }

  /// Once for each turn of the loop.
  virtual void tick() {
    // nop
  }

  /// Says goodbye so that the user is away and all is kept.
  virtual void leave(connection&) {
    // nop
  }

  /// What else it counted.
  virtual nlohmann::json counted() const {
    return nlohmann::json::object();
  }

protected:
  const options& how_;
  listener& tell_;
};

std::unique_ptr<protocol> make_mqtt(const options& how, listener& who);
std::unique_ptr<protocol> make_nats(const options& how, listener& who);
std::unique_ptr<protocol> make_parley(const options& how, listener& who);
std::unique_ptr<protocol> make_redis(const options& how, listener& who);
std::unique_ptr<protocol> make_xmpp(const options& how, listener& who);

} // namespace parley::peers
