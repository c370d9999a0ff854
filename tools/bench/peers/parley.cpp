#include "tools/bench/peers/protocol.hpp"

#include "actors/core/splitter.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tools/client/secret_file.hpp"

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <unordered_map>

namespace parley::peers {

namespace {

constexpr uint64_t hello_request = 1;
constexpr uint64_t login_request = 2;
constexpr uint64_t room_request = 3;
constexpr uint64_t first_import = 16; ///< And those of all other users behind it.
constexpr uint64_t first_counter = 16;

constexpr uint32_t imports_at_once = 48;

/// What a send adds to its body, at most: segment table, pointers, ids.
constexpr size_t send_overhead = 192;

/// Received messages are acknowledged when there are so many, or after a while.
constexpr size_t ack_messages = 32;
constexpr size_t ack_bytes = 128 << 10;
constexpr nanoseconds ack_after = 100'000'000;

/// How often it is looked for what may be sent again.
constexpr nanoseconds repeat_after = 100'000'000;

constexpr uint32_t to_room = UINT32_MAX;

/// Users are imported with the service account's token before the others come;
/// their names are of this run alone. A send is repeated when the node says so,
/// with its number, and a push that comes again is dropped.
class parley_protocol final : public protocol {
public:
  parley_protocol(const options& how, listener& who)
      : protocol(how, who), tag_(to_hex(make_token().substr(0, 4))), users_(connections_of(how)) {
    auto token = client::read_token(how.service_token);
    if (!token)
      throw std::runtime_error("needs --service-token");
    service_token_ = *std::move(token);
  }

  bool echoes() const override {
    return false;
  }

  bool sets_up() const override {
    return true;
  }

  void begin(connection& c) override {
    auto service = c.user == setup_user;
    auto name = service ? std::string{"service"} : name_of(c.user);
    auto& token = service ? service_token_ : users_[c.user].token;
    if (!service)
      users_[c.user].start_again();
    put(c, hello_request, wire::hello{wire::protocol_version, "peerload", name});
    put(c, login_request, wire::login{name, {}, token, {}});
  }

  std::optional<size_t> read(connection& c, std::string_view bytes) override {
    size_t done = 0;
    for (;;) {
      auto rest = bytes.substr(done);
      auto head = read_frame_head(rest, limits::frame_bytes);
      if (head.error == ec::none && (head.bytes == 0 || head.bytes > rest.size()))
        return done;
      auto frame = head.error == ec::none ? wire::decode_server(rest.substr(0, head.bytes))
                                          : std::optional<wire::server_frame>{};
      if (!frame)
        tell_.fail(c, "the server sent no frame");
      else
        take(c, *frame);
      if (c.closed)
        return std::nullopt;
      done += head.bytes;
    }
  }

  void send(connection& c, uint32_t to, uint32_t slot, std::string_view text) override {
    auto& x = users_[c.user];
    x.unanswered.push_back({slot, to, x.next_counter++, std::string{text}, 0, false});
    ++x.held_back;
    write_sends(c);
  }

  void publish(connection& c, uint32_t slot, std::string_view text) override {
    send(c, to_room, slot, text);
  }

  void leave(connection& c) override {
    acknowledge(c);
  }

  void tick() override {
    auto now = tell_.now();
    for (; !owing_.empty() && owing_.front().at <= now; owing_.pop_front())
      if (auto c = owing_.front().who; !c->closed)
        acknowledge(*c);
    if (now < next_look_)
      return;
    next_look_ = now + repeat_after;
    for (auto c : std::exchange(repeating_, {}))
      if (!c->closed)
        write_sends(*c);
  }

  nlohmann::json counted() const override {
    return {{"repeated_sends", repeated_sends_}, {"repeated_pushes", repeated_pushes_}};
  }

private:
  struct message {
    uint32_t slot;
    uint32_t to;
    uint64_t counter;
    std::string text;
    nanoseconds not_before;
    bool sent;
  };

  struct due {
    nanoseconds at;
    connection* who;
  };

  struct user {
    std::string token;
    uint64_t next_counter = first_counter;
    std::deque<message> unanswered; ///< In the order of their counters.
    size_t held_back = 0;           ///< Of them, not sent: no credit, or to be repeated.
    size_t credit_used = 0;         ///< Bytes of those that were sent.
    std::unordered_map<uint32_t, conversation_id> chats;
    std::unordered_map<conversation_id, seq_t> held; ///< Received up to here.
    std::vector<wire::cursor> owed;                  ///< To be acknowledged.
    size_t owed_messages = 0;
    size_t owed_bytes = 0;

