#include "tools/client/engine.hpp"

#include "actors/core/backoff.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <utility>

// From connecting to being online, and back.

namespace parley::client {

namespace {

using namespace std::chrono_literals;

/// A broken connection is tried again after this; doubles up to the maximum.
constexpr auto first_pause = 100ms;
constexpr auto longest_pause = 5s;

/// Half, because thousands lose their node in the same moment.
constexpr double pause_jitter = 0.5;

/// Logins of this client that may still be on their way when it has given up
/// waiting for them; more than these are not remembered.
constexpr unsigned most_ghosts = 4;

/// A place that the server sent us to may be one that only servers can reach.
constexpr auto home_within = 2s;

/// What fits into the frame that a server accepts before login.
constexpr size_t resume_limit = 192;

} // namespace

void engine::start() {
  if (phase_ != phase::stopped)
    return;
  tries_ = 0;
  connect();
}

void engine::stop() {
  drop_connection();
  phase_ = phase::stopped;
}

void engine::interrupt() {
  if (link_)
    lose("interrupted");
}

void engine::connect() {
  phase_ = phase::connecting;
  phase_since_ = received_at_ = std::chrono::steady_clock::now();
  wake_at(phase_since_ + patience());
  link_ =
    std::make_shared<connection>(context_, static_cast<connection::owner&>(*this), options_.tls);
  link_->open(home_ ? *home_ : next_node());
}

/// For a connection to be logged in.
std::chrono::milliseconds engine::patience() const {
  return home_ && phase_ == phase::connecting ? home_within : limits::login_within;
}

const address& engine::next_node() const {
  auto i = next_node_ % (others_.size() + options_.nodes.size());
  return i < others_.size() ? others_[i] : options_.nodes[i - others_.size()];
}

/// A server that names nobody knows of nobody: what it said before may still hold.
void engine::learn(const std::vector<std::string_view>& others) {
  std::vector<address> known;
  for (auto text : others)
    if (auto x = parse_address(text))
      known.push_back(*std::move(x));
  if (known.empty())
    return;
  others_ = std::move(known);
  next_node_ = others_.size() + options_.nodes.size() - 1; // The first, after the next failure.
}

void engine::on_connected() {
  phase_ = phase::greeting;
  ask_now(wire::hello{wire::protocol_version, options_.agent, options_.name},
          [this](const wire::server_body& body) {
            if (auto error = std::get_if<wire::error>(&body))
              return refuse(*error);
            auto welcome = std::get_if<wire::welcome>(&body);
            if (welcome == nullptr)
              return lose("no welcome");
            credit_sends_ = welcome->credit_sends;
            credit_bytes_ = welcome->credit_bytes;
            learn(welcome->nodes);
            if (follow(welcome->home))
              return;
            ping_after_ = std::chrono::seconds{std::max(welcome->ping_seconds, 1u)};
            greet();
          });
}

/// Once for each connection: two nodes may disagree on who leads.
bool engine::follow(std::string_view home) {
  auto to = parse_address(home);
  if (!to || home_ || !follows_ || !options_.log_in)
    return false;
  drop_connection();
  home_ = std::move(to);
  connect();
  return true;
}

void engine::greet() {
  if (!options_.create || !token_.empty() || device_)
    return log_in();
  auto repeated = std::exchange(registered_, true);
  ask_now(wire::register_account{options_.name, options_.password},
          [this, repeated](const wire::server_body& body) {
            if (auto error = std::get_if<wire::error>(&body))
              if (error->code != ec::name_taken || !repeated) {
                registered_ = repeated;
                return refuse(*error);
              }
            options_.create = false;
            log_in();
          });
}

void engine::log_in() {
  if (!options_.log_in) {
    phase_ = phase::online;
    tries_ = 0;
    app_.on_session({});
    return turn_soon();
  }
  wire::login body{options_.name, {}, token_, resume_cursors()};
  if (token_.empty() && !options_.jwt.empty())
    body.jwt = options_.jwt;
  else if (token_.empty())
    body.password = options_.password;
  body.kind = options_.kind;
  body.label = options_.label;
  ask_now(body, [this](const wire::server_body& answer) {
    if (auto session = std::get_if<wire::session>(&answer))
      return logged_in(*session);
    if (auto error = std::get_if<wire::error>(&answer))
      return refuse(*error);
    lose("no session");
  });
}

void engine::logged_in(const wire::session& x) {
  phase_ = phase::online;
  tries_ = 0;
  user_ = x.user;
  device_ = x.device;
  if (!x.token.empty())
    token_ = x.token;
  for (auto& [id, c] : conversations_)
    make_ready(*c);
  wake_at(received_at_ + ping_after_);
  app_.on_session(x);
  presence_forgotten();
  turn_soon();
}

void engine::ask_now(const wire::client_body& what, answer_handler done) {
  auto number = ++last_request_;
  pending how;
  how.done = std::move(done);
  how.internal = true;
  write(number, wire::encode(wire::client_frame{number, what}), std::move(how));
  link_->flush();
}

void engine::refuse(const wire::error& why) {
  if (why.retryable)
    return lose(why.text, std::chrono::milliseconds{why.retry_after_ms});
  stop();
  app_.on_refused(why);
}

/// Whoever comes back after these is closed again, or drives another device out.
static bool is_for_good(ec code) {
  return code == ec::replaced || code == ec::displaced || code == ec::revoked
         || code == ec::wrong_credentials;
}

void engine::server_closes(const wire::closing& x) {
  auto& why = x.why;
  app_.on_closing(why);
  auto by_ghost = why.code == ec::replaced && ghosts_ > 0;
  if (by_ghost)
    --ghosts_; // A login that was given up arrived late, between nodes: come back.
  else if (is_for_good(why.code))
    return refuse(why);
  farewell_ = why.text;
  learn(x.elsewhere);
  if (x.elsewhere.empty())
    come_back_after_ = std::chrono::milliseconds{why.retry_after_ms};
}

void engine::on_disconnected(const std::string& why) {
  lose(farewell_.empty() ? why : farewell_, come_back_after_);
}

void engine::lose(std::string_view why, std::chrono::milliseconds at_least) {
  std::string words{why}; // May point into the connection's frame.
  if (farewell_.empty() && ghosts_ < most_ghosts)
    ++ghosts_;
  if (std::exchange(home_, {}) && phase_ == phase::connecting)
    follows_ = false;
  else
    ++next_node_;
  drop_connection();
  if (!options_.reconnect) {
    phase_ = phase::stopped;
    return app_.on_refused(wire::make_error(ec::retry, words));
  }
  phase_ = phase::pausing;
  auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(
    backoff(first_pause, tries_++, longest_pause, pause_jitter, random_()));
  pause += at_least;
  phase_since_ = std::chrono::steady_clock::now() + pause;
  wake_at(phase_since_);
  app_.on_offline(words, pause);
}

void engine::drop_connection() {
  if (!link_)
    return;
  link_->close();
  link_.reset();
  farewell_.clear();
  come_back_after_ = {};
  for (auto& [id, c] : conversations_) {
    c->out.disconnected();
    c->in.disconnected();
    c->ready = c->ack_due = c->reading = false;
  }
  ready_.clear();
  ack_due_.clear();
  pending_bytes_ = 0;
  phase_ = phase::pausing;
  for (auto& [number, x] : std::exchange(pending_, {}))
    if (x.done && !x.internal)
      x.done(wire::make_error(ec::retry));
}

std::vector<wire::cursor> engine::resume_cursors() const {
  std::vector<const conversation*> known;
  for (auto& [id, c] : conversations_)
    if (c->in.held() > 0)
      known.push_back(c.get());
  auto count = std::min(known.size(), resume_limit);
  std::partial_sort(known.begin(), known.begin() + static_cast<ptrdiff_t>(count), known.end(),
                    [](auto a, auto b) { return a->touched > b->touched; });
  std::vector<wire::cursor> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back({known[i]->id, known[i]->in.held()});
  return result;
}

} // namespace parley::client
