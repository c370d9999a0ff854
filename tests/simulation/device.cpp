#include "tests/simulation/device.hpp"

#include "schema/body_digest.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "tools/client/sends.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace parley::simulation {

namespace {

checker::change change_of(uint64_t kind) {
  return kind < 4    ? checker::change::edit
         : kind == 4 ? checker::change::recall
                     : checker::change::reaction;
}

/// What a message is by now; empty if it is none, or hidden.
std::optional<checker::version> version_of(const wire::message& x) {
  if (auto content = std::get_if<wire::content>(&x.body))
    return checker::version{0, false, digest_of(*content)};
  if (auto now = std::get_if<wire::revised>(&x.body))
    return checker::version{now->edited, false, digest_of(now->content)};
  auto grave = std::get_if<wire::tombstone>(&x.body);
  if (grave != nullptr && grave->why == wire::tombstone_kind::recalled)
    return checker::version{grave->by, true};
  return std::nullopt;
}

} // namespace

device::device(server& node, checker::checker& judge, std::string user, device_id id,
               std::string token)
    : node_(node), judge_(judge), user_(std::move(user)), id_(id), token_(std::move(token)) {
  judge_.belongs(id_, user_of(user_));
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
    judge_.connected(id_);
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
  of(id).user = peer;
  enqueue(id, std::move(text));
}

void device::send_to(conversation_id id, std::string text) {
  enqueue(id, std::move(text));
}

/// Some answer a message or mention somebody.
void device::enqueue(conversation_id id, std::string text) {
  auto& x = of(id);
  wire::content what{{}, text};
  auto answered = x.shown.some(text.size());
  uint64_t counter = 0;
  if (text.back() == '7' && answered != 0) {
    what.extra =
      std::make_shared<const wire::content_extra>(wire::content_extra{{}, answered, {"user1"}, {}});
    counter = x.sends.push(client::special_send(id, what), node_.now().count());
  } else {
    counter = x.sends.push({}, text, node_.now().count());
  }
  judge_.invoked(id_, id, counter, digest_of(what));
  x.own[counter] =
    wire::encode_answer(0, wire::message{id, 0, 0, 0, user_of(user_), user_, id_, counter, what});
  flush_sends(id, x);
}

/// Without greetings: nobody would know who sent them. Blocks are lifted more often than made.
void device::meet(const std::string& other, uint64_t n) {
  using how = wire::contact_change;
  constexpr how all[] = {how::request, how::request, how::accept,  how::accept,  how::withdraw,
                         how::reject,  how::remove,  how::unblock, how::unblock, how::block};
  if (logged_in_)
    say(wire::change_contact{other, all[n % std::size(all)]});
}

void device::revise_some(uint64_t n) {
  if (conversations_.empty())
    return;
  auto at = std::next(conversations_.begin(), static_cast<ptrdiff_t>(n % conversations_.size()));
  auto& [id, x] = *at;
  n /= conversations_.size();
  auto kind = n % 10;
  n /= 10;
  auto target = kind < 5 ? x.shown.some_of(user_of(user_), n) : x.shown.some(n);
  if (target == 0)
    return;
  if (kind == 9) {
    if (logged_in_)
      say(wire::hide{id, {target}}, {id, 0, false, {target}});
    return;
  }
  auto text = "edit " + std::to_string(n);
  wire::revision what{target, wire::revision_kind::edit, {{}, text}};
  if (kind == 4)
    what = {target, wire::revision_kind::recall};
  else if (kind > 4)
    what = {target,
            kind < 8 ? wire::revision_kind::react : wire::revision_kind::unreact,
            {},
            n % 2 == 0 ? "+1" : "-1"};
  auto counter = x.sends.push(client::special_send(id, what), node_.now().count());
  judge_.revises(id_, id, counter, digest_of(what),
                 {target, change_of(kind), digest_of(what.content)});
  x.own[counter] =
    wire::encode_answer(0, wire::message{id, 0, 0, 0, user_of(user_), user_, id_, counter, what});
  flush_sends(id, x);
}

