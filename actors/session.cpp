#include "actors/session.hpp"

#include "actors/audit.hpp"
#include "actors/carry.hpp"
#include "actors/core/request_check.hpp"
#include "actors/core/request_rights.hpp"
#include "actors/spawn.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <spdlog/spdlog.h>

namespace parley {

namespace {

/// What a welcome names, and the format of rows that nodes must have agreed on.
constexpr std::array<std::pair<std::string_view, uint16_t>, 12> features{{
  {wire::feature_revisions, record::format_with_revisions},
  {wire::feature_files, record::format_with_files},
  {wire::feature_contacts, record::format_with_contacts},
  {wire::feature_presence, record::format_with_presence},
  {wire::feature_list, record::format_with_list},
  {wire::feature_devices, record::format_with_devices},
  {wire::feature_search, record::format_with_devices},
  {wire::feature_history, record::format_with_list},
  {wire::feature_live_rooms, record::format_with_live_rooms},
  {wire::feature_retention, record::format_with_retention},
  {wire::feature_broadcasts, record::format_with_services},
  {wire::feature_notices, record::format_with_notices},
}};

/// The inbox of nobody, who reads and writes what belongs to a shard and to no user.
user_id nobody_in(shard_id shard) {
  return {uint64_t{shard.value} << 58, 1};
}

/// What the audit log calls a request that says who may come in; nothing for others.
struct audit_name {
  std::string_view operator()(const wire::register_account&) const {
    return "register";
  }

  std::string_view operator()(const wire::login& x) const {
    return !x.token.empty() ? "login-by-token" : !x.jwt.empty() ? "login-by-jwt" : "login";
  }

  std::string_view operator()(const wire::logout&) const {
    return "logout";
  }

  std::string_view operator()(const wire::change_password&) const {
    return "change-password";
  }

  std::string_view operator()(const wire::import_account&) const {
    return "import-account";
  }

  std::string_view operator()(const wire::revoke&) const {
    return "revoke-devices";
  }

