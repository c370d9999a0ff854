#include "tools/bench/peers/protocol.hpp"
#include "tools/bench/peers/xml_piece.hpp"

#include <charconv>
#include <cstdio>
#include <deque>
#include <string>

namespace parley::peers {

namespace {

/// Counted, but nobody waits for its acknowledgement.
constexpr int64_t no_slot = -1;

/// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
  constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    auto some = bytes.substr(i, 3);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < some.size() ? static_cast<uint8_t>(some[k]) : 0);
    for (size_t k = 0; k < 4; ++k)
      result += k <= some.size() ? letters[bits >> (18 - 6 * k) & 63] : '=';
  }
  return result;
}

/// SASL PLAIN, one resource, and stream management (XEP-0198): the server's count
/// of stanzas is the acknowledgement, asked for once in each burst. The room is a
/// multi-user chat (XEP-0045).
class xmpp final : public protocol {
public:
  xmpp(const options& how, listener& who)
      : protocol(how, who), states_(connections_of(how)), room_("g@conference." + how.domain) {
    // nop
  }

  /// An account is enough.
  bool subscribes() const override {
    return false;
  }

  void begin(connection& c) override {
    states_[c.user] = {};
    open_stream(c);
  }

  std::optional<size_t> read(connection& c, std::string_view bytes) override {
    size_t done = 0;
    for (;;) {
      auto rest = bytes.substr(done);
      auto found = xml::first_piece(rest);
      if (found.what == xml::piece::incomplete)
        return done;
      if (found.what == xml::piece::end_of_stream) {
        tell_.fail(c, "the server ended the stream");
        return std::nullopt;
      }
      if (found.what == xml::piece::stanza
          && !take(c, rest.substr(found.begin, found.end - found.begin)))
        return std::nullopt;
      done += found.end;
    }
  }

  void send(connection& c, uint32_t to, uint32_t slot, std::string_view text) override {
    put_message(c, "u" + std::to_string(to) + "@" + how_.domain, "chat", slot, text);
  }

  void publish(connection& c, uint32_t slot, std::string_view text) override {
    put_message(c, room_, "groupchat", slot, text);
  }

  void before_flush(connection& c) override {
    auto& x = states_[c.user];
    if (std::exchange(x.asks, false))
      c.out += "<r xmlns='urn:xmpp:sm:3'/>";
  }

  void leave(connection& c) override {
    put_count(c);
    put(c, "<presence type='unavailable'/></stream:stream>");
  }

private:
  enum class step { password, stream, bind, manage, presence, join, ready };

  struct state {
    enum step step = step::password;
    bool managed = false;
    bool asks = false;              ///< For the server's count.
    uint32_t received = 0;          ///< Stanzas, for it to know.
    uint32_t acknowledged = 0;      ///< Of ours.
    std::deque<int64_t> unanswered; ///< Slots, or no_slot.
  };

  void put(connection& c, std::string_view words) {
    c.out += words;
    tell_.touch(c);
  }

  /// What both sides count.
  void put_stanza(connection& c, std::string_view words, int64_t slot = no_slot) {
    auto& x = states_[c.user];
    put(c, words);
    if (x.managed)
      x.unanswered.push_back(slot);
  }

  void put_message(connection& c, const std::string& to, const char* type, uint32_t slot,
                   std::string_view text) {
    std::string words =
      "<message to='" + to + "' type='" + type + "' id='m" + std::to_string(slot) + "'><body>";
    words += text;
    words += "</body></message>";
    put_stanza(c, words, slot);
    states_[c.user].asks = true;
  }

