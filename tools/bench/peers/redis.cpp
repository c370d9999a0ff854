#include "tools/bench/peers/protocol.hpp"
#include "tools/bench/peers/resp.hpp"

#include <deque>
#include <stdexcept>

namespace parley::peers {

namespace {

/// Streams u:N with one consumer group each. Who waits for messages cannot send on
/// the same connection, so there is no room.
class redis final : public protocol {
public:
  redis(const options& how, listener& who) : protocol(how, who), states_(connections_of(how)) {
    if (how.workload == "W3")
      throw std::runtime_error("redis has no rooms");
  }

  void begin(connection& c) override {
    auto& x = states_[c.user];
    x = {};
    put(c, {"AUTH", how_.user.empty() ? "default" : how_.user, how_.password});
    x.step = step::auth;
    if (!reads(c) || c.wants(again))
      return;
    put(c, {"XGROUP", "CREATE", key_of(c.user), "g", "0", "MKSTREAM"});
    x.step = step::auth_then_group;
  }

  std::optional<size_t> read(connection& c, std::string_view bytes) override {
    size_t done = 0;
    for (;;) {
      auto rest = bytes.substr(done);
      texts_.clear();
      auto size = resp::end_of_value(rest, texts_);
      if (size == 0)
        return done;
      if (!take(c, rest.substr(0, size)))
        return std::nullopt;
      done += size;
    }
  }

  void send(connection& c, uint32_t to, uint32_t slot, std::string_view text) override {
    states_[c.user].unanswered.push_back(slot);
    put(c, {"XADD", key_of(to), "*", "p", text});
  }

  void publish(connection&, uint32_t, std::string_view) override {
    // nop
  }

private:
  enum class step { auth, auth_then_group, group, ready };

  struct state {
    enum step step = step::auth;
    std::deque<uint32_t> unanswered;
  };

  static std::string key_of(uint32_t user) {
    return "u:" + std::to_string(user);
  }

  /// In pairs only the second half receives.
  bool reads(const connection& c) const {
    auto in_pairs = how_.workload == "W1" || how_.workload == "W2";
    return c.wants(inbox) && (!in_pairs || c.user >= how_.users / 2);
  }

  void put(connection& c, std::initializer_list<std::string_view> words) {
    resp::put_command(c.out, words);
    tell_.touch(c);
  }

  bool take(connection& c, std::string_view value) {
    auto& x = states_[c.user];
    if (value[0] == '-' && !value.starts_with("-BUSYGROUP")) {
      tell_.fail(c, value.substr(0, value.find('\r')));
      return false;
    }
    switch (x.step) {
      case step::auth_then_group:
        x.step = step::group;
        return true;
      case step::auth:
      case step::group:
        x.step = step::ready;
        if (reads(c))
          read_more(c);
        tell_.ready(c);
        return true;
      case step::ready:
        break;
    }
    if (reads(c)) {
      if (value[0] == '*') // Else it is the answer to our acknowledgement.
        received(c);
    } else if (!x.unanswered.empty()) {
      auto slot = x.unanswered.front();
      x.unanswered.pop_front();
      tell_.acknowledged(c, slot);
    }
    return true;
  }

  void read_more(connection& c) {
    put(c, {"XREADGROUP", "GROUP", "g", "c", "COUNT", "100", "BLOCK", "0", "STREAMS",
            key_of(c.user), ">"});
  }

  /// Its texts: the key, then for each message its id, "p" and the body.
  void received(connection& c) {
    auto count = texts_.size() / 3;
    resp::put_count(c.out, 3 + count);
    resp::put_word(c.out, "XACK");
    resp::put_word(c.out, key_of(c.user));
    resp::put_word(c.out, "g");
    for (size_t i = 0; i < count; ++i) {
      resp::put_word(c.out, texts_[1 + 3 * i]);
      tell_.received(c, texts_[3 + 3 * i]);
    }
    read_more(c);
  }

  std::vector<state> states_;
  std::vector<std::string_view> texts_;
};

} // namespace

std::unique_ptr<protocol> make_redis(const options& how, listener& who) {
  return std::make_unique<redis>(how, who);
}

} // namespace parley::peers