  template <class T>
  std::string_view operator()(const T&) const {
    return {};
  }
};

/// Whether a password in it is compared with that of an account.
bool tries_password(const wire::client_body& x) {
  auto login = std::get_if<wire::login>(&x);
  return std::holds_alternative<wire::change_password>(x)
         || (login != nullptr && login->token.empty() && login->jwt.empty());
}

/// Of an answer.
ec outcome_of(const frame& answer) {
  auto decoded = wire::decode_server(answer);
  auto error = decoded ? std::get_if<wire::error>(&decoded->body) : nullptr;
  return error != nullptr ? error->code : ec::none;
}

constexpr core::rate guess_rate{limits::address_guess_every, limits::address_guesses};
constexpr core::rate registration_rate{limits::address_registration_every,
                                       limits::address_registrations};
constexpr core::rate told_rate{limits::address_told_every, limits::address_told};

/// The name of the user whose inbox answers; empty if the request names none, or oneself.
std::string_view subject_of(const wire::client_body& x) {
  auto names_one = wire::is_any<wire::import_account, wire::register_account, wire::login,
                                wire::ask_profile, wire::read_online_times>(x);
  if (!names_one)
    return {};
  return std::visit(
    [](const auto& y) -> std::string_view {
      if constexpr (requires { y.name; })
        return y.name;
      return {};
    },
    x);
}

} // namespace

void session_state::start(caf::io::connection_handle connection, directory_ptr directory,
                          size_t thread) {
  connection_ = connection;
  dir_ = std::move(directory);
  ++dir_->connections;
  opened_at_ = heard_at_ = now_of(self).steady;
  visitor_ = dir_->visitors.come(self->remote_addr(connection_), opened_at_);
  who_ = std::make_shared<const origin>(origin{dir_->next_session(thread), {}, {}, {}, {}});
  self->configure_read(connection_, caf::io::receive_policy::at_most(limits::session_read_bytes));
  book().open(who_->session, session_actor{self}, this);
  if (book().draining())
    self->send(self, drain{}); // Accepted just before.
  if (visitor_ == nullptr) {
    ++on_their_way_;
    self->send(self, parcel{who_->session, {}, {}, ec::too_many_connections});
  }
}

session_state::~session_state() {
  if (!dir_)
    return;
  book().close(who_->session);
  if (visitor_ != nullptr)
    dir_->visitors.leave(*visitor_, heard_at_);
}

session_book& session_state::book() const {
  return dir_->io_threads[dir_->thread_of(who_->session)].sessions;
}

// -- input ------------------------------------------------------------------------

void session_state::receive(const caf::io::new_data_msg& x) {
  if (phase_ == phase::closing || visitor_ == nullptr)
    return;
  heard_at_ = now_of(self).steady;
  pinged_ = false;
  input_.feed({x.buf.data(), x.buf.size()});
  work_through();
}

void session_state::work_through() {
  while (phase_ != phase::logging_in && phase_ != phase::closing) {
    auto bytes = input_.next();
    if (!bytes)
      break;
    auto decoded = wire::decode_client(*bytes);
    if (!decoded) {
      say_goodbye(ec::malformed, false);
      break;
    }
    take({decoded->request, std::move(decoded->body), *std::move(bytes)});
  }
  if (phase_ != phase::closing && input_.error() != ec::none)
    say_goodbye(input_.error(), false);
  if (phase_ == phase::logging_in && input_.buffered() > limits::anonymous_frame_bytes)
    say_goodbye(ec::too_large, false);
  send_out();
}

void session_state::take(request&& x) {
  if (auto greeting = std::get_if<wire::hello>(&x.body)) {
    if (auto code = core::check_request(x.body); code != ec::none) {
      refuse(x.number, code);
      return say_goodbye(code, false);
    }
    if (phase_ == phase::fresh)
      phase_ = phase::greeted;
    auto name = normalize_name(greeting->user);
    user_ = name ? user_of(*name) : user_id{};
    return welcome(x.number);
  }
  if (phase_ == phase::fresh) {
    refuse(x.number, ec::hello_first);
    return say_goodbye(ec::hello_first, false);
  }
  if (std::holds_alternative<wire::ping>(x.body))
    return answer(x.number, wire::pong{});
  if (std::holds_alternative<wire::pong>(x.body))
    return;
  if (auto code = check(x); code != ec::none)
    return refuse(x.number, code);
  if (auto needed = core::needed_format(x.body); needed > dir_->agreed_format)
    return refuse(x.number, dir_->possible_format >= needed ? ec::retry : ec::unsupported);
  watch(x);
  if (auto code = admit(x.body); code != ec::none)
    return refuse(x.number, code);
  route(std::move(x));
}

void session_state::welcome(uint64_t number) {
  doors_told_ = dir_->peers.doors_changes();
  auto doors = dir_->other_doors(user_, who_->session);
  auto home = dir_->home_of(user_);
  std::vector<std::string_view> known;
  auto off = [this](std::string_view name) {
    return (name == wire::feature_search && !dir_->search)
           || (name == wire::feature_notices && !dir_->notices);
  };
  for (auto& [name, format] : features)
    if (format <= dir_->agreed_format && !off(name))
      known.push_back(name);
  answer(number, wire::welcome{wire::protocol_version,
                               "parleyd",
                               limits::frame_bytes,
                               limits::text_bytes,
                               limits::credit_sends,
                               limits::credit_bytes,
                               limits::ping_after.count(),
                               {doors.begin(), doors.end()},
                               home,
                               known});
}

ec session_state::check(const request& x) const {
  if (std::holds_alternative<wire::unknown>(x.body))
    return ec::unsupported;
  auto whose = core::right_to(x.body);
  if (whose > core::right::stranger && phase_ != phase::logged_in)
    return ec::login_first;
  if (whose == core::right::stranger && phase_ == phase::logged_in)
    return ec::forbidden;
  auto registers = std::holds_alternative<wire::register_account>(x.body);
  if (registers && !dir_->jwt.algorithm.empty())
    return ec::forbidden; // Names are given by somebody else.
  if (x.number == 0 && !std::holds_alternative<wire::ack>(x.body))
    return ec::malformed;
  return core::check_request(x.body);
}

session_state::address session_state::address_of(const request& x) {
  if (auto body = std::get_if<wire::send>(&x.body)) {
    if (body->user.empty())
      return body->conversation;
    return direct_with(body->user);
  }
  if (auto body = std::get_if<wire::change_contact>(&x.body);
      body != nullptr && body->what != wire::contact_change::remark)
    return direct_conversation(who_->user, user_of(*normalize_name(body->name)));
  if (auto body = std::get_if<wire::create_room>(&x.body))
    return room_conversation(who_->user, who_->device, body->nonce);
  if (std::holds_alternative<wire::broadcast>(x.body))
    return room_conversation(who_->user, {}, 0); // No device makes a room without an id of its own.
  if (auto body = std::get_if<wire::read_notices>(&x.body))
    return nobody_in({body->shard});
  if (auto body = std::get_if<wire::confirm_notices>(&x.body); body && !body->notices.empty())
    return nobody_in(shard_of(body->notices.front().user));
  if (auto name = subject_of(x.body); !name.empty())
    return user_of(*normalize_name(name));
  if (auto named = wire::conversation_of(x.body))
    return *named;
  return who_->user;
}

/// Two hashes, and most messages go where the one before went.
conversation_id session_state::direct_with(std::string_view name) {
  if (name != last_peer_) {
    last_to_ = direct_conversation(who_->user, user_of(*normalize_name(name)));
    last_peer_ = name;
  }
  return last_to_;
}

void session_state::route(request&& x) {
  auto to = address_of(x);
  auto shard = std::visit([](auto id) { return shard_of(id); }, to);
  if (!std::holds_alternative<wire::ack>(x.body) && !take_credit(x, shard))
    return refuse(x.number, ec::no_credit);
  if (std::holds_alternative<wire::login>(x.body))
    phase_ = phase::logging_in; // What follows waits for the answer.
  if (auto room = std::get_if<conversation_id>(&to))
    post(to_rooms_, *room, std::move(x));
  else
    post(to_inboxes_, std::get<user_id>(to), std::move(x));
}

template <class Mail, class Id>
void session_state::post(std::vector<Mail>& out, Id to, request&& x) {
  if (out.empty() || out.back().to != to || !std::holds_alternative<requests>(out.back().what))
    out.push_back({to, requests{who_, {}}});
  std::get<requests>(out.back().what).items.push_back(std::move(x));
}

void session_state::send_out() {
  actions out;
  out.rooms = std::exchange(to_rooms_, {});
  out.inboxes = std::exchange(to_inboxes_, {});
  carry(self, *dir_, {who_->session.value}, std::move(out));
}

// -- credit -----------------------------------------------------------------------

bool session_state::take_credit(const request& x, shard_id shard) {
  auto bytes = core::wants_page(x.body) ? limits::page_bytes : x.bytes.size_bytes();
  auto piece = core::moves_piece(x.body);
  auto full =
    unanswered_.size() >= limits::credit_sends
    || (!unanswered_.empty() && credit_used_ + bytes > limits::credit_bytes)
    || dir_->credit_used.load() > static_cast<int64_t>(limits::node_credit_bytes)
    || (piece && dir_->pieces_used.load() > static_cast<int64_t>(limits::node_piece_bytes));
  if (full)
    return false;
  unanswered_.push_back({x.number, static_cast<uint32_t>(bytes), shard, piece, heard_at_});
  if (piece)
    dir_->pieces_used += static_cast<int64_t>(bytes);
  credit_used_ += bytes;
  dir_->credit_used += static_cast<int64_t>(bytes);
  ++dir_->requests_unanswered;
  return true;
}

bool session_state::give_back(uint64_t number) {
  auto at = std::find_if(unanswered_.begin(), unanswered_.end(),
                         [number](const unanswered& x) { return x.number == number; });
  if (at == unanswered_.end())
    return false;
  credit_used_ -= at->bytes;
  dir_->credit_used -= at->bytes;
  --dir_->requests_unanswered;
  if (at->piece)
    dir_->pieces_used -= at->bytes;
  unanswered_.erase(at);
  return true;
}

// -- rates and the audit log --------------------------------------------------------

ec session_state::admit(const wire::client_body& x) {
  auto& from = visitor_->second;
  if (from.bounded) {
    if (tries_password(x) && !from.passwords.take(guess_rate, heard_at_))
      return ec::too_many_attempts;
    if (std::holds_alternative<wire::register_account>(x)
        && !from.registrations.take(registration_rate, heard_at_))
      return ec::too_many_attempts;
  }
  auto& rates = dir_->user_rates;
  auto bounded = rates.bounded() && phase_ == phase::logged_in && who_->role == record::role::person
                 && !std::holds_alternative<wire::ack>(x);
  if (!bounded)
    return ec::none;
  if (!rate_)
    rate_ = rates.of(who_->user, heard_at_);
  return rate_->take(rates.rule(), heard_at_) ? ec::none : ec::too_fast;
}

void session_state::watch(const request& x) {
  auto what = std::visit(audit_name{}, x.body);
  if (what.empty())
    return;
  auto subject = subject_of(x.body);
  auto user = subject.empty() ? who_->name : *normalize_name(subject);
  audited_.push_back({x.number, what, std::move(user), tries_password(x.body)});
}

void session_state::note(uint64_t number, ec outcome) {
  auto at = std::find_if(audited_.begin(), audited_.end(),
                         [number](const audited& x) { return x.number == number; });
  if (at == audited_.end())
    return;
  auto& from = visitor_->second;
  auto attempted = outcome == ec::wrong_credentials || outcome == ec::too_many_attempts;
  if (from.bounded && at->password && !attempted)
    from.passwords.give_back(guess_rate);
  auto not_now = retry_after(outcome) && outcome != ec::too_many_attempts;
  auto comes_back = outcome == ec::none && at->what == "login-by-token";
  auto comes_in = outcome == ec::none && (at->what == "login" || at->what == "register");
  auto tells = !not_now && !comes_back && (comes_in || from.told.take(told_rate, heard_at_));
  if (tells)
    audit("event={} user={} by={} from={} session={} outcome={}", at->what, at->user,
          who_->name.empty() ? "-" : who_->name, self->remote_addr(connection_),
          who_->session.value, outcome == ec::none ? "done" : name_of(outcome));
  audited_.erase(at);
}

// -- output -----------------------------------------------------------------------

bool session_state::take(parcel& x) {
  auto only_writes = phase_ == phase::logged_in && on_their_way_ == 0 && !x.login && !x.ended
                     && x.close == ec::none
                     && self->wr_buf(connection_).size() <= limits::session_queue_bytes;
  if (only_writes)
    write(x);
  else
    ++on_their_way_;
  return only_writes;
}

void session_state::deliver(parcel& x) {
  --on_their_way_;
  if (phase_ == phase::closing)
    return;
  write(x);
  if (phase_ == phase::logging_in && unanswered_.empty()) {
    phase_ = phase::greeted; // Refused: may try again.
  }
  if (x.ended && phase_ != phase::logged_in)
    return say_goodbye(ec::retry, true); // Nobody answers the login.
  inbox_ended_ = inbox_ended_ || x.ended;
  if (x.close != ec::none)
    return say_goodbye(x.close, true);
  if (self->wr_buf(connection_).size() > limits::session_queue_bytes)
    return say_goodbye(ec::unresponsive, false);
  if (input_.buffered() > 0)
    work_through();
}

void session_state::enter(origin_ptr who) {
  who_ = std::move(who);
  phase_ = phase::logged_in;
  input_.limit(limits::frame_bytes);
}

void session_state::answer(uint64_t number, wire::server_body body) {
  write(wire::encode(wire::server_frame{number, std::move(body)}));
  self->flush(connection_);
}

void session_state::refuse(uint64_t number, ec code) {
  note(number, code);
  answer(number, wire::make_error(code));
}

void session_state::write(const frame& bytes) {
  auto view = bytes.bytes();
  self->write(connection_, view.size(), view.data());
}

/// Whether the client is too slow to be shown this; then it is counted.
bool session_state::drop(const frame& live) {
  if (self->wr_buf(connection_).size() <= limits::live_queue_bytes) {
    tell_dropped();
    return false;
  }
  auto shown = wire::decode_server(live);
  wire::dropped lost;
  if (auto message = shown ? std::get_if<wire::live_message>(&shown->body) : nullptr)
    lost = {message->what.conversation, 1};
  else if (auto by_room = shown ? std::get_if<wire::dropped>(&shown->body) : nullptr)
    lost = *by_room;
  else
    return true; // Another node's, and malformed.
  auto known = std::find_if(dropped_.begin(), dropped_.end(), [&lost](const wire::dropped& x) {
    return x.conversation == lost.conversation;
  });
  if (known == dropped_.end())
    dropped_.push_back(lost);
  else
    known->count += lost.count;
  return true;
}

void session_state::tell_dropped() {
  for (auto& x : std::exchange(dropped_, {}))
    answer(0, x);
}

void session_state::write(parcel& x) {
  auto& out = self->wr_buf(connection_);
  for (auto& item : x.frames) {
    auto wanted = item.request == 0 ? phase_ == phase::logged_in : give_back(item.request);
    if (!wanted || (x.live && drop(item.bytes)))
      continue;
    if (item.request != 0 && x.login)
      enter(std::move(x.login));
    if (item.request != 0 && !audited_.empty())
      note(item.request, outcome_of(item.bytes));
    auto view = item.bytes.bytes();
    out.insert(out.end(), view.begin(), view.end());
  }
  self->flush(connection_);
}

// -- time and the end -------------------------------------------------------------

void session_state::look_after() {
  auto now = now_of(self).steady;
  if (phase_ == phase::closing)
    return;
  if (now >= heard_at_ + limits::dead_after)
    return say_goodbye(ec::idle, false);
  if (phase_ != phase::logged_in && now >= opened_at_ + limits::login_within)
    return say_goodbye(ec::idle, false);
  auto silent = now >= heard_at_ + limits::ping_after && !std::exchange(pinged_, true);
  if (silent)
    answer(0, wire::ping{});
  auto doubtful = std::exchange(inbox_ended_, false) || silent;
  if (doubtful && phase_ == phase::logged_in)
    to_inboxes_.push_back({who_->user, pulse{who_}});
  if (self->wr_buf(connection_).size() <= limits::live_queue_bytes)
    tell_dropped();
  if (phase_ == phase::logged_in && doors_told_ != dir_->peers.doors_changes())
    welcome(0);
  // What a crashed actor took with it.
  give_up([now](const unanswered& x) { return now >= x.asked_at + limits::answer_within; });
  send_out();
}

void session_state::doubt(const unsure& x) {
  if (phase_ == phase::closing)
    return;
  give_up([&x](const unanswered& y) { return x.concerns(y.shard); });
  if (phase_ == phase::logged_in && x.concerns(shard_of(who_->user)))
    to_inboxes_.push_back({who_->user, pulse{who_}});
  send_out();
}

template <class Lost>
void session_state::give_up(Lost lost) {
  std::vector<uint64_t> numbers;
  for (auto& x : unanswered_)
    if (lost(x))
      numbers.push_back(x.number);
  for (auto number : numbers) {
    give_back(number);
    refuse(number, ec::retry); // Should an answer still come, it is dropped.
  }
  if (phase_ == phase::logging_in && unanswered_.empty())
    phase_ = phase::greeted;
}

void session_state::say_goodbye(ec why, bool expected) {
  if (phase_ == phase::closing)
    return;
  if (!expected)
    spdlog::info("event=session-closed session={} user={} reason={}", who_->session.value,
                 who_->name.empty() ? "-" : who_->name, name_of(why));
  std::vector<std::string> doors;
  if (why == ec::stopping)
    doors = dir_->other_doors(user_, who_->session);
  answer(0, wire::closing{wire::make_error(why), {doors.begin(), doors.end()}});
  phase_ = phase::closing;
  self->close(connection_);
  closed(); // Who closes is not told that it is closed.
}

void session_state::closed() {
  who_->end.leave();
  --dir_->connections;
  dir_->credit_used -= static_cast<int64_t>(credit_used_);
  dir_->requests_unanswered -= unanswered_.size();
  for (auto& x : unanswered_)
    if (x.piece)
      dir_->pieces_used -= x.bytes;
  actions out;
  if (who_->user)
    out.inboxes.push_back({who_->user, detach{who_->session}});
  carry(self, *dir_, {who_->session.value}, std::move(out));
  self->quit();
}

session_actor::behavior_type session(session_actor::stateful_broker_pointer<session_state> self,
                                     caf::io::connection_handle connection, directory_ptr dir,
                                     size_t thread) {
  self->state.start(connection, std::move(dir), thread);
  return {
    [self](const caf::io::new_data_msg& x) { self->state.receive(x); },
    [self](const caf::io::connection_closed_msg&) { self->state.closed(); },
    [self](parcel& x) { self->state.deliver(x); },
    [self](tick) { self->state.look_after(); },
    [self](const unsure& x) { self->state.doubt(x); },
    [self](drain) { self->state.say_goodbye(ec::stopping, true); },
  };
}

void fork_session(listener_actor::broker_pointer parent, caf::io::connection_handle connection,
                  directory_ptr dir, size_t thread) {
  parent->fork(session, connection, dir, thread); // CAF 0.17.6 forwards twice: never move into it.
}

} // namespace parley