    /// On another connection. Who has unanswered sends does not come back here.
    void start_again() {
      unanswered.clear();
      owed.clear();
      held_back = credit_used = owed_messages = owed_bytes = 0;
    }
  };

  std::string name_of(uint32_t user) const {
    return "u" + std::to_string(user) + "." + tag_;
  }

  void put(connection& c, uint64_t request, wire::client_body body) {
    c.out += wire::encode(wire::client_frame{request, std::move(body)}).bytes();
    tell_.touch(c);
  }

  void take(connection& c, const wire::server_frame& x) {
    if (auto pushed = std::get_if<wire::message>(&x.body))
      received(c, *pushed);
    else if (auto sent = std::get_if<wire::sent>(&x.body))
      acknowledged(c, x.request, *sent);
    else if (auto refused = std::get_if<wire::error>(&x.body))
      take_error(c, x.request, *refused);
    else if (auto session = std::get_if<wire::session>(&x.body))
      take_session(c, x.request, *session);
    else if (auto change = std::get_if<wire::change>(&x.body))
      room_grew(c, *change);
    else if (auto said = std::get_if<wire::welcome>(&x.body))
      credit_ = {said->credit_sends, said->credit_bytes};
    else if (auto last = std::get_if<wire::closing>(&x.body))
      tell_.fail(c, last->why.text);
    else if (std::holds_alternative<wire::ping>(x.body))
      put(c, 0, wire::pong{});
  }

  // -- before the load --------------------------------------------------------------

  void take_session(connection& c, uint64_t request, const wire::session& x) {
    if (c.user != setup_user) {
      if (c.user == 0 && c.wants(room) && !room_)
        make_room(c);
      else
        tell_.ready(c);
      return;
    }
    if (request == login_request)
      for (uint32_t i = 0; i < imports_at_once; ++i)
        import_next(c);
    else
      imported(c, request - first_import, x);
  }

  void import_next(connection& c) {
    if (next_import_ < users_.size()) {
      put(c, first_import + next_import_,
          wire::import_account{name_of(static_cast<uint32_t>(next_import_))});
      ++next_import_;
    }
  }

  void imported(connection& c, size_t user, const wire::session& x) {
    users_[user].token = x.token;
    if (++imported_ == users_.size())
      tell_.ready(c);
    else
      import_next(c);
  }

  void make_room(connection& c) {
    auto names = next_members();
    put(c, room_request, wire::create_room{random_number(), "peers", views_of(names), false});
  }

  /// As many as one request may name.
  std::vector<std::string> next_members() {
    std::vector<std::string> result;
    while (next_member_ < users_.size() && result.size() < limits::names_per_request)
      result.push_back(name_of(next_member_++));
    return result;
  }

  static std::vector<std::string_view> views_of(const std::vector<std::string>& names) {
    return {names.begin(), names.end()};
  }

  void room_grew(connection& c, const wire::change& x) {
    room_ = x.room;
    if (next_member_ == users_.size())
      return tell_.ready(c);
    auto names = next_members();
    put(c, room_request, wire::invite{room_, views_of(names)});
  }

  // -- sending ----------------------------------------------------------------------

  /// Those that are due and for which there is credit, in order.
  void write_sends(connection& c) {
    auto& x = users_[c.user];
    if (x.held_back == 1 && !x.unanswered.back().sent) {
      write_if_possible(c, x, x.unanswered.size() - 1);
      return;
    }
    for (size_t i = 0; i < x.unanswered.size() && x.held_back > 0; ++i)
      if (!x.unanswered[i].sent && !write_if_possible(c, x, i))
        return;
  }

  bool write_if_possible(connection& c, user& x, size_t index) {
    auto& m = x.unanswered[index];
    auto bytes = m.text.size() + send_overhead;
    auto on_their_way = x.unanswered.size() - x.held_back;
    auto credit =
      on_their_way == 0 || (on_their_way < credit_.sends && x.credit_used + bytes <= credit_.bytes);
    if (m.not_before > tell_.now()) {
      repeating_.push_back(&c);
      return false;
    }
    if (!credit && !how_.beyond_credit)
      return false; // The next answer brings some.
    m.sent = true;
    --x.held_back;
    x.credit_used += bytes;
    put(c, m.counter, content_of(x, index));
    return true;
  }

