#include "tests/simulation/raft_world.hpp"

#include <algorithm>
#include <sstream>

namespace parley::simulation {

namespace {

uint64_t digest(std::string_view bytes, uint64_t from = 1469598103934665603ull) {
  for (unsigned char x : bytes)
    from = (from ^ x) * 1099511628211ull;
  return from;
}

raft::term_t leader_term(const raft::message& x) {
  auto by_leader = std::holds_alternative<raft::append_entries>(x.body)
                   || std::holds_alternative<raft::install_snapshot>(x.body)
                   || std::holds_alternative<raft::confirm>(x.body);
  return by_leader ? x.term : 0;
}

} // namespace

raft_counts& raft_counts::operator+=(const raft_counts& x) {
  proposed += x.proposed;
  transfers += x.transfers;
  acknowledged += x.acknowledged;
  terms += x.terms;
  reads += x.reads;
  snapshots += x.snapshots;
  installs += x.installs;
  changes += x.changes;
  crashes += x.crashes;
  return *this;
}

std::string in_words(const raft_counts& x) {
  std::ostringstream out;
  out << "transfers " << x.transfers << " proposed " << x.proposed << " acknowledged "
      << x.acknowledged << " terms " << x.terms << " reads " << x.reads << " snapshots "
      << x.snapshots << " installs " << x.installs << " changes " << x.changes << " crashes "
      << x.crashes;
  return out.str();
}

raft_world::raft_world(uint64_t seed, const raft_setting& setting)
    : setting(setting), dice_(seed * 7919 + 13) {
  for (unsigned i = 1; i <= setting.servers; ++i)
    hosts_.push_back(std::make_unique<raft_host>(*this, node_id{i}));
  for (auto& x : hosts_)
    x->start();
}

// -- time and chance --------------------------------------------------------------------

void raft_world::at(unsigned in_ms, std::function<void()> what) {
  agenda_.plan(now + moment{in_ms}, std::move(what));
}

uint64_t raft_world::dice(uint64_t low, uint64_t high) {
  return low + dice_() % (high - low + 1);
}

bool raft_world::chance(double share) {
  return static_cast<double>(dice_() >> 11) * 0x1p-53 < share;
}

void raft_world::run(unsigned ms) {
  (void)run_until([] { return false; }, ms);
}

bool raft_world::run_until(const std::function<bool()>& done, unsigned ms) {
  auto until = now + moment{ms};
  while (!agenda_.empty() && agenda_.next() <= until) {
    if (done())
      return true;
    now = agenda_.next();
    agenda_.take()();
  }
  now = until;
  return done();
}

// -- network ------------------------------------------------------------------------------

void raft_world::set_link(unsigned from, unsigned to, link x) {
  links_[{node_id{from}, node_id{to}}] = x;
  host(from).set_link(node_id{to}, x);
}

void raft_world::cut(unsigned a, unsigned b, link x) {
  set_link(a, b, x);
  set_link(b, a, x);
}

void raft_world::isolate(unsigned id, link x) {
  for (unsigned i = 1; i <= setting.servers; ++i)
    if (i != id)
      cut(id, i, x);
}

void raft_world::heal() {
  for (unsigned i = 1; i <= setting.servers; ++i)
    for (unsigned j = 1; j < i; ++j)
      cut(i, j, link::good);
  loss = 0;
  slow_disk = {};
}

bool raft_world::reaches(node_id from, node_id to) {
  return links_[{from, to}] == link::good;
}

void raft_world::carry(node_id from, const raft::letter& x) {
  if (auto said = raft::decode_message(x.bytes.bytes()))
    if (auto term = leader_term(*said); term != 0)
      saw_leader(from, term);
  if (!reaches(from, x.to) || chance(loss))
    return;
  auto delay = setting.calm ? setting.delay_ms : chance(0.02) ? dice(20, 600) : dice(1, 6);
  auto& last = last_delivery_[{from, x.to}];
  last = std::max(last, now + moment{delay});
  auto& to = host(static_cast<unsigned>(x.to.value));
  auto bytes = std::make_shared<const frame>(x.bytes);
  at(static_cast<unsigned>((last - now).count()),
     [this, from, to = x.to, life = to.life, bytes] { deliver(from, to, life, bytes); });
}

/// A paused host gets what came meanwhile when it goes on, in order.
void raft_world::deliver(node_id from, node_id to, uint64_t life,
                         std::shared_ptr<const frame> bytes) {
  auto& host = *hosts_[to.value - 1];
  if (!host.up() || host.life != life)
    return;
  auto earliest =
    std::max(host.paused_until > now ? host.paused_until + moment{1} : now, host.last_arrival);
  if (earliest > now) {
    host.last_arrival = earliest;
    at(static_cast<unsigned>((earliest - now).count()),
       [this, from, to, life, bytes] { deliver(from, to, life, bytes); });
    return;
  }
  if (reaches(from, to))
    host.receive(*bytes);
}

// -- the eye ------------------------------------------------------------------------------

raft_host* raft_world::leader() {
  raft_host* result = nullptr;
  for (auto& x : hosts_)
    if (x->leads() && (result == nullptr || x->group().term() > result->group().term()))
      result = x.get();
  return result;
}

void raft_world::saw_leader(node_id who, term_t term) {
  auto [first, added] = leaders_.try_emplace(term, who);
  counts.terms += added;
  if (first->second != who)
    throw violation{"I3: a term has two leaders"};
}

void raft_world::saw_applied(node_id who, const raft::committed_entry& x, raft_host::state state) {
  applied_entry seen{digest(x.data.bytes()), state.digest};
  auto [first, added] = applied_.try_emplace(x.index, seen);
  if (added)
    return;
  if (first->second.data != seen.data)
    throw violation{"I2: two entries at one place"};
  if (first->second.digest != seen.digest)
    throw violation{"I2: node " + std::to_string(who.value) + " missed an entry"};
}

void raft_world::saw_acknowledged(index_t index) {
  ++counts.acknowledged;
  acknowledged_index = std::max(acknowledged_index, index);
}

// -- life ---------------------------------------------------------------------------------

void raft_world::let_clients_act() {
  if (quiet_)
    return;
  for (auto& x : hosts_)
    if (x->awake() && x->leads()) {
      if (chance(0.1)) // Nothing comes of it while proposals are on their way.
        x->transfer(hosts_[dice(0, setting.servers - 1)]->id);
      for (auto n = dice(1, 3); n != 0; --n)
        x->propose(++ids_);
      if (chance(0.2))
        x->read();
    }
  at(static_cast<unsigned>(dice(1, chance(0.1) ? 300 : 12)), [this] { let_clients_act(); });
}

void raft_world::let_something_break() {
  if (quiet_)
    return;
  auto n = setting.servers;
  auto& one = *hosts_[dice(0, n - 1)];
  auto id = static_cast<unsigned>(one.id.value);
  auto any_cut = [this] { return chance(0.5) ? link::silent : link::broken; };
  switch (dice(0, setting.full_disk ? 9 : 8)) {
    case 0:
    case 1:
      if (one.up()) {
        one.crash();
        at(static_cast<unsigned>(dice(5, 900)), [&one, life = one.life] {
          if (one.life == life)
            one.start();
        });
      }
      break;
    case 2: // One way here, both ways there.
      heal();
      for (unsigned i = 1; i <= n; ++i)
        for (unsigned j = 1; j <= n; ++j)
          if (i != j && chance(0.4))
            set_link(i, j, any_cut());
      break;
    case 3:
      heal();
      isolate(id, any_cut());
      break;
    case 4: { // Two halves.
      heal();
      auto half = dice(1, (1u << n) - 2);
      for (unsigned i = 1; i <= n; ++i)
        for (unsigned j = 1; j < i; ++j)
          if ((half >> (i - 1) & 1) != (half >> (j - 1) & 1))
            cut(i, j);
      break;
    }
    case 5:
      heal();
      break;
    case 6:
      if (one.up())
        one.pause(static_cast<unsigned>(dice(50, 900)));
      break;
    case 7:
      loss = chance(0.5) ? 0.15 : 0;
      slow_disk = moment{chance(0.5) ? dice(20, 400) : 0};
      break;
    case 8:
      if (setting.changes)
        change_membership();
      break;
    case 9:
      one.disk_full = true;
      at(static_cast<unsigned>(dice(50, 600)), [&one] { one.disk_full = false; });
      break;
  }
  at(static_cast<unsigned>(dice(10, 350)), [this] { let_something_break(); });
}

void raft_world::change_membership() {
  for (auto& x : hosts_) {
    if (!x->awake() || !x->leads())
      continue;
    node_id who{dice(1, setting.servers)};
    auto servers = x->group().servers();
    auto at = std::find_if(servers.begin(), servers.end(), [who](auto& y) { return y.id == who; });
    if (at == servers.end())
      x->change(raft::change_kind::add_spare, who);
    else if (at->role != raft::server_role::voter)
      x->change(raft::change_kind::make_voter, who);
    else
      x->change(chance(0.5) ? raft::change_kind::make_spare : raft::change_kind::remove, who);
  }
}

void raft_world::live() {
  quiet_ = false;
  at(100, [this] { let_clients_act(); });
  at(400, [this] { let_something_break(); });
  run(setting.life_ms);
  judge();
}

void raft_world::judge() {
  quiet_ = true;
  auto wake = [this] {
    heal();
    for (auto& x : hosts_) {
      x->paused_until = {};
      x->disk_full = false;
      x->resume_disk();
      if (!x->up())
        x->start();
    }
  };
  wake();
  run(4000);
  auto before = counts.acknowledged;
  for (int i = 0; i < 40 && counts.acknowledged == before; ++i) {
    wake();
    if (auto x = leader())
      x->propose(++ids_);
    run(250);
  }
  if (counts.acknowledged == before)
    throw violation{"I8: nothing is committed after healing"};
  if (!run_until([this] { return one_state(); }, 5000))
    throw violation{"I8: not everybody catches up"};
  if (leader()->now.applied < acknowledged_index)
    throw violation{"I1: the leader misses what was acknowledged"};
}

/// Whether there is a leader and all its voters have applied what it has.
bool raft_world::one_state() {
  auto first = leader();
  if (first == nullptr)
    return false;
  auto servers = first->group().servers();
  return std::all_of(servers.begin(), servers.end(), [this, first](auto& x) {
    return x.role != raft::server_role::voter || hosts_[x.id.value - 1]->now == first->now;
  });
}

} // namespace parley::simulation
