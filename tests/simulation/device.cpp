#include "tests/simulation/device.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"

#include <algorithm>
#include <utility>

namespace parley::simulation {

device::device(server& node, checker::checker& judge, std::string user, device_id id,
               std::string token)
    : node_(node), judge_(judge), user_(std::move(user)), id_(id), token_(std::move(token)) {
  // nop
}

client::steady_time device::clock() const {
  return client::steady_time{node_.now()};
}

device::conversation& device::of(conversation_id id) {
  auto& x = conversations_[id];
  if (!std::exchange(x.joined, true)) {
    judge_.joined(id_, id);
  }
  return x;
}

seq_t device::held(conversation_id id) const {
  auto at = conversations_.find(id);
  return at == conversations_.end() ? 0 : at->second.order.held();
}

// -- connection -----------------------------------------------------------------------

void device::connect() {
  if (session_)
    return;
  session_ = node_.connect([this](parcel&& x) { receive(std::move(x)); });
  wire::login login{user_, {}, token_, {}};
  for (auto& [id, x] : conversations_)
    if (x.order.held() != 0)
      login.resume.push_back({id, x.order.held()});
  say(login);
  login_ = requests_;
}

void device::disconnect() {
  auto was = std::exchange(session_, {});
  logged_in_ = false;
  pending_.clear();
  for (auto& [id, x] : conversations_) {
    x.sends.disconnected();
    x.order.disconnected();
  }
  if (was)
    node_.close(was);
}

void device::say(wire::client_body body, pending what) {
  auto number = ++requests_;
  pending_[number] = what;
  node_.submit(session_, wire::encode(wire::client_frame{number, std::move(body)}));
}

void device::receive(parcel&& x) {
  if (x.to != session_)
    return;
  if (x.login) {
    logged_in_ = true;
    for (auto& [id, y] : conversations_)
      flush_sends(id, y);
  }
  for (auto& item : x.frames)
    if (session_)
      take(item.bytes);
  if (x.close != ec::none)
    return disconnect();
  acknowledge();
}

void device::look_after() {
  if (!logged_in_)
    return;
  for (auto& [id, x] : conversations_) {
    flush_sends(id, x);
    if (auto hole = x.order.missing(clock())) {
      x.order.asked(clock());
      say(wire::read_history{id, hole->from, hole->to, 0}, {id, 0});
    }
  }
}

// -- what the application does ------------------------------------------------------------

void device::send_to_user(const std::string& peer, std::string text) {
  auto id = direct_conversation(user_of(user_), user_of(peer));
  auto& x = of(id);
  x.user = peer;
  auto digest = digest_of({}, text);
  auto counter = x.sends.push({}, std::move(text), node_.now().count());
  judge_.invoked(id_, id, counter, digest);
  flush_sends(id, x);
}

void device::send_to(conversation_id id, std::string text) {
  auto& x = of(id);
  auto digest = digest_of({}, text);
  auto counter = x.sends.push({}, std::move(text), node_.now().count());
  judge_.invoked(id_, id, counter, digest);
  flush_sends(id, x);
}

void device::flush_sends(conversation_id id, conversation& x) {
  if (!logged_in_)
    return;
  while (auto next = x.sends.take(clock())) {
    wire::send body{x.user.empty() ? id : conversation_id{},
                    x.user,
                    next->counter,
                    next->previous,
                    {next->what->kind, next->what->body}};
    say(body, {id, next->counter});
  }
}

void device::create_room(uint64_t nonce, const std::vector<std::string>& members) {
  if (!logged_in_)
    return;
  wire::create_room body{nonce, "room", {members.begin(), members.end()}, false};
  say(body);
}

void device::change(conversation_id room, const std::string& member, bool in) {
  if (!logged_in_)
    return;
  if (in)
    say(wire::invite{room, {member}});
  else
    say(wire::kick{room, {member}});
}

void device::leave(conversation_id room) {
  if (logged_in_)
    say(wire::leave{room});
}

void device::read(conversation_id id) {
  if (logged_in_ && held(id) > 0)
    say(wire::read{{id, held(id)}});
}

void device::read_some(uint64_t n) {
  if (!logged_in_ || conversations_.empty())
    return;
  auto at = std::next(conversations_.begin(), static_cast<ptrdiff_t>(n % conversations_.size()));
  if (auto last = held(at->first); last > 0)
    say(wire::read{{at->first, 1 + n / conversations_.size() % last}});
}

void device::ask_list() {
  say(wire::list_conversations{});
}

bool device::settled() const {
  for (auto& [id, x] : conversations_)
    if (x.sends.size() > 0)
      return false;
  return true;
}

std::string device::open_questions() const {
  std::string words;
  for (auto& [id, x] : conversations_)
    if (x.sends.size() > 0)
      words += " " + std::to_string(x.sends.size()) + " sends to " + std::to_string(id.high >> 58);
  return words;
}

// -- what comes -------------------------------------------------------------------------

void device::take(const frame& bytes) {
  auto decoded = wire::decode_server(bytes);
  if (!decoded)
    std::abort();
  auto number = decoded->request;
  if (auto x = std::get_if<wire::message>(&decoded->body))
    take(number, *x, bytes);
  else if (auto sent = std::get_if<wire::sent>(&decoded->body))
    take(number, *sent);
  else if (auto error = std::get_if<wire::error>(&decoded->body))
    take(number, *error);
  else if (auto page = std::get_if<wire::history_page>(&decoded->body))
    take(number, *page);
  else if (auto state = std::get_if<wire::conversation>(&decoded->body))
    take(number, *state);
  else if (auto list = std::get_if<wire::conversations_page>(&decoded->body))
    for (auto& state2 : list->conversations)
      take(number, state2);
  if (number != 0)
    pending_.erase(number);
}

void device::take(uint64_t, const wire::message& x, const frame& bytes) {
  auto& to = of(x.conversation);
  if (to.order.push(x.seq, bytes.bytes(), clock()) == client::receive_order::verdict::deliver) {
    hand_over(bytes.bytes());
    hand_over_waiting(to);
  }
}

void device::hand_over(std::string_view bytes) {
  auto decoded = wire::decode_server(bytes);
  auto& x = std::get<wire::message>(decoded->body);
  auto body = std::get_if<wire::content>(&x.body);
  auto change = std::get_if<wire::event>(&x.body);
  auto mine = change && std::count(change->members.begin(), change->members.end(), user_) > 0;
  auto out =
    mine && (change->kind == wire::event_kind::left || change->kind == wire::event_kind::removed);
  if (mine && !out)
    judge_.joined(id_, x.conversation, x.seq);
  judge_.delivered(id_, x.conversation, x.seq, x.device, x.counter,
                   body ? digest_of(body->kind, body->body) : 0);
  if (out)
    judge_.left(id_, x.conversation, x.seq);
}

void device::hand_over_waiting(conversation& x) {
  while (auto next = x.order.next(clock()))
    if (!next->empty())
      hand_over(next->bytes());
}

void device::take(uint64_t request, const wire::sent& x) {
  auto what = pending_[request];
  auto& from = of(x.conversation);
  from.user.clear();
  if (!from.sends.acknowledged(what.counter))
    return;
  judge_.acknowledged(id_, x.conversation, what.counter, x.seq);
  from.order.sent(x.seq, clock());
  hand_over_waiting(from);
  flush_sends(x.conversation, from);
}

void device::take(uint64_t request, const wire::error& x) {
  if (request == login_)
    return disconnect(); // And comes back, perhaps to another node.
  refused_without_reason += x.code == ec::internal;
  auto what = pending_[request];
  if (what.counter == 0)
    return;
  auto& from = of(what.conversation);
  if (x.retryable) {
    from.sends.postponed(what.counter, clock() + std::chrono::milliseconds{x.retry_after_ms});
  } else if (from.sends.refused(what.counter)) {
    judge_.refused(id_, what.conversation, what.counter);
  }
}

void device::take(uint64_t, const wire::history_page& x) {
  auto& to = of(x.conversation);
  for (auto bytes : x.records) {
    auto decoded = wire::decode_server(bytes);
    auto& message = std::get<wire::message>(decoded->body);
    if (to.order.read(message.seq, bytes, clock()) == client::receive_order::verdict::deliver)
      hand_over(bytes);
  }
  hand_over_waiting(to);
}

void device::take(uint64_t request, const wire::conversation& x) {
  listed[x.id] = x;
  if (x.last_seq == 0)
    told.push_back({x.id, x.head, x.read, x.unread});
  if (x.kind == wire::conversation_kind::room) {
    if (x.last_seq == 0)
      rooms_.insert(x.id);
    else
      rooms_.erase(x.id);
  }
  auto& to = of(x.id);
  if (x.kind == wire::conversation_kind::direct)
    judge_.joined(id_, x.id, x.first_seq);
  // An answer says nothing of where the pushes are, but a direct chat has one stay.
  if (request == 0 || x.kind == wire::conversation_kind::direct) {
    to.order.stay_begins(x.first_seq, clock());
    hand_over_waiting(to);
  }
}

void device::acknowledge() {
  if (!logged_in_)
    return;
  wire::ack ack;
  for (auto& [id, x] : conversations_)
    if (auto seq = x.order.take_ack())
      ack.cursors.push_back({id, *seq});
  if (!ack.cursors.empty())
    node_.submit(session_, wire::encode(wire::client_frame{0, ack}));
}

} // namespace parley::simulation
