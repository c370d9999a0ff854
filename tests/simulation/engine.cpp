#include "tests/simulation/engine.hpp"

#include "persistence/query.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tests/support/read_row.hpp"

#include <algorithm>

namespace parley::simulation {

namespace {

/// Where a request goes: to a room, or to the user's own inbox.
std::optional<conversation_id> room_of(const origin& from, const wire::client_body& x) {
  if (auto y = std::get_if<wire::send>(&x))
    return y->user.empty() ? y->conversation
                           : direct_conversation(from.user, user_of(std::string{y->user}));
  if (auto y = std::get_if<wire::change_contact>(&x))
    return direct_conversation(from.user, user_of(std::string{y->name}));
  if (auto y = std::get_if<wire::create_room>(&x))
    return room_conversation(from.user, from.device, y->nonce);
  return wire::conversation_of(x);
}

template <class Tag>
std::tuple<char, uint64_t, uint64_t> named(char kind, wide_id<Tag> id) {
  return {kind, id.high, id.low};
}

} // namespace

engine::engine(uint64_t seed, faults what) : faults_(what), dice_(seed) {
  now_.wall = 1'700'000'000'000'000;
  now_.steady = std::chrono::hours{1};
  start_node();
}

void engine::make_account(const std::string& user, device_id device, const std::string& token) {
  record::account account{user, record::role::person, {}, {}, now_.wall};
  account.devices.push_back({device, hash_token(token), now_.wall, true});
  if (auto known = read_row(disk_, keys::account(user_of(user))))
    account.devices.insert(account.devices.begin(),
                           record::decode<record::account>(*known)->devices.front());
  effect change;
  change.put(keys::account(user_of(user)), record::encode(account));
  if (!disk_.write({&change, 1}).ok())
    std::abort();
}

// -- the node -----------------------------------------------------------------------

void engine::start_node() {
  ++epoch_;
  for (uint8_t i = 0; i < shard_count; ++i) {
    couriers_[i] = std::make_unique<core::courier>(shard_id{i}, writer_id{++writers_}, epoch_);
    run_courier(i, [](core::courier& x, actions& out) { x.start(out); });
  }
}

void engine::crash_node() {
  ++counts["crash-node"];
  disk_.crash();
  disk_.drain();
  full_until_ = {};
  queue_.clear();
  rooms_.clear();
  inboxes_.clear();
  couriers_.clear();
  subscriptions_.clear();
  watchers_.clear();
  journal_.clear();
  refused_.clear();
  auto sessions = std::exchange(sessions_, {});
  start_node();
  for (auto& [id, x] : sessions)
    x.receive({id, {}, {}, ec::stopping});
}

void engine::hand(name from, name to, std::function<void()> what) {
  queue_[{from, to}].push_back(std::move(what));
}

void engine::carry(name from, actions&& what) {
  for (auto& x : what.appends)
    hand(from, {'J', 0, 0}, [this, from, x = std::move(x)]() mutable {
      journal_.push_back({from, std::move(x)});
    });
  for (auto& x : what.loads)
    hand(from, {'H', 0, 0}, [this, from, as = writer_of(from), x = std::move(x)] {
      rows found{x.token, ec::none, {}};
      for (auto& query : x.queries)
        if (!run_query(disk_, query, found.results.emplace_back()).ok())
          found.code = ec::storage_failed;
      reply_rows(from, as, std::move(found));
    });
  for (auto& x : what.parcels)
    hand(from, {'G', 0, 0}, [this, x = std::move(x)]() mutable { deliver(std::move(x)); });
  for (auto& x : what.tells) {
    if (chance(faults_.lose))
      continue;
    auto shard = shard_of(x.to.front()).value;
    hand(from, {'S', shard, 0}, [this, x = std::move(x)] {
      for (auto user : x.to)
        if (inboxes_.contains(user))
          to_inbox({user, std::visit([](auto& y) { return inbox_event{y}; }, x.what)});
    });
  }
  for (auto& x : what.rooms) {
    if (!std::holds_alternative<requests>(x.what) && chance(faults_.lose))
      continue;
    hand(from, {'S', shard_of(x.to).value, 0},
         [this, x = std::move(x)]() mutable { to_room(std::move(x)); });
  }
  for (auto& x : what.inboxes) {
    if (!std::holds_alternative<requests>(x.what) && !std::holds_alternative<detach>(x.what)
        && chance(faults_.lose))
      continue;
    hand(from, {'S', shard_of(x.to).value, 0},
         [this, x = std::move(x)]() mutable { to_inbox(std::move(x)); });
  }
  for (auto& x : what.couriers) {
    if (chance(faults_.lose) && std::holds_alternative<outbox_confirmed>(x.what))
      continue;
    hand(from, {'S', x.to.value, 0}, [this, x = std::move(x)]() mutable {
      run_courier(x.to.value,
                  [&](core::courier& y, actions& out) { y.step(std::move(x.what), now_, out); });
    });
  }
}

void engine::to_room(room_mail mail) {
  auto& known = subscriptions_[shard_of(mail.to).value];
  if (auto wish = std::get_if<subscribe>(&mail.what)) {
    if (!known.add(mail.to, *wish))
      return;
    actions out;
    known.ask({{mail.to, *wish}}, out);
    carry({'S', shard_of(mail.to).value, 0}, std::move(out));
  } else if (auto gone = std::get_if<unsubscribe>(&mail.what)) {
    if (!known.remove(mail.to, *gone))
      return;
  }
  auto sleeps = !rooms_.contains(mail.to);
  if (sleeps
      && (std::holds_alternative<subscribe>(mail.what)
          || std::holds_alternative<unsubscribe>(mail.what)))
    return;
  auto& room = rooms_[mail.to];
  if (sleeps) {
    room.writer = {++writers_};
    room.core = std::make_unique<core::room>(mail.to, room.writer, epoch_);
    // Rows of earlier builds may be among them.
    room.core->rule({.share_rows = chance(500), .keep_refusals = true});
    auto listeners = known.of(mail.to);
    run_room(mail.to, [&](core::room& x, actions& out) {
      x.start(now_, out);
      for (auto& wish : listeners)
        x.step(room_event{wish}, now_, out);
    });
  }
  hand({'S', shard_of(mail.to).value, 0}, named('R', mail.to),
       [this, to = mail.to, what = std::move(mail.what)]() mutable {
         run_room(to, [&](core::room& x, actions& out) { x.step(std::move(what), now_, out); });
       });
}

void engine::to_inbox(inbox_mail mail) {
  auto sleeps = !inboxes_.contains(mail.to);
  if (sleeps
      && (std::holds_alternative<detach>(mail.what) || std::holds_alternative<head>(mail.what)))
    return;
  auto& known = watchers_[shard_of(mail.to).value];
  if (auto note = std::get_if<presence_note>(&mail.what)) {
    actions out;
    auto passes = known.pass(mail.to, *note, !sleeps, epoch_, out);
    carry({'S', shard_of(mail.to).value, 0}, std::move(out));
    if (!passes)
      return;
  }
  auto& inbox = inboxes_[mail.to];
  if (sleeps) {
    inbox.writer = {++writers_};
    inbox.core = std::make_unique<core::inbox>(mail.to, inbox.writer, epoch_);
    run_inbox(mail.to, [this, &known, user = mail.to](core::inbox& x, actions& out) {
      x.start(now_, out);
      for (auto& note : known.of(user))
        x.step(inbox_event{note}, now_, out);
    });
  }
  hand({'S', shard_of(mail.to).value, 0}, named('I', mail.to),
       [this, to = mail.to, what = std::move(mail.what)]() mutable {
         run_inbox(to, [&](core::inbox& x, actions& out) { x.step(std::move(what), now_, out); });
       });
}

void engine::run_room(conversation_id id, const std::function<void(core::room&, actions&)>& what) {
  auto at = rooms_.find(id);
  if (at == rooms_.end())
    return;
  actions out;
  what(*at->second.core, out);
  carry(named('R', id), std::move(out));
  if (at->second.core->failed())
    forget_room(id);
}

void engine::run_inbox(user_id id, const std::function<void(core::inbox&, actions&)>& what) {
  auto at = inboxes_.find(id);
  if (at == inboxes_.end())
    return;
  actions out;
  what(*at->second.core, out);
  carry(named('I', id), std::move(out));
  if (at->second.core->failed())
    forget_inbox(id);
}

void engine::run_courier(uint8_t shard, const std::function<void(core::courier&, actions&)>& what) {
  actions out;
  what(*couriers_[shard], out);
  carry({'C', shard, 0}, std::move(out));
}

// -- journal and history --------------------------------------------------------------

void engine::write_batch() {
  std::vector<effect> batch;
  std::map<writer_id, std::tuple<name, uint64_t, bool>> writers;
  for (auto& [from, x] : std::exchange(journal_, {})) {
    if (refused_.contains(x.writer)) {
      reply_committed(from, x.writer, {x.number - 1, ec::retry});
      continue;
    }
    if (x.what.empty() && !writers.contains(x.writer)) {
      reply_committed(from, x.writer, {x.number, ec::none});
      continue;
    }
    auto [at, added] = writers.try_emplace(x.writer, from, x.number, true);
    std::get<1>(at->second) = x.number;
    std::get<2>(at->second) = std::get<2>(at->second) && (x.droppable || x.what.empty());
    batch.push_back(std::move(x.what));
  }
  if (batch.empty())
    return;
  auto code = disk_.write(batch).code;
  for (auto& [writer, progress] : writers) {
    auto& [from, upto, droppable] = progress;
    if (code == ec::none || (code == ec::storage_full && droppable)) {
      reply_committed(from, writer, {upto, ec::none});
    } else {
      refused_[writer] = true;
      reply_committed(from, writer, {0, code});
    }
  }
}

void engine::reply_committed(name to, writer_id writer, const committed& what) {
  hand({'J', 0, 0}, to, [this, to, writer, what] {
    auto [kind, high, low] = to;
    if (kind != 'C' && writer_of(to) != writer)
      return; // It was an earlier life that appended.
    if (kind == 'R')
      run_room({high, low}, [&](core::room& x, actions& out) { x.step(what, now_, out); });
    if (kind == 'I')
      run_inbox({high, low}, [&](core::inbox& x, actions& out) { x.step(what, now_, out); });
    if (kind == 'C')
      run_courier(static_cast<uint8_t>(high), [&](core::courier& x, actions& out) {
        x.step(what, writer_id{++writers_}, now_, out);
      });
  });
}

void engine::reply_rows(name to, writer_id as, rows&& what) {
  hand({'H', 0, 0}, to, [this, to, as, what = std::move(what)]() mutable {
    if (writer_of(to) != as)
      return; // It was an earlier life that asked.
    auto [kind, high, low] = to;
    if (kind == 'R')
      run_room({high, low},
               [&](core::room& x, actions& out) { x.step(std::move(what), now_, out); });
    else if (kind == 'I')
      run_inbox({high, low},
                [&](core::inbox& x, actions& out) { x.step(std::move(what), now_, out); });
    else if (kind == 'C')
      run_courier(static_cast<uint8_t>(high),
                  [&](core::courier& x, actions& out) { x.step(what, now_, out); });
    else if (kind == 'S') {
      actions out;
      subscriptions_[static_cast<uint8_t>(high)].answered(what, out);
      carry(to, std::move(out));
    }
  });
}

// -- sessions -----------------------------------------------------------------------

session_id engine::connect(receiver receive) {
  session_id id{++sessions_made_};
  sessions_[id] = {
    std::move(receive), std::make_shared<const origin>(origin{id, {}, {}, {}, {}}), false, {}};
  return id;
}

void engine::close(session_id id) {
  auto gone = sessions_.extract(id);
  if (gone.empty() || !gone.mapped().who->user)
    return;
  actions out;
  out.inboxes.push_back({gone.mapped().who->user, detach{id}});
  carry({'s', id.value, 0}, std::move(out));
}

void engine::submit(session_id id, const frame& bytes) {
  auto at = sessions_.find(id);
  if (at == sessions_.end())
    return;
  auto& from = at->second;
  if (from.logging_in) {
    from.waiting.push_back(bytes);
    return;
  }
  auto decoded = wire::decode_client(bytes);
  request what{decoded->request, std::move(decoded->body), bytes};
  actions out;
  if (auto login = std::get_if<wire::login>(&what.body)) {
    from.logging_in = true;
    out.inboxes.push_back({user_of(std::string{login->name}), requests{from.who, {what}}});
  } else if (auto to = room_of(*from.who, what.body)) {
    out.rooms.push_back({*to, requests{from.who, {what}}});
  } else {
    out.inboxes.push_back({from.who->user, requests{from.who, {what}}});
  }
  carry({'s', id.value, 0}, std::move(out));
}

void engine::deliver(parcel&& x) {
  auto at = sessions_.find(x.to);
  if (at == sessions_.end())
    return;
  auto receive = at->second.receive;
  if (x.login)
    at->second.who = x.login;
  at->second.logging_in = false;
  auto waiting = std::exchange(at->second.waiting, {});
  if (x.close != ec::none)
    close(x.to);
  auto to = x.to;
  receive(std::move(x));
  for (auto& bytes : waiting)
    submit(to, bytes);
}

// -- time and trouble -----------------------------------------------------------------

bool engine::step(std::chrono::microseconds until) {
  break_something();
  auto work = queue_.size() + !journal_.empty();
  if (work == 0) {
    auto next = std::min(next_deadline(), full_until_ > now_.steady ? full_until_ : never);
    if (next > until)
      return false;
    auto passed = std::max(next - now_.steady, std::chrono::microseconds{1});
    wait(passed);
  } else {
    wait(std::chrono::microseconds{dice_() % 400});
    auto choice = dice_() % work;
    if (choice == queue_.size()) {
      write_batch();
    } else {
      auto at = std::next(queue_.begin(), static_cast<ptrdiff_t>(choice));
      auto what = std::move(at->second.front());
      at->second.pop_front();
      if (at->second.empty())
        queue_.erase(at);
      what();
    }
  }
  tick_who_is_due();
  return true;
}

void engine::wait(std::chrono::microseconds passed) {
  now_.steady += passed;
  now_.wall += passed.count();
}

std::chrono::microseconds engine::next_deadline() const {
  auto next = never;
  for (auto& [id, x] : rooms_)
    next = std::min(next, x.core->next_deadline());
  for (auto& [id, x] : inboxes_)
    next = std::min(next, x.core->next_deadline());
  for (auto& [id, x] : couriers_)
    next = std::min(next, x->next_deadline());
  return next;
}

void engine::tick_who_is_due() {
  if (full_until_ != std::chrono::microseconds{} && now_.steady >= full_until_) {
    disk_.drain();
    full_until_ = {};
  }
  std::vector<conversation_id> rooms;
  for (auto& [id, x] : rooms_)
    if (x.core->next_deadline() <= now_.steady)
      rooms.push_back(id);
  for (auto id : rooms) {
    run_room(id, [this](core::room& x, actions& out) { x.step(room_event{tick{}}, now_, out); });
    if (rooms_.contains(id) && rooms_[id].core->idle(now_)
        && !queue_.contains({{'S', shard_of(id).value, 0}, named('R', id)}))
      rooms_.erase(id);
  }
  std::vector<user_id> inboxes;
  for (auto& [id, x] : inboxes_)
    if (x.core->next_deadline() <= now_.steady)
      inboxes.push_back(id);
  for (auto id : inboxes) {
    run_inbox(id, [this](core::inbox& x, actions& out) { x.step(inbox_event{tick{}}, now_, out); });
    if (inboxes_.contains(id) && inboxes_[id].core->idle(now_)
        && !queue_.contains({{'S', shard_of(id).value, 0}, named('I', id)}))
      inboxes_.erase(id);
  }
  for (auto& [shard, x] : couriers_)
    if (x->next_deadline() <= now_.steady)
      run_courier(shard, [this](core::courier& y, actions& out) {
        y.step(courier_event{tick{}}, now_, out);
      });
}

void engine::break_something() {
  if (chance(faults_.crash_node) && chance(100))
    crash_node();
  if (chance(faults_.tear) && chance(100)) {
    ++counts["tear"];
    disk_.tear(chance(500) ? memory_store::torn::lost : memory_store::torn::applied);
    write_batch();
    crash_node();
  }
  if (chance(faults_.fill) && chance(100)) {
    ++counts["fill"];
    disk_.fill();
    full_until_ = now_.steady + std::chrono::seconds{3};
  }
  if (!chance(faults_.crash_actor))
    return;
  if (!rooms_.empty() && chance(500)) {
    ++counts["crash-room"];
    forget_room(std::next(rooms_.begin(), static_cast<ptrdiff_t>(dice_() % rooms_.size()))->first);
  } else if (!inboxes_.empty()) {
    ++counts["crash-inbox"];
    forget_inbox(
      std::next(inboxes_.begin(), static_cast<ptrdiff_t>(dice_() % inboxes_.size()))->first);
  }
}

void engine::forget_room(conversation_id id) {
  auto writer = rooms_[id].writer;
  rooms_.erase(id);
  bury(named('R', id), writer);
  to_room({id, tick{}}); // Its shard wakes it to tell what it had no time to.
}

void engine::forget_inbox(user_id id) {
  auto writer = inboxes_[id].writer;
  inboxes_.erase(id);
  bury(named('I', id), writer);
}

void engine::bury(name who, writer_id writer) {
  // What was in its mailbox is lost; what it had appended is settled first.
  std::erase_if(queue_, [&who](const auto& x) { return x.first.second == who; });
  if (auto appends = queue_.extract({who, {'J', 0, 0}}); !appends.empty())
    for (auto& append : appends.mapped())
      append();
  write_batch();
  refused_[writer] = true;
}

writer_id engine::writer_of(name who) const {
  auto [kind, high, low] = who;
  if (kind == 'R')
    if (auto at = rooms_.find({high, low}); at != rooms_.end())
      return at->second.writer;
  if (kind == 'I')
    if (auto at = inboxes_.find({high, low}); at != inboxes_.end())
      return at->second.writer;
  return {};
}

void engine::no_more_faults() {
  faults_ = {};
  disk_.drain();
  full_until_ = {};
}

} // namespace parley::simulation
