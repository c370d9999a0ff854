#include "tests/simulation/cluster_node.hpp"

#include "actors/core/admission.hpp"
#include "persistence/query.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/record.hpp"
#include "tests/support/read_row.hpp"

#include <algorithm>

namespace parley::simulation {

namespace {

using namespace std::chrono_literals;

constexpr auto beat = 50ms;
constexpr uint64_t cluster_id = 7;

raft::moment in_ms(microseconds x) {
  return std::chrono::duration_cast<raft::moment>(x);
}

uint64_t applied_row(const row_view& from, shard_id shard) {
  auto row = read_row(from, keys::applied(shard));
  auto counter = row ? record::decode<record::counter>(*row) : std::nullopt;
  return counter ? counter->value : 0;
}

/// The last entry whose rows `x` has; nothing for other rows, and for a copy's.
std::optional<uint64_t> last_entry_in(const effect& x, shard_id shard) {
  std::optional<uint64_t> result;
  for (auto& y : x.rows)
    if (y.key == keys::replacing(shard))
      return std::nullopt;
    else if (y.key == keys::applied(shard) && !y.value.empty())
      result = record::decode<record::counter>(y.value.bytes())->value;
  return result;
}

/// The places of the first messages of the rows that `x` stores, in words.
std::string messages_in(const effect& x) {
  std::string words;
  for (auto& [at, value] : x.rows)
    if (auto bytes = at.bytes(); keys::is_of_messages(at))
      words += " #" + std::to_string(static_cast<unsigned char>(bytes[2])) + "/"
               + std::to_string(static_cast<unsigned char>(bytes.back()));
  return words;
}

/// The shard that a mail is for.
struct shard_of_mail {
  template <class Mail>
  shard_id operator()(const Mail& x) const {
    if constexpr (requires { x.to.front(); })
      return shard_of(x.to.front());
    else if constexpr (std::is_same_v<Mail, courier_mail>)
      return x.to;
    else if constexpr (std::is_same_v<Mail, parcel>)
      return {};
    else
      return shard_of(x.to);
  }
};

/// Where a request goes: to a room, or to an inbox.
std::variant<conversation_id, user_id> address_of(const origin& from, const wire::client_body& x) {
  if (auto y = std::get_if<wire::send>(&x))
    return y->user.empty() ? y->conversation
                           : direct_conversation(from.user, user_of(std::string{y->user}));
  if (auto y = std::get_if<wire::change_contact>(&x))
    return direct_conversation(from.user, user_of(std::string{y->name}));
  if (auto y = std::get_if<wire::create_room>(&x))
    return room_conversation(from.user, from.device, y->nonce);
  if (auto named = wire::conversation_of(x))
    return *named;
  if (auto y = std::get_if<wire::login>(&x))
    return user_of(std::string{y->name});
  return from.user;
}

} // namespace

cluster_node::cluster_node(cluster_world& world, node_id id, const cluster_map& map)
    : id(id), world_(world) {
  effect first;
  first.put(keys::known_map(), encode(map));
  (void)disk_.write({&first, 1});
}

// -- life -----------------------------------------------------------------------------

void cluster_node::start() {
  if (ended_)
    return;
  ++life;
  up_ = true;
  world_.note(id, [] { return "starts"; });
  writing_ = refused_ = false;
  auto map =
    std::make_shared<const cluster_map>(*decode_cluster_map(*read_row(disk_, keys::known_map())));
  if (map->was_removed(id))
    return end("its disk says that it was removed");
  for (auto& x : map->nodes)
    meet(x);
  keeper_ = own(map_keeper{});
  controller_.emplace(core::node_self{cluster_id, id, life, id.value}, keeper_, map);
  part_taker_ = own(part_taker{});
  fetcher_.emplace([this](shard_id x) {
    auto leader = groups_[x].core->role().leader;
    return core::row_place{holds(x), leader == id, leader};
  });
  auto begin_group = [&](shard_id of) {
    core::replica_options options;
    options.shard = of;
    options.group.self = id;
    if (map->epoch == 1)
      for (auto node : map->groups[of.value])
        options.group.founders.push_back({node});
    options.group.election = 200ms;
    options.group.heartbeat = beat;
    options.group.snapshot_threshold = world_.setting.snapshot_threshold;
    options.group.snapshot_trailing = world_.setting.snapshot_trailing;
    options.group.log_bytes = world_.setting.log_bytes;
    options.group.proposals = 4;
    options.writer = {++writers_};
    options.life = life;
    options.seed = world_.dice(1, UINT32_MAX);
    options.copy_page_bytes = world_.setting.copy_page_bytes;
    groups_[of].core = std::make_unique<core::replica>(std::move(options), disk_);
    groups_[of].core->assign(*map);
    groups_[of].core->pack_entries(world_.chance(0.5));
  };
  for (auto of : world_.shards()) {
    auto& at = shards_.try_emplace(of, of, id).first->second;
    at.reader = own(of);
    begin_group(of);
  }
  begin_group(map_group);
  run(microseconds{world_.dice(1, 50'000)}, [this] { tick(); });
}

void cluster_node::crash() {
  if (!std::exchange(up_, false))
    return;
  world_.note(id, [this] { return "crashes, writes on their way " + std::to_string(writing_); });
  ++world_.counts.of["crashes"];
  ++life;
  if (writing_ && world_.chance(0.5)) // All of the batch, or nothing.
    (void)write_journal();
  disk_.crash();
  journal_.clear();
  delayed_.clear();
  paused_until_ = {};
  last_.clear();
  shards_.clear();
  groups_.clear();
  peers_.clear();
  owners_.clear();
  fetches_.clear();
  fetcher_.reset();
  sessions_made_ = 0;
  for (auto& [session, x] : std::exchange(sessions_, {}))
    world_.at(1ms, [to = session, receive = x.receive] { receive({to, {}, {}, ec::stopping}); });
}

void cluster_node::pause(microseconds for_time) {
  if (!up_)
    return;
  world_.note(id, [for_time] { return "pauses for " + std::to_string(for_time.count() / 1000); });
  ++world_.counts.of["pauses"];
  paused_until_ = std::max(paused_until_, world_.now.steady + for_time);
  world_.at(for_time, [this, mine = life] {
    if (life != mine || world_.now.steady < paused_until_)
      return;
    while (life == mine && !delayed_.empty()) {
      auto next = std::move(delayed_.front());
      delayed_.pop_front();
      next();
    }
  });
}

void cluster_node::fill_disk(microseconds for_time) {
  world_.note(id, [] { return "has a full disk"; });
  ++world_.counts.of["full disks"];
  disk_.fill();
  full_until_ = std::max(full_until_, world_.now.steady + for_time);
  world_.at(for_time, [this] {
    if (world_.now.steady >= full_until_)
      disk_.drain();
  });
}

bool cluster_node::leads(shard_id x) const {
  auto at = groups_.find(x);
  return up_ && at != groups_.end() && at->second.core->role().kind == raft::role_kind::leader;
}

std::optional<raft::configuration> cluster_node::servers_of(shard_id x) const {
  if (!leads(x))
    return std::nullopt;
  return groups_.at(x).core->group()->servers();
}

void cluster_node::import(shard_id of, const effect& what) {
  auto epoch = groups_[of].core->role().term;
  take(of, append{of, epoch, writer_id{++writers_}, 1, what});
}

std::string cluster_node::state_of(shard_id x) const {
  auto at = groups_.find(x);
  auto group = at == groups_.end() ? nullptr : at->second.core->group();
  if (group == nullptr)
    return "no group";
  return "term " + std::to_string(group->term()) + ", log to " + std::to_string(group->last_index())
         + ", committed to " + std::to_string(group->commit_index());
}

writer_id cluster_node::own(owner x) {
  writer_id result{++writers_};
  owners_.emplace(result, std::move(x));
  return result;
}

// -- time and order -----------------------------------------------------------------------

void cluster_node::run(microseconds when, std::function<void()> what) {
  world_.at(when, [this, mine = life, what = std::move(what)] {
    if (life != mine)
      return;
    if (world_.now.steady < paused_until_ || !delayed_.empty())
      delayed_.push_back(what);
    else
      what();
  });
}

void cluster_node::hand(name from, name to, std::function<void()> what) {
  auto& last = last_[{from, to}];
  last = std::max(last, world_.now.steady + microseconds{world_.dice(1, 300)});
  run(last - world_.now.steady, std::move(what));
}

void cluster_node::tick() {
  run(beat + microseconds{world_.dice(0, 2000)}, [this] { tick(); });
  look_after_links();
  look_after_map();
  if (!up_)
    return;
  core::fetcher_actions late;
  fetcher_->tick(world_.now.steady, late);
  carry_out(std::move(late));
  for (auto& [of, x] : groups_) {
    if (world_.chance(0.1)) // Its memory is full of rows.
      disk_.flush(of);
    core::replica_actions out;
    x.core->tick(in_ms(world_.now.steady), out);
    carry_out(of, std::move(out));
    if (!up_)
      return;
  }
  for (auto& [to, x] : peers_)
    flush(to, true);
  std::vector<session_id> all;
  for (auto& [session, x] : sessions_)
    all.push_back(session);
  auto now = world_.now.steady;
  for (auto session : all) {
    give_up(session, [now](auto& x) { return now >= x.asked_at + limits::answer_within; });
    auto& x = sessions_.at(session);
    if (now >= x.heard_at + limits::ping_after) {
      x.heard_at = now; // It answers the ping.
      show(session, x);
    }
  }
}

// -- replicas, journal, history --------------------------------------------------------------

void cluster_node::flush_soon(shard_id of) {
  auto& x = groups_[of];
  if (std::exchange(x.flushing, true))
    return;
  hand({'L', of.value, 0}, {'L', of.value, 0}, [this, of] {
    auto& at = groups_[of];
    at.flushing = false;
    core::replica_actions out;
    at.core->flush(in_ms(world_.now.steady), out);
    carry_out(of, std::move(out));
  });
}

void cluster_node::take(shard_id of, append&& x) {
  if (world_.setting.mutations.answer_at_once) {
    hand({'L', of.value, 0}, {'W', x.writer.value, 0}, [this, to = x.writer, upto = x.number] {
      answer(to, committed{upto, ec::none});
    });
  }
  auto& at = groups_[of];
  if (world_.setting.mutations.serve_any_epoch)
    x.epoch = at.core->role().term;
  world_.note(id, [&] {
    return "shard " + std::to_string(of.value) + ": writer " + std::to_string(x.writer.value)
           + " appends " + std::to_string(x.number) + " in epoch " + std::to_string(x.epoch)
           + messages_in(x.what);
  });
  core::replica_actions out;
  at.core->add(std::move(x), out);
  carry_out(of, std::move(out));
  flush_soon(of);
}

void cluster_node::take(shard_id of, load&& x, writer_id reader) {
  auto& at = groups_[of];
  if (world_.setting.mutations.read_without_asking)
    return read(reader, std::move(x));
  at.core->add(++at.tickets);
  at.loads.emplace(at.tickets, std::pair{std::move(x), world_.acknowledged[of]});
  at.readers.emplace(at.tickets, reader);
  flush_soon(of);
}

void cluster_node::carry_out(shard_id of, core::replica_actions&& out) {
  name self{'L', of.value, 0};
  if (!out.fatal.empty()) {
    world_.note(id, [&out] { return "fails: " + out.fatal; });
    if (!refused_)
      throw cluster_violation{"node " + std::to_string(id.value) + " fails: " + out.fatal};
    crash();
    return world_.at(microseconds{world_.dice(50'000, 600'000)}, [this, mine = life] {
      if (life == mine)
        start();
    });
  }
  for (auto& x : out.appends) {
    world_.note(id, [&] {
      return "shard " + std::to_string(of.value) + ": rows " + std::to_string(x.what.rows.size())
             + " in write " + std::to_string(x.number);
    });
    if (auto index = last_entry_in(x.what, of))
      groups_[of].handed = *index;
    if (world_.setting.mutations.forget_replacing)
      std::erase_if(x.what.rows, [of](auto& y) { return y.key == keys::replacing(of); });
    hand(self, {'J', 0, 0}, [this, x = std::move(x)]() mutable {
      journal_.push_back(std::move(x));
      write_soon();
    });
  }
  for (auto& [to, letter] : out.letters)
    if (to == id)
      hand(self, {'C', 0, 0}, [this, letter = std::move(letter)] { take(id, letter); });
    else
      hand(self, {'P', to.value, 0},
           [this, to = to, letter = std::move(letter)]() mutable { say(to, std::move(letter)); });
  for (auto& [writer, what] : out.answers) {
    world_.note(id, [&, writer = writer, what = what] {
      return "shard " + std::to_string(of.value) + ": writer " + std::to_string(writer.value)
             + (what.code == ec::none ? " has up to " + std::to_string(what.upto) : " is refused");
    });
    if (what.code == ec::none)
      world_.acknowledged[of] = std::max(world_.acknowledged[of], groups_[of].handed);
    hand(self, {'W', writer.value, 0},
         [this, writer = writer, what = what] { answer(writer, what); });
  }
  for (auto writer : out.fenced)
    hand(self, {'S', of.value, 0}, [this, of, writer] { fenced(shards_.at(of), writer); });
  auto& at = groups_[of];
  for (auto ticket : out.readable) {
    auto [what, floor] = at.loads.extract(ticket).mapped();
    auto reader = at.readers.extract(ticket).mapped();
    hand(self, {'H', 0, 0}, [this, of, reader, floor = floor, what = std::move(what)]() mutable {
      if (applied_row(disk_, of) < floor)
        throw cluster_violation{"I7: a read of shard " + std::to_string(of.value)
                                + " is older than what was acknowledged: "
                                + std::to_string(applied_row(disk_, of)) + " and not "
                                + std::to_string(floor) + "; " + state_of(of)};
      ++world_.counts.of["reads"];
      read(reader, std::move(what));
    });
  }
  for (auto ticket : out.refused) {
    auto token = at.loads.extract(ticket).mapped().first.token;
    auto reader = at.readers.extract(ticket).mapped();
    hand(self, {'W', reader.value, 0}, [this, reader, token] {
      answer(reader, rows{token, ec::retry, {}});
    });
  }
  for (auto& x : out.copies) {
    world_.note(id, [&] {
      return "copy of shard " + std::to_string(of.value) + " from " + std::to_string(x.from.value)
             + (x.what == core::copy_news::kind::begun  ? " begins"
                : x.what == core::copy_news::kind::done ? " is done"
                                                        : " fails");
    });
    world_.counts.of[x.what == core::copy_news::kind::begun  ? "copies begun"
                     : x.what == core::copy_news::kind::done ? "copies done"
                                                             : "copies failed"]++;
  }
  if (!out.role)
    return;
  world_.counts.of["terms led"] += out.role->kind == raft::role_kind::leader;
  auto leader = out.role->kind == raft::role_kind::unknown ? node_id{} : out.role->leader;
  world_.note(id, [&] {
    return "shard " + std::to_string(of.value) + ": leader " + std::to_string(leader.value)
           + " in term " + std::to_string(out.role->term);
  });
  auto term = out.role->term;
  if (of != map_group)
    return hand(self, {'S', of.value, 0},
                [this, of, leader, term] { follow(shards_.at(of), leader, term); });
  hand(self, {'C', 0, 0}, [this, leader, term] {
    core::controller_actions then;
    controller_->follow(leader, term, own(map_keeper{}), then);
    carry_out(std::move(then));
  });
}

void cluster_node::write_soon() {
  if (std::exchange(writing_, true))
    return;
  auto slow = world_.chance(0.03);
  run(microseconds{slow ? world_.dice(10'000, 150'000) : world_.dice(100, 3000)},
      [this] { write_batch(); });
}

/// One batch, one sync, as the journal does.
void cluster_node::write_batch() {
  std::map<std::pair<shard_id, writer_id>, uint64_t> upto;
  for (auto& x : journal_)
    upto[{x.shard, x.writer}] = x.number;
  auto code = write_journal();
  refused_ = refused_ || code == ec::storage_full;
  for (auto& [of, number] : upto)
    if (of.second == keeper_)
      hand({'J', 0, 0}, {'C', 0, 0}, [this, x = committed{number, code}] {
        core::controller_actions out;
        controller_->kept(x, out);
        carry_out(std::move(out));
      });
    else
      hand({'J', 0, 0}, {'L', of.first.value, 0},
           [this, of = of.first, x = committed{number, code}] {
             core::replica_actions out;
             groups_[of].core->step(x, in_ms(world_.now.steady), out);
             carry_out(of, std::move(out));
           });
  writing_ = false;
}

ec cluster_node::write_journal() {
  std::vector<effect> batch;
  std::vector<effect> behind;
  for (auto& x : std::exchange(journal_, {}))
    (x.behind ? behind : batch).push_back(std::move(x.what));
  (void)disk_.write_behind(behind);
  return disk_.write(batch).code;
}

void cluster_node::read(writer_id to, load&& x) {
  rows found{x.token, ec::none, {}};
  for (auto& query : x.queries)
    if (!run_query(disk_, query, found.results.emplace_back()).ok())
      found.code = ec::storage_failed;
  hand({'H', 0, 0}, {'W', to.value, 0},
       [this, to, found = std::move(found)]() mutable { answer(to, std::move(found)); });
}

// -- rooms, inboxes, couriers --------------------------------------------------------------

template <class Event>
void cluster_node::answer(writer_id to, Event&& x) {
  auto at = owners_.find(to);
  if (at == owners_.end())
    return;                       // An earlier life asked.
  auto step_one = [&](auto who) { // A copy: the step may end it.
    using who_type = decltype(who);
    constexpr auto are_rows = std::is_same_v<std::decay_t<Event>, rows>;
    if constexpr (std::is_same_v<who_type, shard_id>) {
      if constexpr (are_rows) {
        actions out;
        shards_.at(who).subscriptions.answered(x, out);
        carry({'S', who.value, 0}, to, std::move(out));
      }
    } else if constexpr (std::is_same_v<who_type, remote_read>) {
      if constexpr (are_rows) {
        owners_.erase(to);
        x.token = who.token;
        say(who.from, {who.shard, encode(x), letter_kind::read_reply});
      }
    } else if constexpr (std::is_same_v<who_type, part_taker>) {
      if constexpr (are_rows) {
        core::fetcher_actions out;
        fetcher_->add(std::move(x), out);
        carry_out(std::move(out));
      }
    } else if constexpr (std::is_same_v<who_type, map_keeper>) {
      core::controller_actions out;
      if constexpr (are_rows)
        controller_->step(x, world_.now.steady, out);
      else
        controller_->step(x, own(map_keeper{}), world_.now.steady, out);
      carry_out(std::move(out));
    } else if constexpr (std::is_same_v<decltype(who), std::shared_ptr<led_courier>>) {
      for (auto& [of, where] : shards_)
        if (where.courier == who)
          step_courier(where, x);
    } else {
      actions out;
      who->core.step(std::forward<Event>(x), world_.now, out);
      carry({'W', to.value, 0}, to, std::move(out));
      carried_out(who);
    }
  };
  std::visit(step_one, at->second);
}

void cluster_node::step_courier(shard& at, const committed& x) {
  if (x.code != ec::none) {
    owners_.erase(at.courier->writer);
    at.courier->writer = own(at.courier);
  }
  step_courier(
    at, [&](core::courier& y, actions& out) { y.step(x, at.courier->writer, world_.now, out); });
}

void cluster_node::step_courier(shard& at, const rows& x) {
  step_courier(at, [&](core::courier& y, actions& out) { y.step(x, world_.now, out); });
}

void cluster_node::carry(name from, writer_id as, actions&& what) {
  for (auto& x : what.appends)
    hand(from, {'L', x.shard.value, 0},
         [this, x = std::move(x)]() mutable { take(x.shard, std::move(x)); });
  for (auto& x : what.loads) {
    auto own_rows = !x.queries.empty() && keys::shard_of(x.queries.front().range.from) == x.shard;
    auto all_here = std::all_of(x.queries.begin(), x.queries.end(),
                                [this](auto& y) { return holds(keys::shard_of(y.range.from)); });
    if (own_rows)
      hand(from, {'L', x.shard.value, 0},
           [this, as, x = std::move(x)]() mutable { take(x.shard, std::move(x), as); });
    else if (!all_here)
      hand(from, {'F', 0, 0}, [this, as, x = std::move(x)] {
        core::fetcher_actions out;
        fetches_.emplace(++fetches_made_, as);
        fetcher_->begin(fetches_made_, x, world_.now.steady, out);
        carry_out(std::move(out));
      });
    else
      hand(from, {'H', 0, 0}, [this, as, x = std::move(x)]() mutable { read(as, std::move(x)); });
  }
  for (auto& x : what.parcels)
    if (node_of(x.to) == id)
      hand(from, {'G', 0, 0}, [this, x = std::move(x)]() mutable { deliver(std::move(x)); });
    else
      hand(from, {'P', node_of(x.to).value, 0},
           [this, x = std::move(x)]() mutable { say(node_of(x.to), std::move(x)); });
  auto to_shard = [&](node_mail&& x) {
    auto of = std::visit(shard_of_mail{}, x);
    hand(from, {'S', of.value, 0},
         [this, of, x = std::move(x)]() mutable { forward(shards_.at(of), std::move(x), false); });
  };
  for (auto& x : what.tells)
    to_shard(std::move(x));
  for (auto& x : what.rooms)
    to_shard(std::move(x));
  for (auto& x : what.inboxes)
    to_shard(std::move(x));
  for (auto& x : what.couriers)
    to_shard(std::move(x));
}

/// What actors/resident.hpp does after a step.
template <class Ptr>
void cluster_node::carried_out(const Ptr& x) {
  auto next = x->core.next_deadline();
  if (x->core.failed() || x->core.idle(world_.now)) {
    hand({'W', x->writer.value, 0}, {'S', shard_of(x->id).value, 0},
         [this, of = x->id, handled = x->handled, failed = x->core.failed()] {
           let_go(shards_.at(shard_of(of)), of, handled, failed);
         });
  } else if (next < x->armed) {
    x->armed = next;
    run(std::max(next - world_.now.steady, microseconds{limits::timer_grain}), [this, x] {
      auto& at = shards_.at(shard_of(x->id));
      if (auto known = residents_of(at, x->id).find(x->id); known && known->who == x)
        give(at, x->id, parley::tick{});
    });
  }
}

template <class Ptr, class Event>
void cluster_node::step(const Ptr& x, Event&& what) {
  if (!owners_.contains(x->writer))
    return; // Killed, or let go.
  ++x->handled;
  if (std::holds_alternative<parley::tick>(what))
    x->armed = never;
  actions out;
  x->core.step(std::forward<Event>(what), world_.now, out);
  carry({'W', x->writer.value, 0}, x->writer, std::move(out));
  carried_out(x);
}

void cluster_node::step_courier(shard& at,
                                const std::function<void(core::courier&, actions&)>& what) {
  auto x = at.courier;
  if (!x)
    return;
  actions out;
  what(x->core, out);
  carry({'W', x->writer.value, 0}, x->writer, std::move(out));
  auto next = x->core.next_deadline();
  if (next >= x->armed)
    return;
  x->armed = next;
  run(std::max(next - world_.now.steady, 1us), [this, of = at.id, x] {
    auto& where = shards_.at(of);
    if (where.courier != x)
      return;
    x->armed = never;
    step_courier(where, [this](core::courier& y, actions& out2) {
      y.step(courier_event{parley::tick{}}, world_.now, out2);
    });
  });
}

// -- shards: what actors/shard.cpp does --------------------------------------------------

void cluster_node::follow(shard& at, node_id leader, uint64_t epoch) {
  auto change = at.route.follow(leader, epoch);
  if (change.ended)
    end_residents(at);
  if (change.lost)
    expect_leader(at);
  if (change.begins) {
    at.courier = std::make_shared<led_courier>(led_courier{core::courier{at.id, {}, 0}, {}});
    at.courier->writer = own(at.courier);
    at.courier->core = core::courier{at.id, at.courier->writer, epoch};
    step_courier(at, [](core::courier& x, actions& out) { x.start(out); });
  }
  if (change.unsure)
    everybody_be_unsure(at.id);
  if (!change.known)
    return;
  at.drop_at = never;
  for (auto& [mail, arrived] : std::exchange(at.waiting, {})) {
    auto to_room = std::get_if<room_mail>(&mail);
    if (to_room == nullptr || !is_abandoned(to_room->what))
      forward(at, std::move(mail), arrived);
  }
}

void cluster_node::end_residents(shard& at) {
  if (world_.setting.mutations.serve_any_epoch)
    return;
  auto end = [&](const auto&, const auto& x) {
    if (x.who)
      hand({'S', at.id.value, 0}, {'W', x.writer.value, 0},
           [this, writer = x.writer] { owners_.erase(writer); });
  };
  at.rooms.for_each(end);
  at.inboxes.for_each(end);
  at.rooms = {};
  at.inboxes = {};
  at.subscriptions.clear();
  at.watchers.clear();
  owners_.erase(at.courier->writer);
  at.courier = nullptr;
}

void cluster_node::everybody_be_unsure(shard_id about) {
  unsure what{uint64_t{1} << about.value, {}};
  name self{'S', about.value, 0};
  hand(self, {'G', 0, 0}, [this, what] {
    std::vector<session_id> all;
    for (auto& [session, x] : sessions_)
      all.push_back(session);
    for (auto session : all)
      if (auto x = sessions_.find(session); x != sessions_.end())
        doubt(session, x->second, what);
  });
  for (auto& [of, x] : shards_)
    hand(self, {'S', of.value, 0}, [this, of = of, what] { tell_inboxes(shards_.at(of), what); });
}

void cluster_node::tell_inboxes(shard& at, const inbox_event& x) {
  std::vector<user_id> awake;
  at.inboxes.for_each([&](user_id user, const auto&) { awake.push_back(user); });
  std::sort(awake.begin(), awake.end());
  for (auto user : awake)
    give(at, user, inbox_event{x});
}

void cluster_node::relinked(node_id peer) {
  using doubt = core::shard_route::doubt;
  if (map().epoch != 0)
    hand({'P', peer.value, 0}, {'P', peer.value, 0}, [this, peer] {
      say(peer, {map_group, encode(map()), letter_kind::map});
    });
  for (auto& [of, x] : shards_)
    hand({'P', peer.value, 0}, {'S', of.value, 0}, [this, of = of, peer] {
      auto& at = shards_.at(of);
      auto who = at.route.relinked(peer);
      if (who == doubt::everybody)
        everybody_be_unsure(of);
      else if (who == doubt::own_inboxes)
        tell_inboxes(at, unsure{0, peer});
    });
}

void cluster_node::forward(shard& at, node_mail&& x, bool arrived) {
  using way = core::shard_route::way;
  switch (at.route.of_mail(arrived)) {
    case way::here:
      return std::visit(
        [&](auto& mail) {
          if constexpr (requires { this->deliver(at, std::move(mail)); })
            deliver(at, std::move(mail));
        },
        x);
    case way::to_leader:
      if (auto to = std::get_if<courier_mail>(&x))
        if (!std::holds_alternative<outbox_confirmed>(to->what))
          return;
      return hand(
        {'S', at.id.value, 0}, {'P', at.route.leader().value, 0},
        [this, to = at.route.leader(), x = std::move(x)]() mutable { say(to, std::move(x)); });
    case way::nowhere:
      return refuse(x);
    case way::wait:
      at.waiting.emplace_back(std::move(x), arrived);
      expect_leader(at);
  }
}

void cluster_node::expect_leader(shard& at) {
  if (at.drop_at != never)
    return;
  at.drop_at = world_.now.steady + limits::leader_within;
  run(limits::leader_within, [this, of = at.id, mine = at.drop_at] {
    auto& where = shards_.at(of);
    if (where.drop_at != mine)
      return;
    where.drop_at = never;
    for (auto& [mail, came] : std::exchange(where.waiting, {}))
      refuse(mail);
    everybody_be_unsure(of);
  });
}

void cluster_node::refuse(const node_mail& x) {
  auto answer_all = [this](const requests& asked) {
    actions out;
    for (auto& y : asked.items)
      out.answer(asked.from->session, y.number,
                 wire::encode_answer(y.number, wire::make_error(ec::retry)));
    carry({'S', 0, 1}, {}, std::move(out));
  };
  if (auto to_room = std::get_if<room_mail>(&x)) {
    if (auto asked = std::get_if<requests>(&to_room->what))
      answer_all(*asked);
  } else if (auto to_inbox = std::get_if<inbox_mail>(&x)) {
    if (auto asked = std::get_if<requests>(&to_inbox->what))
      answer_all(*asked);
  }
}

void cluster_node::deliver(shard& at, room_mail&& x) {
  actions out;
  auto sleeps = at.rooms.find(x.to) == nullptr;
  if (auto wish = std::get_if<subscribe>(&x.what)) {
    if (!at.subscriptions.add(x.to, *wish))
      return;
    at.subscriptions.ask({{x.to, *wish}}, out);
    carry({'S', at.id.value, 0}, at.reader, std::move(out));
    if (sleeps)
      return;
  } else if (auto gone = std::get_if<unsubscribe>(&x.what)) {
    if (!at.subscriptions.remove(x.to, *gone) || sleeps)
      return;
  }
  give(at, x.to, std::move(x.what));
}

void cluster_node::deliver(shard& at, inbox_mail&& x) {
  auto gone = std::holds_alternative<detach>(x.what) || std::holds_alternative<head>(x.what);
  auto awake = at.inboxes.find(x.to) != nullptr;
  auto passes = awake || !gone;
  if (auto note = std::get_if<presence_note>(&x.what)) {
    actions out;
    passes = at.watchers.pass(x.to, *note, awake, at.route.epoch(), out);
    carry({'S', at.id.value, 0}, at.reader, std::move(out));
  }
  if (passes)
    give(at, x.to, std::move(x.what));
}

void cluster_node::deliver(shard& at, courier_mail&& x) {
  auto to = at.courier;
  hand({'S', at.id.value, 0}, {'W', to->writer.value, 0},
       [this, of = at.id, to, what = std::move(x.what)]() mutable {
         if (shards_.at(of).courier == to)
           step_courier(shards_.at(of), [&](core::courier& y, actions& out) {
             y.step(std::move(what), world_.now, out);
           });
       });
}

void cluster_node::deliver(shard& at, tell&& x) {
  for (auto user : x.to)
    if (at.inboxes.find(user))
      give(at, user, std::visit([](auto& y) { return inbox_event{y}; }, x.what));
    else
      hand({'S', at.id.value, 0}, {'S', shard_of(x.conversation).value, 0},
           [this, mail = room_mail{x.conversation, unsubscribe{user, at.route.epoch()}}]() mutable {
             forward(shards_.at(shard_of(mail.to)), std::move(mail), false);
           });
}

void cluster_node::give(shard& at, conversation_id to, room_event&& what) {
  give(at, at.rooms, to, std::move(what));
}

void cluster_node::give(shard& at, user_id to, inbox_event&& what) {
  give(at, at.inboxes, to, std::move(what));
}

template <class Residents, class Id, class Event>
void cluster_node::give(shard& at, Residents& all, const Id& to, Event&& what) {
  auto& x = all.find_or_wake(to, [&](auto& made) {
    begin(at, to, made.who, made.writer);
    if constexpr (std::is_same_v<Id, conversation_id>)
      for (auto& wish : at.subscriptions.of(to)) {
        ++made.forwarded;
        hand({'S', at.id.value, 0}, {'W', made.writer.value, 0},
             [this, wish, who = made.who] { step(who, room_event{wish}); });
      }
    else
      for (auto& note : at.watchers.of(to)) {
        ++made.forwarded;
        hand({'S', at.id.value, 0}, {'W', made.writer.value, 0},
             [this, note, who = made.who] { step(who, inbox_event{note}); });
      }
  });
  if (x.fencing) {
    all.keep(x, std::move(what));
    return;
  }
  ++x.forwarded;
  hand({'S', at.id.value, 0}, {'W', x.writer.value, 0},
       [this, who = x.who, what = std::move(what)]() mutable { step(who, std::move(what)); });
}

void cluster_node::begin(shard& at, conversation_id to, room_ptr& who, writer_id& writer) {
  writer = {++writers_};
  who = std::make_shared<resident<core::room, conversation_id>>(
    resident<core::room, conversation_id>{to, {to, writer, at.route.epoch()}, writer});
  // As while nodes are upgraded.
  who->core.rule({.share_rows = world_.chance(0.5), .keep_refusals = true});
  owners_.emplace(writer, who);
  hand({'S', at.id.value, 0}, {'W', writer.value, 0}, [this, who] {
    actions out;
    who->core.start(world_.now, out);
    carry({'W', who->writer.value, 0}, who->writer, std::move(out));
    carried_out(who);
  });
}

void cluster_node::begin(shard& at, user_id to, inbox_ptr& who, writer_id& writer) {
  writer = {++writers_};
  who.reset(new resident<core::inbox, user_id>{to, {to, writer, at.route.epoch()}, writer});
  owners_.emplace(writer, who);
  hand({'S', at.id.value, 0}, {'W', writer.value, 0}, [this, who] {
    actions out;
    who->core.start(world_.now, out);
    carry({'W', who->writer.value, 0}, who->writer, std::move(out));
    carried_out(who);
  });
}

template <class Id>
void cluster_node::let_go(shard& at, const Id& of, uint64_t handled, bool failed) {
  auto& all = residents_of(at, of);
  auto x = all.find(of);
  if (x == nullptr || x->fencing || x->forwarded != handled)
    return;
  hand({'S', at.id.value, 0}, {'W', x->writer.value, 0},
       [this, writer = x->writer] { owners_.erase(writer); });
  if (!failed) {
    all.remove(of);
    return;
  }
  x->fencing = true;
  x->who = nullptr;
  hand({'S', at.id.value, 0}, {'L', at.id.value, 0}, [this, of = at.id, writer = x->writer] {
    groups_[of].core->refuse_from_now_on(writer);
    flush_soon(of);
  });
}

void cluster_node::fenced(shard& at, writer_id writer) {
  auto same = [writer](const auto& y) { return y.fencing && y.writer == writer; };
  if (auto found = at.rooms.find_if(same)) {
    auto room = *found;
    auto waiting = at.rooms.remove(room);
    give(at, room, parley::tick{});
    for (auto& event : waiting)
      give(at, room, std::move(event));
  } else if (auto known = at.inboxes.find_if(same)) {
    auto user = *known;
    for (auto& event : at.inboxes.remove(user))
      give(at, user, std::move(event));
  }
}

// -- links: what actors/peer.cpp does -----------------------------------------------------

void cluster_node::say(node_id to, node_mail&& x) {
  auto at = peers_.find(to);
  if (at == peers_.end())
    return;
  std::vector<node_mail> one;
  one.push_back(std::move(x));
  at->second.link.say(std::move(one));
  flush_soon(to);
}

void cluster_node::say(node_id to, raft_letter&& x) {
  auto at = peers_.find(to);
  if (at == peers_.end())
    return;
  at->second.link.say(std::move(x));
  flush_soon(to);
}

void cluster_node::flush_soon(node_id to) {
  if (!std::exchange(peers_.at(to).flushing, true))
    hand({'P', to.value, 0}, {'P', to.value, 0}, [this, to] { flush(to, false); });
}

void cluster_node::flush(node_id to, bool confirm) {
  auto at = peers_.find(to);
  if (at == peers_.end())
    return;
  at->second.flushing = false;
  for (auto& bytes : at->second.link.take(world_.now.steady, confirm))
    world_.carry(id, to, at->second.connection, bytes);
  report(to);
}

void cluster_node::report(node_id to) {
  auto found = peers_.find(to);
  if (found == peers_.end())
    return;
  auto& at = found->second;
  if (at.link.renewed())
    relinked(to);
  auto open = at.link.open(world_.now.steady);
  if (open != at.reported_open)
    world_.note(
      id, [&] { return "link to " + std::to_string(to.value) + (open ? " opens" : " closes"); });
  if (open != std::exchange(at.reported_open, open)) {
    for (auto& [of, x] : groups_)
      hand({'P', to.value, 0}, {'L', of.value, 0}, [this, of = of, to, open] {
        core::replica_actions out;
        groups_[of].core->reachable(to, open, in_ms(world_.now.steady), out);
        carry_out(of, std::move(out));
      });
    for (auto& [of, x] : shards_)
      hand({'P', to.value, 0}, {'S', of.value, 0}, [this, of = of, to, open] {
        tell_inboxes(shards_.at(of), reachable{to, open});
      });
  }
}

void cluster_node::look_after_links() {
  for (auto& [to, x] : peers_) {
    auto found = world_.connection(id, to);
    if (x.connection != 0 && x.connection != found) {
      x.connection = 0;
      x.link.disconnected();
      report(to);
    } else if (x.connection == 0 && found != 0) {
      x.connection = found;
      x.link.connected(world_.now.steady);
    }
  }
}

void cluster_node::hear(node_id from, const frame& bytes) {
  run(0us, [this, from, bytes] {
    auto decoded = decode_peer_frame(bytes.bytes());
    auto known = peers_.find(from);
    core::known_sender sender{known != peers_.end(), map().was_removed(from),
                              known == peers_.end() ? 0 : known->second.disk};
    if (auto refusal = core::refusal_of(*decoded, cluster_id, record::format_version, sender)) {
      ++world_.counts.of["frames refused"];
      world_.note(id, [&] { return "refuses a frame: " + refusal->text; });
      for (auto& letter : core::maps_of_stranger(*decoded, cluster_id, id, sender))
        hand({'P', from.value, 0}, {'C', 0, 0}, [this, from, letter] { take(from, letter); });
      return world_.refuse(id, from, *refusal);
    }
    auto disk = decoded->disk;
    auto came = known->second.link.hear(*std::move(decoded), world_.now.steady);
    name self{'P', from.value, 0};
    if (came.renewed) {
      relinked(from);
      if (known->second.disk == 0)
        hand(self, {'C', 0, 0}, [this, from, disk] {
          core::controller_actions out;
          controller_->saw(from, disk, out);
          carry_out(std::move(out));
        });
    }
    for (auto& letter : came.letters)
      if (letter.kind == letter_kind::map || letter.kind == letter_kind::leading)
        hand(self, {'C', 0, 0}, [this, from, letter] { take(from, letter); });
    for (auto& letter : came.letters)
      if (letter.kind == letter_kind::read_reply)
        hand(self, {'F', 0, 0}, [this, letter = std::move(letter)] {
          core::fetcher_actions out;
          if (auto found = decode_rows(letter.bytes.bytes()))
            fetcher_->add(*std::move(found), out);
          carry_out(std::move(out));
        });
      else if (letter.kind == letter_kind::read_request)
        hand(self, {'L', letter.shard.value, 0}, [this, from, letter = std::move(letter)] {
          auto asked = *decode_read_request(letter.bytes.bytes());
          take(letter.shard, load{letter.shard, asked.token, std::move(asked.queries)},
               own(remote_read{from, letter.shard, asked.token}));
        });
      else if (letter.kind != letter_kind::map && groups_.contains(letter.shard))
        hand(self, {'L', letter.shard.value, 0}, [this, from, letter = std::move(letter)] {
          core::replica_actions out;
          groups_[letter.shard].core->hear(from, letter, in_ms(world_.now.steady), out);
          carry_out(letter.shard, std::move(out));
          if (up_)
            flush_soon(letter.shard);
        });
    for (auto& mail : came.mails) {
      if (auto x = std::get_if<parcel>(&mail)) {
        hand(self, {'G', 0, 0}, [this, x = std::move(*x)]() mutable { deliver(std::move(x)); });
        continue;
      }
      std::map<shard_id, node_mail> parts;
      if (auto told = std::get_if<tell>(&mail)) {
        std::map<shard_id, tell> split;
        for (auto user : told->to)
          split.try_emplace(shard_of(user), tell{told->conversation, {}, told->what})
            .first->second.to.push_back(user);
        for (auto& [of, part] : split)
          parts.emplace(of, std::move(part));
      } else {
        auto of = std::visit(shard_of_mail{}, mail);
        parts.emplace(of, std::move(mail));
      }
      for (auto& [of, part] : parts)
        hand(self, {'S', of.value, 0}, [this, of = of, part = std::move(part)]() mutable {
          forward(shards_.at(of), std::move(part), true);
        });
    }
  });
}

void cluster_node::refused(node_id by, const peer_refusal& x) {
  if (x.final)
    return end(x.text);
  if (auto at = peers_.find(by); at != peers_.end()) {
    at->second.link.refused(world_.now.steady);
    report(by);
  }
}

// -- who is in the cluster: what actors/controller.cpp and fetcher.cpp do ------------------

bool cluster_node::holds(shard_id x) const {
  auto at = groups_.find(x);
  return at != groups_.end() && at->second.core->holds_rows();
}

void cluster_node::meet(const parley::cluster_node& x) {
  if (x.id == id)
    return;
  auto at = peers_.try_emplace(x.id, peer{core::link{{cluster_id, id, life, id.value}}}).first;
  at->second.disk = x.disk;
}

void cluster_node::change(const core::map_change& what) {
  run(1ms, [this, what] {
    core::controller_actions out;
    controller_->ask(1, what, out);
    carry_out(std::move(out));
  });
}

void cluster_node::take(node_id from, const raft_letter& x) {
  core::controller_actions out;
  controller_->hear(from, x, world_.now.steady, out);
  carry_out(std::move(out));
}

/// Of the groups that this world leaves out it is said that they moved at once.
void cluster_node::look_after_map() {
  if (world_.now.steady < look_after_map_at_)
    return;
  look_after_map_at_ = world_.now.steady + limits::raft_announce_every;
  auto leaves = [](auto& x) { return x.leaving; };
  if (leads(map_group) && std::any_of(map().nodes.begin(), map().nodes.end(), leaves))
    for (size_t i = 0; i < shard_count; ++i) {
      shard_id of{static_cast<uint8_t>(i)};
      if (groups_.contains(of))
        continue;
      raft::leading said{1, map().epoch, {}};
      for (auto node : map().groups[i])
        said.servers.push_back({node});
      take(id, {of, encode(said), letter_kind::leading});
    }
  core::controller_actions out;
  controller_->tick(world_.now.steady, out);
  carry_out(std::move(out));
}

void cluster_node::carry_out(core::controller_actions&& out) {
  name self{'C', 0, 0};
  for (auto& x : out.kept)
    hand(self, {'J', 0, 0}, [this, x = std::move(x)]() mutable {
      journal_.push_back(std::move(x));
      write_soon();
    });
  for (auto& x : out.appends)
    hand(self, {'L', x.shard.value, 0},
         [this, x = std::move(x)]() mutable { take(x.shard, std::move(x)); });
  for (auto& x : out.loads)
    hand(self, {'L', x.shard.value, 0},
         [this, x = std::move(x)]() mutable { take(x.shard, std::move(x), own(map_keeper{})); });
  if (out.adopted) {
    world_.note(id, [&] { return "has map " + std::to_string(out.adopted->epoch); });
    for (auto& x : out.adopted->nodes)
      meet(x);
    for (auto& [of, x] : groups_)
      hand(self, {'L', of.value, 0},
           [this, of = of, map = out.adopted] { groups_[of].core->assign(*map); });
  }
  for (auto node : out.parted)
    peers_.erase(node);
  for (auto node : out.behind)
    hand(self, {'P', node.value, 0}, [this, node, bytes = encode(map())] {
      say(node, {map_group, bytes, letter_kind::map});
    });
  for (auto& [ticket, done] : out.reports) {
    world_.note(id, [&, &done = done] { return "answers an operator: " + done.text; });
    ++world_.counts.of[done.ok() ? "changes made" : "changes refused"];
  }
  if (!out.end.empty())
    end(out.end);
}

void cluster_node::carry_out(core::fetcher_actions&& out) {
  name self{'F', 0, 0};
  for (auto& [of, x] : out.loads)
    hand(self, {'H', 0, 0},
         [this, x = std::move(x)]() mutable { read(part_taker_, std::move(x)); });
  for (auto& [to, letter] : out.letters) {
    ++world_.counts.of["reads elsewhere"];
    hand(self, {'P', to.value, 0},
         [this, to = to, letter = std::move(letter)]() mutable { say(to, std::move(letter)); });
  }
  for (auto& [ticket, found] : out.answers) {
    auto reader = fetches_.extract(ticket).mapped();
    hand(self, {'W', reader.value, 0},
         [this, reader, found = std::move(found)]() mutable { answer(reader, std::move(found)); });
  }
}

void cluster_node::end(const std::string& why) {
  world_.note(id, [&] { return "ends: " + why; });
  ++world_.counts.of["nodes ended"];
  crash();
  ended_ = true;
}

// -- sessions: what actors/session.cpp does --------------------------------------------------

session_id cluster_node::connect(server::receiver receive) {
  auto made = make_session(id, life << 32 | ++sessions_made_);
  auto& x = sessions_[made];
  x.receive = std::move(receive);
  x.heard_at = world_.now.steady;
  x.who = std::make_shared<const origin>(origin{made, {}, {}, {}, {}});
  return made;
}

void cluster_node::close(session_id session) {
  hand({'c', session.value, 0}, {'s', session.value, 0}, [this, session] {
    auto gone = sessions_.extract(session);
    if (gone.empty())
      return;
    gone.mapped().who->end.leave();
    if (!gone.mapped().who->user)
      return;
    actions out;
    out.inboxes.push_back({gone.mapped().who->user, detach{session}});
    carry({'s', session.value, 0}, {}, std::move(out));
  });
}

void cluster_node::submit(session_id session, const frame& bytes) {
  hand({'c', session.value, 0}, {'s', session.value, 0}, [this, session, bytes] {
    auto at = sessions_.find(session);
    if (at == sessions_.end())
      return;
    at->second.heard_at = world_.now.steady;
    at->second.waiting.push_back(bytes);
    work_through(session);
  });
}

void cluster_node::work_through(session_id session) {
  for (auto at = sessions_.find(session);
       at != sessions_.end() && !at->second.logging_in && !at->second.waiting.empty();) {
    auto next = std::move(at->second.waiting.front());
    at->second.waiting.pop_front();
    take(session, at->second, next);
  }
}

void cluster_node::take(session_id session, struct session& from, const frame& bytes) {
  auto decoded = wire::decode_client(bytes);
  request what{decoded->request, std::move(decoded->body), bytes};
  auto opens = std::holds_alternative<wire::login>(what.body);
  if (!opens && !from.who->user)
    return to_client(
      session,
      {session,
       {{what.number, wire::encode_answer(what.number, wire::make_error(ec::login_first))}},
       {},
       ec::none});
  auto to = address_of(*from.who, what.body);
  auto of = std::visit([](auto x) { return shard_of(x); }, to);
  if (!std::holds_alternative<wire::ack>(what.body))
    from.open.push_back({what.number, of, world_.now.steady});
  from.logging_in = opens;
  actions out;
  if (auto room = std::get_if<conversation_id>(&to))
    out.rooms.push_back({*room, requests{from.who, {what}}});
  else
    out.inboxes.push_back({std::get<user_id>(to), requests{from.who, {what}}});
  carry({'s', session.value, 0}, {}, std::move(out));
}

void cluster_node::deliver(parcel&& x) {
  auto at = sessions_.find(x.to);
  if (at == sessions_.end())
    return;
  auto& to = at->second;
  auto session = x.to;
  parcel passed{session, {}, {}, x.close};
  for (auto& item : x.frames) {
    auto wanted = item.request == 0 && to.who->user;
    if (item.request != 0)
      wanted = std::erase_if(to.open, [&](auto& y) { return y.number == item.request; }) != 0;
    if (!wanted)
      continue;
    if (item.request != 0 && x.login)
      to.who = passed.login = std::exchange(x.login, nullptr);
    passed.frames.push_back(std::move(item));
  }
  if (to.open.empty())
    to.logging_in = false;
  auto closes = x.close != ec::none;
  to_client(session, std::move(passed));
  if (closes)
    return close(session);
  work_through(session);
}

void cluster_node::to_client(session_id session, parcel&& x) {
  hand({'s', session.value, 0}, {'c', session.value, 0},
       [receive = sessions_.at(session).receive, x = std::move(x)]() mutable {
         receive(std::move(x));
       });
}

void cluster_node::doubt(session_id session, struct session& x, const unsure& what) {
  give_up(session, [&what](auto& y) { return what.concerns(y.shard); });
  if (what.concerns(shard_of(x.who->user)))
    show(session, x);
}

/// Tells the inbox that the session is there, should it not know.
void cluster_node::show(session_id session, struct session& x) {
  if (world_.setting.mutations.never_show_sessions || !x.who->user)
    return;
  actions out;
  out.inboxes.push_back({x.who->user, pulse{x.who}});
  carry({'s', session.value, 0}, {}, std::move(out));
}

void cluster_node::give_up(session_id session,
                           const std::function<bool(const session::unanswered&)>& lost) {
  auto at = sessions_.find(session);
  if (at == sessions_.end())
    return;
  auto& x = at->second;
  parcel refusals{session, {}, {}, ec::none};
  std::erase_if(x.open, [&](auto& y) {
    if (!lost(y))
      return false;
    refusals.frames.push_back(
      {y.number, wire::encode_answer(y.number, wire::make_error(ec::retry))});
    return true;
  });
  if (x.open.empty())
    x.logging_in = false;
  if (!refusals.frames.empty())
    to_client(session, std::move(refusals));
  work_through(session);
}

} // namespace parley::simulation