void device::flush_sends(conversation_id id, conversation& x) {
  if (!logged_in_)
    return;
  while (auto next = x.sends.take(clock())) {
    auto number = ++requests_;
    pending_[number] = {id, next->counter};
    auto to = x.user.empty() ? id : conversation_id{};
    node_.submit(session_, client::request_of(number, to, x.user, *next));
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
    read_to(id, held(id));
}

void device::read_some(uint64_t n) {
  if (!logged_in_ || conversations_.empty())
    return;
  auto at = std::next(conversations_.begin(), static_cast<ptrdiff_t>(n % conversations_.size()));
  if (auto last = held(at->first); last > 0)
    read_to(at->first, 1 + n / conversations_.size() % last);
}

void device::read_to(conversation_id id, seq_t seq) {
  judge_.reads(id_, id, seq);
  say(wire::read{{id, seq}}, {.conversation = id, .reads = seq});
}

void device::ask_list() {
  say(wire::list_conversations{});
}

void device::ask_members() {
  for (auto& [id, state] : listed)
    if (logged_in_ && state.last_seq == 0)
      say(wire::list_members{id, {}, 0}, {id});
}

void device::audit() {
  for (auto& [id, x] : conversations_)
    if (!x.was_away && held(id) != 0) {
      audits_.insert(id);
      ask_audit(id, 1);
    }
}

void device::ask_audit(conversation_id id, seq_t from) {
  if (logged_in_)
    say(wire::read_history{id, from, 0, 0}, {id, 0, true});
}

std::string device::disagreements() const {
  auto words = disagreements_;
  for (auto id : audits_)
    words += user_ + " does not get the history of " + std::to_string(id.high >> 58) + "\n";
  return words;
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
  else if (auto hidden = std::get_if<wire::hidden>(&decoded->body))
    for (auto seq : hidden->seqs)
      of(hidden->conversation).shown.hide(seq);
  else if (auto done = std::get_if<wire::done>(&decoded->body))
    take(number, *done);
  else if (auto receipt = std::get_if<wire::receipt>(&decoded->body))
    take(*receipt);
  else if (auto members = std::get_if<wire::members_page>(&decoded->body))
    take(number, *members);
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
  auto& to = of(x.conversation);
  to.shown.add(x);
  auto change = std::get_if<wire::event>(&x.body);
  auto mine = change && std::count(change->members.begin(), change->members.end(), user_) > 0;
  auto out =
    mine && (change->kind == wire::event_kind::left || change->kind == wire::event_kind::removed);
  auto in = change && change->kind <= wire::event_kind::joined;
  if (mine && in)
    judge_.joined(id_, x.conversation, x.seq);
  uint64_t digest = checker::no_body;
  if (auto body = std::get_if<wire::content>(&x.body))
    digest = digest_of(*body);
  else if (auto what = std::get_if<wire::revision>(&x.body))
    digest = digest_of(*what);
  else if (change)
    digest = 0;
  judge_.delivered(id_, x.conversation, x.seq, x.device, x.counter, digest);
  if (auto now = version_of(x); now && now->by != 0)
    judge_.shown(id_, x.conversation, x.seq, *now);
  if (out) {
    to.was_away = true;
    judge_.left(id_, x.conversation, x.seq);
  }
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
  if (auto own = from.own.extract(what.counter); !own.empty()) {
    auto stored = wire::decode_server(own.mapped());
    auto& message = std::get<wire::message>(stored->body);
    message.seq = x.seq;
    from.shown.add(message, true);
  }
  from.order.sent(x.seq, clock());
  hand_over_waiting(from);
  flush_sends(x.conversation, from);
}

void device::take(uint64_t request, const wire::error& x) {
  if (request == login_)
    return disconnect(); // And comes back, perhaps to another node.
  refused_without_reason += x.code == ec::internal;
  auto what = pending_[request];
  if (what.audit && x.retryable)
    ask_audit(what.conversation, 1);
  if (what.counter == 0)
    return;
  auto& from = of(what.conversation);
  if (x.retryable) {
    from.sends.postponed(what.counter, clock() + std::chrono::milliseconds{x.retry_after_ms});
  } else if (from.sends.refused(what.counter)) {
    judge_.refused(id_, what.conversation, what.counter);
  }
}

void device::take(uint64_t request, const wire::done&) {
  for (auto seq : pending_[request].hides)
    of(pending_[request].conversation).shown.hide(seq);
}

void device::compare(const wire::history_page& x) {
  auto& known = of(x.conversation).shown;
  seq_t last = 0;
  for (auto bytes : x.records) {
    auto decoded = wire::decode_server(bytes);
    auto& message = std::get<wire::message>(decoded->body);
    last = message.seq;
    if (auto now = version_of(message))
      judge_.shown(id_, x.conversation, message.seq, *now);
    if (auto why = known.compare(message); !why.empty())
      disagreements_ += user_ + ": " + why;
  }
  if (x.more)
    ask_audit(x.conversation, last + 1);
  else
    audits_.erase(x.conversation);
}

void device::take(uint64_t request, const wire::history_page& x) {
  if (pending_[request].audit)
    return compare(x);
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
  if (auto asked = pending_.find(request); asked != pending_.end() && asked->second.reads != 0)
    judge_.has_read(id_, x.id, asked->second.reads);
  if (x.last_seq == 0)
    judge_.counted(id_, x.id, x.head, x.read, x.unread);
  if (x.kind == wire::conversation_kind::room) {
    if (x.last_seq == 0)
      rooms_.insert(x.id);
    else
      rooms_.erase(x.id);
    if (x.last_seq != 0)
      of(x.id).was_away = true;
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

/// What the other members have got and read; of oneself only one's reads are there.
void device::take(uint64_t request, const wire::members_page& x) {
  for (auto& member : x.members)
    if (member.name != user_)
      take(
        wire::receipt{pending_[request].conversation, member.user, member.delivered, member.read});
}

/// As clients are told to: after the crash of a room it may say less than before.
void device::take(const wire::receipt& x) {
  auto& most = receipts_[{x.conversation, x.user}];
  most.delivered = std::max(most.delivered, x.delivered);
  most.read = std::max(most.read, x.read);
  judge_.receipt(id_, x.conversation, x.user, most.delivered, most.read);
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
