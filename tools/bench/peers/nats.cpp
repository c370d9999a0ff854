#include "tools/bench/peers/protocol.hpp"

#include <charconv>
#include <cstdio>
#include <string>
#include <vector>

namespace parley::peers {

namespace {

// Subjects: u.N a user's, g.1 the room's, d.N what a durable consumer delivers to a
// user, _I.N.S answers to user N about slot S, or about a stream (s) or consumer (c).
constexpr std::string_view answers_id = "1";

constexpr auto stream =
  R"({"name":"IM","subjects":["u.>","g.>"],"retention":"limits","storage":"file",)"
  R"("num_replicas":1,"max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"max_age":0,"discard":"old"})";

/// How many may be unacknowledged, and what else a durable consumer has.
constexpr auto consumer_rest =
  R"(,"deliver_policy":"all","ack_policy":"explicit","ack_wait":30000000000,)"
  R"("max_deliver":-1,"max_ack_pending":1000,"replay_policy":"instant"}})";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> result;
  while (!line.empty()) {
    auto end = std::min(line.find(' '), line.size());
    if (end > 0)
      result.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return result;
}

uint32_t number_of(std::string_view word) {
  uint32_t result = 0;
  std::from_chars(word.data(), word.data() + word.size(), result);
  return result;
}

std::string in_quotes(const std::string& x) {
  return "\"" + x + "\"";
}

/// core: publish and subscribe, no acknowledgements. js: a JetStream that
/// acknowledges, recipients on plain subscriptions. jsdur: that and a durable
/// consumer for each user, the counterpart of a mailbox.
class nats final : public protocol {
public:
  nats(const options& how, listener& who)
      : protocol(how, who), stored_(how.mode == "js" || how.mode == "jsdur"),
        durable_(how.mode == "jsdur") {
    // nop
  }

  bool acknowledges() const override {
    return stored_;
  }

  bool sets_up() const override {
    return stored_;
  }

  void begin(connection&) override {
    // It speaks first.
  }

  std::optional<size_t> read(connection& c, std::string_view bytes) override {
    size_t done = 0;
    for (;;) {
      auto rest = bytes.substr(done);
      auto end = rest.find("\r\n");
      if (end == std::string_view::npos)
        return done;
      auto used = take(c, rest.substr(0, end), rest.substr(end + 2));
      if (!used)
        return std::nullopt;
      if (*used == incomplete)
        return done;
      done += end + 2 + *used;
    }
  }

  void send(connection& c, uint32_t to, uint32_t slot, std::string_view text) override {
    put_message(c, "u." + std::to_string(to), slot, text);
  }

  void publish(connection& c, uint32_t slot, std::string_view text) override {
    put_message(c, "g.1", slot, text);
  }

private:
  static constexpr size_t incomplete = SIZE_MAX;

  void put(connection& c, std::string_view words) {
    c.out += words;
    tell_.touch(c);
  }

  void put_request(connection& c, std::string_view subject, const std::string& answer_to,
                   std::string_view text) {
    c.out += "PUB ";
    c.out += subject;
    c.out += ' ';
    if (!answer_to.empty()) {
      c.out += answer_to;
      c.out += ' ';
    }
    c.out += std::to_string(text.size());
    c.out += "\r\n";
    c.out += text;
    put(c, "\r\n");
  }

  void put_message(connection& c, const std::string& subject, uint32_t slot,
                   std::string_view text) {
    put_request(c, subject, stored_ ? answers_of(c) + std::to_string(slot) : std::string{}, text);
  }

  static std::string answers_of(const connection& c) {
    return "_I." + std::to_string(c.user) + ".";
  }

  /// Bytes used behind the line.
  std::optional<size_t> take(connection& c, std::string_view line, std::string_view behind) {
    if (line.starts_with("MSG "))
      return take_message(c, words_of(line.substr(4)), behind);
    if (line.starts_with("INFO"))
      log_in(c);
    else if (line.starts_with("PING"))
      put(c, "PONG\r\n");
    else if (line.starts_with("PONG") && !c.ready)
      logged_in(c);
    else if (line.starts_with("-ERR")) {
      tell_.fail(c, line);
      return std::nullopt;
    }
    return 0;
  }

  /// MSG subject sid [answer-to] size
  std::optional<size_t> take_message(connection& c, const std::vector<std::string_view>& words,
                                     std::string_view behind) {
    size_t size = number_of(words.back());
    if (behind.size() < size + 2)
      return incomplete;
    auto text = behind.substr(0, size);
    if (words[1] == answers_id)
      return answered(c, words[0], text) ? std::optional{size + 2} : std::nullopt;
    tell_.received(c, text);
    if (durable_ && words.size() == 4)
      put_request(c, words[2], {}, {}); // Its acknowledgement.
    return size + 2;
  }

  bool answered(connection& c, std::string_view subject, std::string_view text) {
    auto what = subject.substr(subject.rfind('.') + 1);
    auto refused = text.find("\"error\"") != std::string_view::npos
                   && text.find("already in use") == std::string_view::npos;
    if (refused) {
      tell_.fail(c, text);
      return false;
    }
    if (what != "s" && what != "c")
      tell_.acknowledged(c, number_of(what));
    else if (!c.ready)
      tell_.ready(c);
    return true;
  }

  void log_in(connection& c) {
    auto user = std::to_string(c.user);
    put(c, "CONNECT {\"verbose\":false,\"pedantic\":false,\"user\":" + in_quotes(how_.user)
             + ",\"pass\":" + in_quotes(how_.password) + ",\"name\":" + in_quotes("u" + user)
             + ",\"lang\":\"c\",\"version\":\"1\",\"protocol\":1,\"echo\":true}\r\n");
    if (stored_)
      put(c, "SUB " + answers_of(c) + "* 1\r\n");
    if (durable_ && c.wants(inbox | room))
      put(c, "SUB d." + user + " 2\r\n");
    else if (c.wants(inbox))
      put(c, "SUB u." + user + " 2\r\n");
    else if (c.wants(room))
      put(c, "SUB g.1 3\r\n");
    put(c, "PING\r\n");
  }

  void logged_in(connection& c) {
    if (c.user == setup_user)
      put_request(c, "$JS.API.STREAM.CREATE.IM", answers_of(c) + "s", stream);
    else if (durable_ && c.wants(inbox | room) && !c.wants(again))
      make_consumer(c);
    else
      tell_.ready(c);
  }

  void make_consumer(connection& c) {
    auto user = std::to_string(c.user);
    auto subject = c.wants(room) ? std::string{"g.1"} : "u." + user;
    put_request(c, "$JS.API.CONSUMER.DURABLE.CREATE.IM.c" + user, answers_of(c) + "c",
                R"({"stream_name":"IM","config":{"durable_name":)" + in_quotes("c" + user)
                  + ",\"deliver_subject\":" + in_quotes("d." + user)
                  + ",\"filter_subject\":" + in_quotes(subject) + consumer_rest);
  }

  bool stored_;
  bool durable_;
};

} // namespace

std::unique_ptr<protocol> make_nats(const options& how, listener& who) {
  return std::make_unique<nats>(how, who);
}

} // namespace parley::peers