  wire::send content_of(user& x, size_t index) {
    auto& m = x.unanswered[index];
    // Who gives up what is refused wants no order: else all that follows would be refused, too.
    auto previous = how_.beyond_credit ? 0 : previous_of(x, index);
    wire::send result{{}, {}, m.counter, previous, {{}, m.text}};
    auto chat = x.chats.find(m.to);
    if (m.to == to_room)
      result.conversation = room_;
    else if (chat != x.chats.end())
      result.conversation = chat->second;
    else
      result.user = name_ = name_of(m.to);
    return result;
  }

  /// The last one before it in its conversation that has no answer; 0 if none.
  static uint64_t previous_of(const user& x, size_t index) {
    auto to = x.unanswered[index].to;
    while (index-- > 0)
      if (x.unanswered[index].to == to)
        return x.unanswered[index].counter;
    return 0;
  }

  std::deque<message>::iterator find(user& x, uint64_t counter) {
    return std::find_if(x.unanswered.begin(), x.unanswered.end(),
                        [counter](const message& m) { return m.counter == counter; });
  }

  void acknowledged(connection& c, uint64_t request, const wire::sent& answer) {
    auto& x = users_[c.user];
    auto found = find(x, request);
    if (found == x.unanswered.end())
      return;
    auto slot = found->slot;
    if (found->to != to_room)
      x.chats.try_emplace(found->to, answer.conversation);
    x.credit_used -= found->text.size() + send_overhead;
    x.unanswered.erase(found);
    if (x.held_back > 0)
      write_sends(c);
    tell_.acknowledged(c, slot);
  }

  void take_error(connection& c, uint64_t request, const wire::error& why) {
    if (request == 0 && c.has != manners::polite)
      return; // It is told what it does.
    auto sends = c.user != setup_user && request >= first_counter;
    if (!sends || !why.retryable)
      return tell_.fail(c, why.text);
    auto& x = users_[c.user];
    auto found = find(x, request);
    if (found == x.unanswered.end())
      return;
    x.credit_used -= found->text.size() + send_overhead;
    if (how_.beyond_credit) {
      auto slot = found->slot;
      x.unanswered.erase(found);
      return tell_.refused(c, slot);
    }
    found->sent = false;
    found->not_before = tell_.now() + nanoseconds{why.retry_after_ms} * 1'000'000;
    ++x.held_back;
    ++repeated_sends_;
    repeating_.push_back(&c);
  }

  // -- receiving --------------------------------------------------------------------

  void received(connection& c, const wire::message& m) {
    auto& x = users_[c.user];
    auto& held = x.held[m.conversation];
    auto fresh = m.seq > held;
    held = std::max(held, m.seq);
    owe(c, x, {m.conversation, held});
    auto content = std::get_if<wire::content>(&m.body);
    repeated_pushes_ += !fresh;
    x.owed_bytes += content != nullptr ? content->body.size() : 0;
    if (fresh && content != nullptr)
      tell_.received(c, content->body);
    if (++x.owed_messages >= ack_messages || x.owed_bytes >= ack_bytes)
      acknowledge(c);
  }

  void owe(connection& c, user& x, wire::cursor to) {
    if (x.owed.empty())
      owing_.push_back({tell_.now() + ack_after, &c});
    for (auto& y : x.owed)
      if (y.conversation == to.conversation) {
        y.seq = to.seq;
        return;
      }
    x.owed.push_back(to);
  }

  void acknowledge(connection& c) {
    auto& x = users_[c.user];
    if (c.has == manners::never_acknowledges)
      x.owed.clear();
    if (c.has == manners::lies) // Of what nobody has written, anywhere.
      for (auto& owed : x.owed)
        owed.seq += random_number() % 1'000'000'000;
    if (!x.owed.empty())
      put(c, 0, wire::ack{std::exchange(x.owed, {})});
    x.owed_messages = x.owed_bytes = 0;
  }

  struct {
    size_t sends = limits::credit_sends;
    size_t bytes = limits::credit_bytes;
  } credit_;

  std::string tag_;
  std::string service_token_;
  std::vector<user> users_;
  size_t next_import_ = 0;
  size_t imported_ = 0;
  conversation_id room_;
  uint32_t next_member_ = 1; ///< The first user makes the room.
  std::string name_;         ///< Of whom is written to, while a frame is made.
  nanoseconds next_look_ = 0;
  std::deque<due> owing_;
  std::vector<connection*> repeating_;
  uint64_t repeated_sends_ = 0;
  uint64_t repeated_pushes_ = 0;
};

} // namespace

std::unique_ptr<protocol> make_parley(const options& how, listener& who) {
  return std::make_unique<parley_protocol>(how, who);
}

} // namespace parley::peers
