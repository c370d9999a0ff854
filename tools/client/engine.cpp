#include "tools/client/engine.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tools/client/sends.hpp"

#include <asio/post.hpp>

#include <algorithm>
#include <utility>

// Sending, and looking after time.

namespace parley::client {

namespace {

/// What a send adds to its body, at most: segment table, pointers, ids.
constexpr size_t send_overhead = 192;

/// No retry is sooner than this, whatever the server advises.
constexpr auto shortest_retry = std::chrono::milliseconds{20};

time_us wall_clock() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

} // namespace

engine::engine(asio::io_context& context, options how, events& app)
    : context_(context), options_(std::move(how)), app_(app), timer_(context),
      token_(options_.token), ping_after_(limits::ping_after),
      random_(static_cast<std::minstd_rand::result_type>(random_number())) {
  if (auto name = normalize_name(options_.name)) {
    options_.name = *std::move(name);
    user_ = user_of(options_.name);
  }
  next_node_ = random_();
}

engine::~engine() {
  if (link_)
    link_->close();
}

// -- sending --------------------------------------------------------------------

sending engine::send(conversation_id to, wire::content what) {
  return enqueue(conversation_of(to), what);
}

sending engine::send_to(std::string_view user, wire::content what) {
  auto peer = normalize_name(user);
  if (!peer)
    return {ec::bad_name, {}, 0};
  auto& c = conversation_of(direct_conversation(user_, user_of(*peer)));
  if (c.in.held() == 0)
    c.peer = *std::move(peer);
  return enqueue(c, what);
}

sending engine::revise(conversation_id in, wire::revision what) {
  auto& c = conversation_of(in);
  return enqueue(c, special_send(in, std::move(what)));
}

sending engine::enqueue(conversation& c, wire::content what) {
  if (what.body.size() > limits::text_bytes || what.kind.size() > limits::kind_bytes)
    return {ec::too_large, c.id, 0};
  if (what.extra)
    return enqueue(c, special_send(c.id, std::move(what)));
  auto bytes = what.body.size() + what.kind.size();
  if (!has_place(bytes))
    return {ec::no_credit, c.id, 0};
  auto counter = c.out.push(std::string{what.kind}, std::string{what.body}, wall_clock());
  return queued(c, bytes, counter);
}

sending engine::enqueue(conversation& c, frame special) {
  auto bytes = special.size_bytes();
  if (!has_place(bytes))
    return {ec::no_credit, c.id, 0};
  return queued(c, bytes, c.out.push(std::move(special), wall_clock()));
}

bool engine::has_place(size_t bytes) const noexcept {
  return unacknowledged_ < options_.max_messages
         && unacknowledged_bytes_ + bytes <= options_.max_bytes;
}

sending engine::queued(conversation& c, size_t bytes, uint64_t counter) {
  ++unacknowledged_;
  unacknowledged_bytes_ += bytes;
  make_ready(c);
  return {ec::none, c.id, counter};
}

void engine::send_answered(conversation& c, uint64_t counter, const wire::server_body& body) {
  auto now = std::chrono::steady_clock::now();
  auto gone = [this](const std::optional<send_queue::message>& x) {
    if (x) {
      --unacknowledged_;
      unacknowledged_bytes_ -= x->bytes();
    }
    return x.has_value();
  };
  if (auto sent = std::get_if<wire::sent>(&body)) {
    c.peer.clear();
    if (sent->seq != 0)
      c.in.sent(sent->seq, now);
    if (gone(c.out.acknowledged(counter)))
      app_.on_sent({c.id, counter, sent->seq, sent->time});
    deliver_waiting(c);
  } else {
    auto unknown = wire::make_error(ec::internal, "the answer is of another kind");
    auto error = std::get_if<wire::error>(&body);
    auto& why = error == nullptr ? unknown : *error;
    if (why.retryable) {
      auto pause = std::max<std::chrono::milliseconds>(
        std::chrono::milliseconds{why.retry_after_ms}, shortest_retry);
      c.out.postponed(counter, now + pause);
      wake_at(now + pause);
      app_.on_notice(why);
    } else if (gone(c.out.refused(counter))) {
      app_.on_send_refused(c.id, counter, why);
    }
  }
  make_ready(c);
}

void engine::ask(const wire::client_body& what, answer_handler done, bool internal) {
  if (requests_.size() >= options_.max_requests)
    return done(wire::make_error(ec::no_credit));
  auto number = ++last_request_;
  auto bytes = wire::encode(wire::client_frame{number, what});
  pending how;
  how.bytes = bytes.size_bytes();
  how.done = std::move(done);
  how.internal = internal;
  requests_.push_back({number, std::move(bytes), std::move(how)});
  turn_soon();
}

void engine::make_ready(conversation& c) {
  if (c.ready || c.out.size() == c.out.in_flight() || !online())
    return;
  c.ready = true;
  ready_.push_back(&c);
  turn_soon();
}

void engine::turn_soon() {
  if (turn_scheduled_ || !online())
    return;
  turn_scheduled_ = true;
  asio::post(context_, [this, alive = std::weak_ptr<bool>{alive_}] {
    if (!alive.expired())
      turn();
  });
}

void engine::turn() {
  turn_scheduled_ = false;
  if (!online())
    return;
  send_acks();
  send_requests();
  send_messages(std::chrono::steady_clock::now());
  link_->flush();
}

void engine::send_requests() {
  while (!requests_.empty() && has_credit(requests_.front().how.bytes)) {
    auto next = std::move(requests_.front());
    requests_.pop_front();
    write(next.number, next.bytes, std::move(next.how));
  }
}

void engine::send_messages(steady_time now) {
  while (!ready_.empty()) {
    auto& c = *ready_.front();
    auto next = c.out.peek(now);
    if (next == nullptr) {
      c.ready = false;
      ready_.pop_front();
      continue;
    }
    auto bytes = next->bytes() + c.peer.size() + send_overhead;
    if (!has_credit(bytes))
      return;
    auto out = c.out.take(now);
    auto number = ++last_request_;
    write(number, request_of(number, c.id, c.peer, *out), {&c, out->counter, bytes, {}, false});
    ready_.pop_front(); // Conversations take turns.
    ready_.push_back(&c);
  }
}

void engine::send_acks() {
  wire::ack body;
  for (auto c : std::exchange(ack_due_, {})) {
    c->ack_due = false;
    if (auto seq = c->in.take_ack())
      body.cursors.push_back({c->id, *seq});
  }
  if (!body.cursors.empty())
    link_->write(wire::encode(wire::client_frame{0, std::move(body)}));
}

bool engine::has_credit(size_t bytes) const noexcept {
  if (pending_.empty())
    return true;
  return pending_.size() < credit_sends_ && pending_bytes_ + bytes <= credit_bytes_;
}

void engine::write(uint64_t number, const frame& bytes, pending how) {
  pending_bytes_ += how.bytes;
  pending_.emplace(number, std::move(how));
  link_->write(bytes);
}

// -- time -----------------------------------------------------------------------

void engine::wake_at(steady_time at) {
  if (at >= wakes_at_)
    return;
  wakes_at_ = at;
  timer_.expires_at(at);
  timer_.async_wait([this, alive = std::weak_ptr<bool>{alive_}](const asio::error_code& error) {
    if (!error && !alive.expired())
      woken();
  });
}

void engine::woken() {
  auto now = std::chrono::steady_clock::now();
  wakes_at_ = steady_time::max();
  switch (phase_) {
    case phase::stopped:
      return;
    case phase::pausing:
      return now < phase_since_ ? wake_at(phase_since_) : connect();
    case phase::connecting:
    case phase::greeting:
      if (now >= phase_since_ + patience())
        return lose("the server does not answer");
      return wake_at(phase_since_ + patience());
    case phase::online:
      break;
  }
  if (now >= received_at_ + limits::dead_after)
    return lose("the server is silent");
  if (now >= received_at_ + ping_after_ && pinged_at_ <= received_at_) {
    pinged_at_ = now;
    ask(
      wire::ping{}, [](const wire::server_body&) {}, true);
  }
  wake_at(pinged_at_ > received_at_ ? received_at_ + limits::dead_after
                                    : received_at_ + ping_after_);
  for (auto& [id, c] : conversations_)
    look_after(*c, now);
}

void engine::look_after(conversation& c, steady_time now) {
  if (auto at = c.out.wakes_at()) {
    if (*at > now)
      wake_at(*at);
    else
      make_ready(c);
  }
  if (c.in.wakes_at() && !c.reading)
    read_missing(c, now);
}

// -- conversations ----------------------------------------------------------------

engine::conversation& engine::conversation_of(conversation_id id) {
  auto& found = conversations_[id];
  if (!found) {
    found = std::make_unique<conversation>();
    found->id = id;
  }
  return *found;
}

seq_t engine::held(conversation_id id) const {
  auto found = conversations_.find(id);
  return found == conversations_.end() ? 0 : found->second->in.held();
}

} // namespace parley::client
