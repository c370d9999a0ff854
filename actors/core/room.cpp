#include "actors/core/room.hpp"

#include "actors/core/retention.hpp"
#include "actors/core/visibility.hpp"
#include "schema/body_digest.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "schema/message_row.hpp"

#include <algorithm>

namespace parley::core {

namespace {

constexpr uint64_t start_token = 0;

} // namespace

room::room(conversation_id id, writer_id writer, uint64_t epoch)
    : id_(id), writer_(writer), epoch_(epoch) {
  // nop
}

// -- events -------------------------------------------------------------------------

void room::start(moment now, actions& out) {
  last_used_ = now.steady;
  load what{shard_of(id_), start_token, {}};
  what.queries.push_back({keys::with_prefix(keys::conversation(id_))});
  what.queries.push_back({keys::members(id_)});
  what.queries.push_back({.range = keys::messages(id_, 0, UINT64_MAX), .last = true});
  what.queries.push_back({keys::outbox(id_)});
  what.queries.push_back({keys::outsiders(id_)});
  what.queries.push_back({keys::with_prefix(keys::reclaimed(id_))});
  out.loads.push_back(std::move(what));
}

void room::step(room_event event, moment now, actions& out) {
  now_ = now;
  out_ = &out;
  std::visit([this](auto& x) { on(std::move(x)); }, event);
}

void room::step(const committed& event, moment now, actions& out) {
  now_ = now;
  out_ = &out;
  untold news;
  while (!in_flight_.empty() && in_flight_.front().number <= event.upto) {
    release(in_flight_.front(), news);
    in_flight_.pop_front();
  }
  publish(news);
  if (event.code != ec::none)
    return fail(event.code);
  expect_old();
  reclaim();
  run();
}

void room::step(rows event, moment now, actions& out) {
  now_ = now;
  out_ = &out;
  if (failed())
    return;
  if (event.code != ec::none) {
    fail(event.code);
    return;
  }
  if (auto page = pages_.extract(event.token); !page.empty()) {
    page.mapped().then(event);
    return flush();
  }
  if (auto facts = facts_.extract(event.token); !facts.empty()) {
    facts.mapped()(event);
    return run();
  }
  if (auto found = look_ups_.extract(event.token); !found.empty()) {
    found.mapped()(event);
    return run();
  }
  if (event.token == start_token) {
    for (auto& x : event.results[0])
      conversation_ = record::decode<record::conversation>(x.value.bytes());
    if (conversation_)
      pair_ = pair{conversation_->pair};
    if (conversation_ && conversation_->created == 0)
      conversation_.reset();
    for (auto& x : event.results[1])
      if (auto member = record::decode<record::member>(x.value.bytes())) {
        member_count_ += member->left == 0;
        members_.emplace(keys::user_at_end(x.key.bytes()), *std::move(member));
      }
    for (auto& x : event.results[4])
      if (auto outsider = record::decode<record::outsider>(x.value.bytes()))
        outsiders_.emplace(keys::user_at_end(x.key.bytes()), *std::move(outsider));
    for (auto& x : event.results[2])
      if (auto last = wire::decode_server(x.value)) {
        auto& message = std::get<wire::message>(last->body);
        if (std::holds_alternative<wire::content>(message.body))
          last_content_ = {message.seq, message.ordinal, message.time, message.sender,
                           std::string{message.sender_name}};
        head_ = committed_head_ = message.seq;
        ordinal_ = message.ordinal;
        last_time_ = message.time;
      }
    for (auto& x : event.results[5])
      if (auto counter = record::decode<record::counter>(x.value.bytes()))
        reclaimed_ = counter->value;
    loaded_ = true;
    for (auto& [user, x] : std::exchange(early_, {}))
      on(x);
    for (auto& [user, x] : std::exchange(early_receipts_, {}))
      on(x);
    for (auto& x : event.results[3])
      if (auto row = record::decode<record::outbox>(x.value.bytes())) {
        if (!row->absence.users.empty())
          absences_ = std::max(absences_, row->version); // The clock may have gone back.
        out.tell_courier(shard_of(id_), outbox_added{*std::move(row), {}, 0});
      }
    // What an earlier life stored and did not tell any more is noticed.
    for (auto user : subscribers_)
      out_->inboxes.push_back({user, head{id_, head_, ordinal_, last_time_}});
    look_for_old();
  } else if (asked_sender_) {
    auto& known = senders_[*asked_sender_];
    std::vector<record::client_id> ring;
    for (auto& x : event.results[0])
      for (auto& result : record::decode_client_ids(x.value.bytes()))
        ring.push_back(result);
    std::sort(ring.begin(), ring.end(),
              [](const auto& a, const auto& b) { return a.index < b.index; });
    for (auto& result : ring)
      known.ids.add(result);
    known.last_used = now.steady;
    asked_sender_.reset();
    forget_oldest(senders_, limits::client_id_devices);
  }
  asked_at_ = never;
  run();
}

void room::on(requests&& x) {
  last_used_ = now_.steady;
  for (auto& item : x.items) {
    waiting_request waiting{x.from, std::move(item)};
    if (failed())
      refuse(waiting, failure_);
    else if (backlog_.size() >= limits::backlog)
      refuse(waiting, ec::overloaded);
    else
      backlog_.push_back(std::move(waiting));
  }
  run();
}

void room::on(const subscribe& x) {
  noted_.erase(x.user);
  if (!loaded_) {
    early_.insert_or_assign(x.user, x);
    return;
  }
  auto member = current_member(x.user);
  if (member == nullptr || member->joined != x.joined)
    return;
  auto at = std::lower_bound(subscribers_.begin(), subscribers_.end(), x.user);
  if (at == subscribers_.end() || *at != x.user)
    subscribers_.insert(at, x.user);
}

void room::on(const unsubscribe& x) {
  early_.erase(x.user);
  if (std::erase(subscribers_, x.user) == 0)
    return;
  note_parting(x.user);
  flush();
}

void room::on(const receipt& x) {
  if (!loaded_) {
    auto& latest = early_receipts_.try_emplace(x.user, x).first->second;
    latest.delivered = std::max(latest.delivered, x.delivered);
    latest.read = std::max(latest.read, x.read);
    return;
  }
  auto moved = merge(x);
  if (moved == nullptr || member_count_ > limits::receipt_members)
    return;
  wire::receipt news{id_, x.user, moved->delivered, moved->read};
  tell_subscribers(show{wire::encode_answer(0, news)}, x.user); // Who knows it already.
}

const record::member* room::merge(const receipt& x) {
  auto at = members_.find(x.user);
  if (at == members_.end() || at->second.left != 0)
    return nullptr;
  auto& member = at->second;
  auto delivered = std::max(member.delivered, std::min(x.delivered, committed_head_));
  auto read = std::max(member.read, std::min(x.read, committed_head_));
  if (delivered == member.delivered && read == member.read)
    return nullptr;
  member.delivered = delivered;
  member.read = read;
  dirty_members_.insert(x.user);
  if (write_receipts_at_ == never)
    write_receipts_at_ = now_.steady + limits::cursor_write_after;
  return &member;
}

void room::on(const user_checked& x) {
  if (asked_users_.erase(x.user) == 0)
    return;
  checked_[x.user] = x;
  run();
}

void room::on(const tick&) {
  if (failed())
    return;
  if (now_.steady >= write_receipts_at_) {
    write_receipts();
    flush();
  }
  if (now_.steady >= tell_dropped_at_)
    tell_dropped();
  if (loaded_ && now_.steady >= look_for_old_at_) {
    look_for_old();
    run();
  }
  auto asks = !asked_users_.empty() || !asked_files_.empty();
  if (loaded_ && asks && now_.steady >= asked_at_ + limits::ask_again_after) {
    asked_at_ = now_.steady;
    ask_for_files();
    for (auto user : asked_users_)
      out_->inboxes.push_back({user, check_user{id_}});
  }
}

std::chrono::microseconds room::next_deadline() const {
  auto next =
    std::min({write_receipts_at_, tell_dropped_at_, look_for_old_at_, last_used_ + patience()});
  if (!asked_users_.empty() || !asked_files_.empty())
    next = std::min(next, asked_at_ + limits::ask_again_after);
  return next;
}

bool room::idle(moment now) const {
  return loaded_ && backlog_.empty() && in_flight_.empty() && pages_.empty() && look_ups_.empty()
         && !owes_reclaiming() && dirty_members_.empty() && now.steady >= last_used_ + patience();
}

/// One that nobody who is online is in need not stay awake.
std::chrono::microseconds room::patience() const {
  if (conversation_ && !subscribers_.empty())
    return limits::room_idle;
  return limits::inbox_idle;
}

// -- facts --------------------------------------------------------------------------

void room::run() {
  while (loaded_ && looked_ && !failed() && !backlog_.empty()
         && in_flight_.size() < limits::appends_in_flight && facts_known(backlog_.front())) {
    auto next = std::move(backlog_.front());
    backlog_.pop_front();
    decide(next);
    checked_.clear();
    checked_files_.clear();
    doomed_.reset();
    if (building_ && !building_->removed.empty())
      flush(); // Who goes is told of nothing that comes after.
  }
  flush();
}

bool room::facts_known(const waiting_request& x) {
  if (auto send = std::get_if<wire::send>(&x.what.body)) {
    if (!conversation_ && !send->user.empty()) {
      auto known = serves(*x.from) || user_known(x.from->user);
      if (auto peer = normalize_name(send->user))
        known = user_known(user_of(*peer)) && known;
      if (!known)
        return false;
    }
    return sender_known(*x.from) && (is_live() || file_known(x.from->user, send->content));
  }
  if (std::holds_alternative<wire::broadcast>(x.what.body))
    return sender_known(*x.from);
  if (auto change = std::get_if<wire::revise>(&x.what.body))
    return sender_known(*x.from) && subject_known(*x.from, change->what)
           && file_known(x.from->user, change->what.content);
  if (auto create = std::get_if<wire::create_room>(&x.what.body)) {
    if (conversation_)
      return true;
    auto known = user_known(x.from->user);
    return users_known(create->members) && known;
  }
  if (auto change = std::get_if<wire::change_contact>(&x.what.body)) {
    auto known = user_known(x.from->user);
    return users_known({change->name}) && known;
  }
  if (std::holds_alternative<wire::join>(x.what.body))
    return !conversation_ || current_member(x.from->user) || user_known(x.from->user);
  if (auto add = std::get_if<wire::invite>(&x.what.body))
    return users_known(add->members);
  if (auto change = std::get_if<wire::change_members>(&x.what.body))
    return change->what != wire::member_change::approve || users_known(change->members);
  return true;
}

bool room::users_known(const std::vector<std::string_view>& names) {
  auto all = true;
  for (auto given : names)
    if (auto name = normalize_name(given))
      all = user_known(user_of(*name)) && all;
  return all;
}

bool room::user_known(user_id user) {
  if (checked_.contains(user))
    return true;
  if (asked_users_.insert(user).second) {
    asked_at_ = now_.steady;
    out_->inboxes.push_back({user, check_user{id_}});
  }
  return false;
}

bool room::sender_known(const origin& from) {
  sender_key who{from.user, from.device};
  if (senders_.contains(who))
    return true;
  if (!conversation_ || is_live()) {
    senders_[who].last_used = now_.steady; // Nothing of them is stored.
    return true;
  }
  if (!asked_sender_) {
    asked_sender_ = who;
    out_->loads.push_back(
      {shard_of(id_), ++tokens_, {{keys::client_ids(id_, from.user, from.device)}}});
  }
  return false;
}

void room::load_facts(std::vector<query> queries, std::function<void(const rows&)> then) {
  facts_[++tokens_] = std::move(then);
  out_->loads.push_back({shard_of(id_), tokens_, std::move(queries)});
}

void room::look_up(std::vector<query> queries, std::function<void(const rows&)> then) {
  look_ups_[++tokens_] = std::move(then);
  out_->loads.push_back({shard_of(id_), tokens_, std::move(queries)});
}

// -- decisions ------------------------------------------------------------------------

void room::decide(waiting_request& x) {
  auto decided = std::visit(
    [this, &x](auto& body) {
      if constexpr (requires { this->decide(x, body); }) {
        decide(x, body);
        return true;
      }
      return false;
    },
    x.what.body);
  if (!decided)
    refuse(x, ec::unsupported);
}

void room::decide(const waiting_request& x, const wire::send& body) {
  if (!conversation_ && !body.user.empty())
    if (auto code = create_direct(*x.from, body.user); code != ec::none)
      return refuse(x, code);
  auto digest = digest_of(body.content);
  if (!is_new(x, body.counter, body.previous, digest))
    return;
  auto refuse_it = [&](ec code) { refuse_once(x, body.counter, digest, code); };
  if (auto code = allows(*x.from, deed::write); code != ec::none)
    return refuse_it(code);
  if (is_live())
    return say(x, body, digest);
  if (auto extra = body.content.extra.get()) {
    if (extra->reply_to != 0 && !sees(x.from->user, extra->reply_to))
      return refuse_it(ec::unknown_message);
    if (auto code = may_name(x.from->user, body.content); code != ec::none)
      return refuse_it(code);
    put_mentions(*x.from, *extra);
    put_naming(x.from->user, body.content);
  }
  put_terms(head_ + 1, body.content);
  note_absent(*x.from, body.content);
  store_once(x, body.counter, digest, body.content);
}

bool room::is_new(const waiting_request& x, uint64_t counter, uint64_t previous, uint64_t digest) {
  if (!conversation_) {
    refuse(x, ec::unknown_conversation);
    return false;
  }
  auto& from = senders_[{x.from->user, x.from->device}];
  from.last_used = now_.steady;
  auto [verdict, found] = from.ids.check(counter, previous, digest);
  switch (verdict) {
    case client_ids::verdict::duplicate:
      if (found.refused != ec::none)
        refuse(x, found.refused);
      else
        answer(x, wire::sent{id_, found.seq, found.time});
      return false;
    case client_ids::verdict::conflict:
      refuse(x, ec::conflict);
      return false;
    case client_ids::verdict::too_old:
      refuse(x, ec::client_id_too_old);
      return false;
    case client_ids::verdict::out_of_order:
      refuse(x, ec::out_of_order);
      return false;
    case client_ids::verdict::fresh:
      break;
  }
  return true;
}

void room::store_once(const waiting_request& x, uint64_t counter, uint64_t digest,
                      decltype(wire::message::body) body) {
  auto& stored = store(*x.from, counter, std::move(body));
  auto seq = stored.seq;
  remember(*x.from, {0, counter, seq, stored.ordinal, last_time_, digest, ec::none});
  answer(x, wire::sent{id_, seq, last_time_});
  if (building_->what.bytes + building_->bytes_to_come >= limits::append_bytes)
    flush();
}

void room::refuse_once(const waiting_request& x, uint64_t counter, uint64_t digest, ec code) {
  auto known = members_.contains(x.from->user) || serves(*x.from);
  if (rules_.keep_refusals && known && !is_live() && !retry_after(code))
    remember(*x.from, {0, counter, 0, 0, now_.wall, digest, code});
  refuse(x, code);
}

void room::remember(const origin& from, record::client_id result) {
  auto& known = senders_[{from.user, from.device}];
  result.index = known.ids.next_index();
  known.ids.add(result);
  auto& pending = building();
  known.last_append = appends_;
  pending.results[{from.user, from.device}].push_back(result);
  pending.bytes_to_come += limits::raft_row_bytes;
}

/// Those whom the next message mentions.
void room::put_mentions(const origin& from, const wire::content_extra& x) {
  for (auto given : x.mentions) {
    auto name = normalize_name(given);
    auto user = name ? user_of(*name) : user_id{};
    if (user != from.user && current_member(user))
      building().what.put(keys::mention(id_, user, head_ + 1), record::encode(record::counter{1}));
  }
}

bool room::sees(user_id user, seq_t seq) const {
  auto at = members_.find(user);
  if (at == members_.end() || seq < first() || seq > visible_end(at->second, head_))
    return false;
  auto stay = stay_at_or_after(at->second, seq);
  return stay && stay->first <= seq;
}

ec room::create_direct(const origin& from, std::string_view peer) {
  auto name = normalize_name(peer);
  if (!name)
    return ec::bad_name;
  auto user = user_of(*name);
  if (!checked_[user].exists)
    return ec::unknown_user;
  if (auto code = may_write(from.role, user == from.user); code != ec::none)
    return code;
  auto serving = serves(from);
  if (checked_[user].full || (!serving && checked_[from.user].full))
    return ec::too_many_conversations;
  if (serving && user != from.user)
    make_direct({{user, *name}}, {from.name});
  else
    make_direct({from.user, from.name}, {user, *name});
  return ec::none;
}

void room::make_direct(const person& one, const person& other) {
  if (one.first == other.first)
    make_direct({one}, {other.second});
  else
    make_direct({one, other}, {other.second, one.second});
}

void room::make_direct(const std::vector<person>& members, const std::vector<std::string>& titles) {
  building();
  conversation_ = record::conversation{wire::conversation_kind::direct, {}, false, now_.wall};
  put_conversation();
  outbox_added notes{{id_, 1, conversation_->kind, {}}, {}, 0};
  for (size_t i = 0; i < members.size(); ++i) {
    auto& [user, name] = members[i];
    put_member(user, {name, false, 1, 0, 0, 0, {}});
    notes.row.members.push_back({user, titles[i], 1, 0, 0, {}});
  }
  building_->what.put(keys::outbox(id_, 1), record::encode(notes.row));
  building_->outbox.push_back(std::move(notes));
}

void room::put_conversation() {
  auto row = conversation_.value_or(record::conversation{});
  row.pair = pair_.state();
  building().what.put(keys::conversation(id_), record::encode(row));
}

void room::write_receipts() {
  write_receipts_at_ = never;
  if (dirty_members_.empty())
    return;
  building();
  for (auto user : dirty_members_)
    if (auto at = members_.find(user); at != members_.end())
      building_->what.put(keys::member(id_, user), record::encode(at->second));
  dirty_members_.clear();
}

// -- storing and telling ------------------------------------------------------------------

pending_append& room::building() {
  if (!building_) {
    building_.emplace();
    building_->number = ++appends_;
  }
  return *building_;
}

stored_message& room::store(const origin& from, uint64_t counter,
                            decltype(wire::message::body) body) {
  auto& pending = building();
  ordinal_ += std::holds_alternative<wire::content>(body);
  last_time_ = std::max(last_time_, now_.wall);
  if (conversation_->first_time == nothing_left) {
    conversation_->first_time = last_time_;
    put_conversation();
  }
  auto seq = ++head_;
  auto bytes =
    wire::encode_answer(0, wire::message{id_, seq, ordinal_, last_time_, from.user, from.name,
                                         from.device, counter, std::move(body)});
  pending.bytes_to_come += bytes.size_bytes();
  return pending.messages.emplace_back(
    stored_message{seq, ordinal_, last_time_, from.user, from.device, counter, std::move(bytes)});
}

void room::flush() {
  if (!building_)
    return;
  put_messages(*building_);
  put_results(*building_);
  out_->appends.push_back({shard_of(id_), epoch_, writer_, building_->number,
                           std::move(building_->what), building_->droppable});
  in_flight_.push_back(*std::move(building_));
  building_.reset();
}

void room::put_messages(pending_append& x) const {
  std::vector<frame> row;
  size_t bytes = 0;
  for (auto& message : x.messages) {
    row.push_back(message.bytes);
    bytes += message.bytes.size_bytes();
    auto next = &message + 1;
    auto last = next == x.messages.data() + x.messages.size();
    if (rules_.share_rows && !last && bytes + next->bytes.size_bytes() <= limits::message_row_bytes)
      continue;
    x.what.put(keys::message(id_, message.seq + 1 - row.size()), join_messages(row));
    row.clear();
    bytes = 0;
  }
}

void room::put_results(pending_append& x) const {
  for (auto& [who, results] : std::exchange(x.results, {}))
    for (std::span<const record::client_id> rest{results}; !rest.empty();) {
      // Rows end at the same places in each lap of the ring, so that few are left behind.
      auto most =
        limits::client_ids_per_row - (rest.front().index - 1) % limits::client_ids_per_row;
      auto row = rest.first(rules_.share_rows ? std::min(rest.size(), most) : 1);
      x.what.put(keys::client_id(id_, who.first, who.second, row.front().index),
                 record::encode(row));
      rest = rest.subspan(row.size());
    }
}

void room::answer(const waiting_request& x, wire::server_body body) {
  if (x.confirms.version != 0)
    return confirm(x, body);
  auto bytes = wire::encode(wire::server_frame{x.what.number, std::move(body)});
  if (failed())
    return out_->answer(x.from->session, x.what.number, std::move(bytes));
  // Leaves when the state that it was computed from is durable, and is known to
  // be the newest: another node may lead by now.
  auto& parcels = building().answers;
  if (parcels.empty() || parcels.back().to != x.from->session)
    parcels.push_back({x.from->session, {}, {}, ec::none});
  parcels.back().frames.push_back({x.what.number, std::move(bytes)});
}

void room::refuse(const waiting_request& x, ec code, std::string_view text) {
  std::string words;
  if (!text.empty())
    words = std::string{text} + ": " + std::string{text_of(code)};
  answer(x, wire::make_error(code, words));
}

void room::release(pending_append& done, untold& news) {
  for (auto& parcel : done.answers)
    out_->parcels.push_back(std::move(parcel));
  if (news.bytes + done.bytes_to_come > limits::append_bytes)
    publish(news);
  news.bytes += done.bytes_to_come;
  for (auto& x : done.messages) {
    committed_head_ = x.seq;
    (void)merge({x.sender, x.seq, x.seq}); // What one sent one has read.
    news.messages.push_back(std::move(x));
  }
  if (!done.removed.empty() || !done.shows.empty())
    publish(news);
  for (auto user : done.removed)
    std::erase(subscribers_, user); // Who is in again subscribes with the new stay.
  for (auto& added : done.outbox)
    out_->tell_courier(shard_of(id_), std::move(added));
  for (auto& x : done.confirmed)
    out_->tell_courier(shard_of(x.conversation), x);
  for (auto& x : done.shows)
    out_->tells.push_back(std::move(x));
}

void room::publish(untold& news) {
  auto what = std::exchange(news, {});
  if (!what.messages.empty())
    tell_subscribers(notice{std::make_shared<const burst>(burst{id_, std::move(what.messages)})});
}

void room::tell_subscribers(const std::variant<notice, show>& what, user_id but) {
  for (auto at = subscribers_.begin(); at != subscribers_.end();) {
    auto shard = shard_of(*at);
    auto end =
      std::find_if(at, subscribers_.end(), [shard](user_id x) { return shard_of(x) != shard; });
    tell told{id_, {at, end}, what};
    std::erase(told.to, but);
    if (!told.to.empty())
      out_->tells.push_back(std::move(told));
    at = end;
  }
}

void room::fail(ec code) {
  failure_ = code;
  auto refuse_pending = [this, code](pending_append& pending) {
    for (auto& parcel : pending.answers)
      for (auto& x : parcel.frames)
        out_->answer(parcel.to, x.request, wire::encode_answer(x.request, wire::make_error(code)));
    for (auto& x : pending.outbox)
      if (x.request != 0)
        out_->answer(x.to, x.request, wire::encode_answer(x.request, wire::make_error(code)));
  };
  for (auto& pending : in_flight_)
    refuse_pending(pending);
  if (building_)
    refuse_pending(*building_);
  in_flight_.clear();
  building_.reset();
  for (auto& x : backlog_)
    refuse(x, code);
  backlog_.clear();
  for (auto& [token, page] : pages_)
    out_->answer(page.from->session, page.number,
                 wire::encode_answer(page.number, wire::make_error(code)));
  pages_.clear();
  facts_.clear();
  look_ups_.clear();
}

} // namespace parley::core