  void put_count(connection& c) {
    put(c, "<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(states_[c.user].received) + "'/>");
  }

  void open_stream(connection& c) {
    put(c, "<?xml version='1.0'?><stream:stream to='" + how_.domain
             + "' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
               "version='1.0'>");
  }

  bool no(connection& c, std::string_view why) {
    tell_.fail(c, why);
    return false;
  }

  bool take(connection& c, std::string_view stanza) {
    auto& x = states_[c.user];
    auto message = xml::is(stanza, "message");
    auto presence = xml::is(stanza, "presence");
    auto query = xml::is(stanza, "iq");
    x.received += x.managed && (message || presence || query);
    if (message)
      return take_message(c, stanza);
    if (presence)
      return take_presence(c, stanza);
    if (query)
      return take_query(c, stanza);
    if (xml::is(stanza, "a"))
      counted(c, xml::attribute(stanza, "h"));
    else if (xml::is(stanza, "r"))
      put_count(c);
    else if (xml::is(stanza, "stream:features"))
      negotiate(c);
    else if (xml::is(stanza, "success")) {
      x.step = step::stream;
      open_stream(c);
    } else if (xml::is(stanza, "enabled")) {
      x.managed = true;
      appear(c);
    } else if (xml::is(stanza, "failure") || xml::is(stanza, "failed")
               || xml::is(stanza, "stream:error")) {
      return no(c, stanza);
    }
    return true;
  }

  // -- logging in -------------------------------------------------------------------

  void negotiate(connection& c) {
    auto& x = states_[c.user];
    if (x.step == step::password) {
      std::string secret{'\0'};
      secret += "u" + std::to_string(c.user);
      secret += '\0';
      secret += how_.password;
      put(c, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + base64(secret)
               + "</auth>");
    } else if (x.step == step::stream) {
      x.step = step::bind;
      put(c, "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
             "<resource>d</resource></bind></iq>");
    }
  }

  bool take_query(connection& c, std::string_view stanza) {
    auto& x = states_[c.user];
    auto type = xml::attribute(stanza, "type");
    if (x.step == step::bind) {
      if (type != "result")
        return no(c, stanza);
      x.step = step::manage;
      put(c, "<enable xmlns='urn:xmpp:sm:3'/>");
    } else if (type == "get") {
      put_stanza(c, "<iq type='result' to='" + how_.domain + "' id='"
                      + std::string{xml::attribute(stanza, "id")} + "'/>");
    }
    return true;
  }

  void appear(connection& c) {
    auto& x = states_[c.user];
    x.step = step::presence;
    x.asks = true;
    put_stanza(c, "<presence/>");
  }

  void appeared(connection& c) {
    auto& x = states_[c.user];
    if (!c.wants(room)) {
      x.step = step::ready;
      return tell_.ready(c);
    }
    x.step = step::join;
    put_stanza(c, "<presence to='" + room_ + "/u" + std::to_string(c.user)
                    + "'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"
                      "</presence>");
  }

  /// One's own presence in the room, code 110, is the last of those that come.
  bool take_presence(connection& c, std::string_view stanza) {
    auto& x = states_[c.user];
    if (x.step != step::join)
      return true;
    if (xml::attribute(stanza, "type") == "error")
      return no(c, stanza);
    if (xml::has_attribute(stanza, "code", "110")) {
      x.step = step::ready;
      tell_.ready(c);
    }
    return true;
  }

  // -- messages ---------------------------------------------------------------------

  bool take_message(connection& c, std::string_view stanza) {
    constexpr std::string_view open = "<body>";
    auto refused = xml::attribute(stanza, "type") == "error";
    auto at = stanza.find(open);
    if (refused && refused_++ == 0)
      std::fprintf(stderr, "peerload: %.*s\n", static_cast<int>(stanza.size()), stanza.data());
    if (refused || at == std::string_view::npos)
      return true;
    auto text = stanza.substr(at + open.size());
    tell_.received(c, text.substr(0, text.find('<')));
    return true;
  }

  void counted(connection& c, std::string_view number) {
    auto& x = states_[c.user];
    uint32_t count = 0;
    std::from_chars(number.data(), number.data() + number.size(), count);
    while (x.acknowledged < count && !x.unanswered.empty()) {
      auto slot = x.unanswered.front();
      x.unanswered.pop_front();
      ++x.acknowledged;
      if (slot != no_slot)
        tell_.acknowledged(c, static_cast<uint32_t>(slot));
      else if (x.step == step::presence)
        appeared(c);
    }
  }

  nlohmann::json counted() const override {
    return {{"refused", refused_}};
  }

  std::vector<state> states_;
  std::string room_;
  uint64_t refused_ = 0;
};

} // namespace

std::unique_ptr<protocol> make_xmpp(const options& how, listener& who) {
  return std::make_unique<xmpp>(how, who);
}

} // namespace parley::peers
