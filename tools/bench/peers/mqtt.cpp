#include "tools/bench/peers/protocol.hpp"

#include <string>

namespace parley::peers {

namespace {

// MQTT 3.1.1 (OASIS Standard, 2014), section 2.2.1.
enum packet : uint8_t {
  connack = 2,
  publish_packet = 3,
  puback = 4,
  suback = 9,
};

constexpr char connect_byte = 0x10;
constexpr char publish_at_least_once = 0x32;
constexpr char puback_byte = 0x40;
constexpr auto subscribe_byte = static_cast<char>(0x82);
constexpr auto disconnect_byte = static_cast<char>(0xe0);

constexpr char at_least_once = 1;
constexpr unsigned subscription = 65'000; ///< Above all slots.
constexpr size_t length_bytes_max = 4;
constexpr std::string_view room_topic = "g/1";

void put_number(std::string& out, size_t x) {
  out.push_back(static_cast<char>(x >> 8));
  out.push_back(static_cast<char>(x));
}

void put_text(std::string& out, std::string_view x) {
  put_number(out, x.size());
  out += x;
}

/// Section 2.2.3: seven bits in each byte.
void put_length(std::string& out, size_t x) {
  for (; x > 127; x >>= 7)
    out.push_back(static_cast<char>(x | 128));
  out.push_back(static_cast<char>(x));
}

size_t number_at(std::string_view bytes, size_t at) {
  return static_cast<size_t>(static_cast<uint8_t>(bytes[at])) << 8
         | static_cast<uint8_t>(bytes[at + 1]);
}

/// The end of a packet's head, and its length in `out`; 0 while it is not whole.
size_t read_length(std::string_view bytes, size_t& out) {
  out = 0;
  for (size_t i = 1; i < bytes.size() && i <= length_bytes_max; ++i) {
    auto x = static_cast<uint8_t>(bytes[i]);
    out |= static_cast<size_t>(x & 127) << (7 * (i - 1));
    if (x < 128)
      return i + 1;
  }
  return 0;
}

/// QoS 1 and sessions that outlive connections. Inboxes are topics.
class mqtt final : public protocol {
public:
  using protocol::protocol;

  void begin(connection& c) override {
    auto name = "u" + std::to_string(c.user);
    std::string rest;
    put_text(rest, "MQTT");
    rest.push_back(4);                       // 3.1.1
    rest.push_back(static_cast<char>(0xc0)); // User name and password; a session that stays.
    put_number(rest, 0);                     // No keep-alive.
    put_text(rest, name);
    put_text(rest, how_.user.empty() ? name : how_.user);
    put_text(rest, how_.password);
    put_packet(c, connect_byte, rest);
  }

  std::optional<size_t> read(connection& c, std::string_view bytes) override {
    size_t done = 0;
    for (;;) {
      auto rest = bytes.substr(done);
      size_t length = 0;
      auto head = read_length(rest, length);
      if (head == 0 || rest.size() < head + length)
        return done;
      if (!take(c, static_cast<uint8_t>(rest[0]), rest.substr(head, length)))
        return std::nullopt;
      done += head + length;
    }
  }

  void send(connection& c, uint32_t to, uint32_t slot, std::string_view text) override {
    put_message(c, "u/" + std::to_string(to), slot, text);
  }

  void publish(connection& c, uint32_t slot, std::string_view text) override {
    put_message(c, room_topic, slot, text);
  }

  void leave(connection& c) override {
    c.out.push_back(disconnect_byte);
    c.out.push_back(0);
    tell_.touch(c);
  }

private:
  void put_packet(connection& c, char head, std::string_view rest) {
    c.out.push_back(head);
    put_length(c.out, rest.size());
    c.out += rest;
    tell_.touch(c);
  }

  void put_message(connection& c, std::string_view topic, uint32_t slot, std::string_view text) {
    c.out.push_back(publish_at_least_once);
    put_length(c.out, 2 + topic.size() + 2 + text.size());
    put_text(c.out, topic);
    put_number(c.out, slot + 1); // 0 is no identifier.
    c.out += text;
    tell_.touch(c);
  }

  bool take(connection& c, uint8_t head, std::string_view x) {
    switch (head >> 4) {
      case connack:
        return logged_in(c, x);
      case suback:
        if (x.empty() || (x.back() & 0x80) != 0)
          return no(c, "the subscription is refused");
        tell_.ready(c);
        return true;
      case puback:
        tell_.acknowledged(c, static_cast<uint32_t>(number_at(x, 0) - 1));
        return true;
      case publish_packet:
        received(c, (head & 6) != 0, x);
        return true;
      default:
        return true;
    }
  }

  bool no(connection& c, const char* why) {
    tell_.fail(c, why);
    return false;
  }

  bool logged_in(connection& c, std::string_view x) {
    if (x.size() < 2 || x[1] != 0)
      return no(c, "the login is refused");
    auto session_present = (x[0] & 1) != 0;
    if (c.wants(inbox | room) && !session_present)
      subscribe(c);
    else
      tell_.ready(c);
    return true;
  }

  void subscribe(connection& c) {
    std::string rest;
    put_number(rest, subscription);
    if (c.wants(inbox)) {
      put_text(rest, "u/" + std::to_string(c.user));
      rest.push_back(at_least_once);
    }
    if (c.wants(room)) {
      put_text(rest, room_topic);
      rest.push_back(at_least_once);
    }
    put_packet(c, subscribe_byte, rest);
  }

  void received(connection& c, bool wants_answer, std::string_view x) {
    auto at = 2 + number_at(x, 0);
    if (wants_answer) {
      c.out.push_back(puback_byte);
      c.out.push_back(2);
      c.out += x.substr(at, 2);
      tell_.touch(c);
      at += 2;
    }
    tell_.received(c, x.substr(at));
  }
};

} // namespace

std::unique_ptr<protocol> make_mqtt(const options& how, listener& who) {
  return std::make_unique<mqtt>(how, who);
}

} // namespace parley::peers
