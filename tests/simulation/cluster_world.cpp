#include "tests/simulation/cluster_world.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/record.hpp"
#include "tests/simulation/cluster_node.hpp"
#include "tests/simulation/contacts_agree.hpp"
#include "tests/support/read_row.hpp"

#include <algorithm>
#include <sodium.h>

namespace parley::simulation {

namespace {

using namespace std::chrono_literals;

/// Few shards make a life cheap; users, chats and rooms are chosen to live there.
const std::vector<shard_id> shards_in_use{{11}, {44}};
constexpr unsigned users = 3;
constexpr unsigned devices_of_first = 2;

uint64_t applied_of(cluster_node& x, shard_id of) {
  auto row = read_row(x.disk(), keys::applied(of));
  return row ? record::decode<record::counter>(*row)->value : 0;
}

template <class Id>
bool in_use(Id x) {
  return std::count(shards_in_use.begin(), shards_in_use.end(), shard_of(x)) != 0;
}

/// Names whose inboxes and direct chats live in the shards in use.
const std::vector<std::string>& names() {
  static const auto result = [] {
    std::vector<std::string> chosen;
    for (unsigned i = 0; chosen.size() < users; ++i) {
      auto name = "user" + std::to_string(i);
      auto id = user_of(name);
      if (in_use(id) && std::all_of(chosen.begin(), chosen.end(), [id](auto& other) {
            return in_use(direct_conversation(id, user_of(other)));
          }))
        chosen.push_back(name);
    }
    return chosen;
  }();
  return result;
}

/// The `n`th room that a device can make in a shard in use.
uint64_t nonce_of_room(user_id user, device_id device, unsigned n) {
  for (uint64_t nonce = 1;; ++nonce)
    if (in_use(room_conversation(user, device, nonce)) && n-- == 0)
      return nonce;
}

join_node joining(node_id x) {
  return {x, {"host", static_cast<uint16_t>(x.value)}, {}};
}

parley::cluster_node in_map(node_id x) {
  return {x, joining(x).at, {}, 0, false};
}

/// What the engine draws at random comes from the seed, so that lives replay.
std::mt19937_64 random_of_engine;

void draw(void* out, size_t size) {
  for (auto at = static_cast<unsigned char*>(out); size != 0; --size)
    *at++ = static_cast<unsigned char>(random_of_engine() >> 32);
}

void seed_engine(uint64_t seed) {
  static randombytes_implementation drawn{
    [] { return "seeded"; },
    [] { return static_cast<uint32_t>(random_of_engine()); },
    nullptr,
    nullptr,
    [](void* out, size_t size) { draw(out, size); },
    nullptr,
  };
  randombytes_set_implementation(&drawn);
  random_of_engine.seed(seed);
}

} // namespace

std::string in_words(const cluster_counts& x) {
  std::string words;
  for (auto& [name, count] : x.of)
    words += (words.empty() ? "" : ", ") + name + " " + std::to_string(count);
  return words;
}

// -- a way in -------------------------------------------------------------------------------

session_id entrance::connect(receiver receive) {
  auto& to = world_.any_node(next_++);
  return to.up() ? to.connect(std::move(receive)) : session_id{};
}

void entrance::close(session_id session) {
  if (auto& to = world_.node(node_of(session)); to.up())
    to.close(session);
}

void entrance::submit(session_id session, const frame& bytes) {
  if (!session)
    return;
  if (auto& to = world_.node(node_of(session)); to.up())
    to.submit(session, bytes);
}

microseconds entrance::now() const {
  return world_.now.steady;
}

// -- the world ------------------------------------------------------------------------------

cluster_world::cluster_world(uint64_t seed, const cluster_setting& setting)
    : setting(setting), dice_(seed * 7919 + 13) {
  seed_engine(seed);
  now.wall = 1'700'000'000'000'000;
  now.steady = std::chrono::hours{1};
  if (setting.comers != 0)
    first_number_ = dice(1, 50);
  uint64_t device_number = 0;
  for (unsigned i = 0; i < users; ++i) {
    record::account account{names()[i], record::role::person, {}, {}, now.wall};
    for (unsigned n = i == 0 ? devices_of_first : 1; n != 0; --n) {
      device_id id{++device_number};
      auto token = "token" + std::to_string(id.value);
      account.devices.push_back({id, hash_token(token), now.wall, true});
      auto way = std::make_unique<entrance>(*this, static_cast<unsigned>(dice(0, 10)));
      auto who = std::make_unique<device>(*way, judge_, names()[i], id, token);
      clients_.push_back({std::move(way), std::move(who)});
    }
    accounts_.emplace_back().put(keys::account(user_of(names()[i])), record::encode(account));
  }
  std::vector<parley::cluster_node> founders;
  for (unsigned i = 0; i < setting.nodes; ++i)
    founders.push_back(in_map({first_number_ + i}));
  auto replicas = setting.comers == 0 ? setting.nodes : 3;
  auto map = core::found(founders, static_cast<uint8_t>(replicas));
  for (auto& x : founders)
    nodes_.push_back(std::make_unique<cluster_node>(*this, x.id, map));
}

cluster_world::~cluster_world() = default;

const std::vector<shard_id>& cluster_world::shards() const {
  return shards_in_use;
}

cluster_node& cluster_world::node(node_id x) {
  return *nodes_[x.value - first_number_];
}

cluster_node& cluster_world::any_node(uint64_t n) {
  return *nodes_[n % nodes_.size()];
}

void cluster_world::at(microseconds when, std::function<void()> what) {
  agenda_.plan(now.steady + when, std::move(what));
}

uint64_t cluster_world::dice(uint64_t low, uint64_t high) {
  return low + dice_() % (high - low + 1);
}

bool cluster_world::chance(double share) {
  return static_cast<double>(dice_() >> 11) * 0x1p-53 < share;
}

void cluster_world::run_until(microseconds end, const std::function<bool()>& done) {
  auto look_at = now.steady;
  while (!agenda_.empty() && agenda_.next() <= end) {
    if (now.steady >= look_at) {
      if (done())
        return;
      look_at = now.steady + 100ms;
    }
    auto next = agenda_.next();
    now.wall += (next - now.steady).count();
    now.steady = next;
    agenda_.take()();
  }
}

// -- cables ---------------------------------------------------------------------------------

cable cluster_world::cable_of(node_id from, node_id to) const {
  auto there = cables_.find({from, to});
  auto back = cables_.find({to, from});
  auto there_is = there == cables_.end() ? cable::good : there->second;
  auto back_is = back == cables_.end() ? cable::good : back->second;
  return there_is == cable::broken || back_is == cable::broken ? cable::broken : there_is;
}

void cluster_world::cut(node_id from, node_id to, cable x) {
  cables_[{from, to}] = x;
}

uint64_t cluster_world::connection(node_id from, node_id to) {
  auto& x = connections_[{from, to}];
  auto how = cable_of(from, to);
  auto there = node(to).up() && how != cable::broken;
  if (!there || (x.number != 0 && x.life != node(to).life)) {
    counts.of["frames lost"] += x.on_their_way.size();
    x = {};
  }
  if (there && x.number == 0 && how == cable::good && cable_of(to, from) == cable::good
      && chance(0.3)) {
    x.number = ++connections_made_;
    x.life = node(to).life;
  }
  return x.number;
}

void cluster_world::carry(node_id from, node_id to, uint64_t connection, const frame& bytes) {
  auto& x = connections_[{from, to}];
  if (connection == 0 || x.number != connection)
    return;
  x.on_their_way.push_back(bytes);
  auto delay = chance(0.01) ? dice(10'000, 150'000) : dice(100, 3000);
  x.last_arrival = std::max(x.last_arrival, now.steady + microseconds{delay});
  at(x.last_arrival - now.steady, [this, from, to, connection] { arrive(from, to, connection); });
}

void cluster_world::arrive(node_id from, node_id to, uint64_t number) {
  auto& x = connections_[{from, to}];
  if (x.number != number || x.on_their_way.empty())
    return;
  if (cable_of(from, to) == cable::silent) {
    ++x.stalled;
    return;
  }
  auto bytes = std::move(x.on_their_way.front());
  x.on_their_way.pop_front();
  if (node(to).up() && node(to).life == x.life)
    node(to).hear(from, bytes);
}

void cluster_world::refuse(node_id by, node_id who, const peer_refusal& why) {
  at(microseconds{dice(100, 3000)}, [this, by, who, why] {
    if (cable_of(by, who) == cable::silent)
      return refuse(by, who, why);
    if (node(who).up() && cable_of(by, who) == cable::good)
      node(who).refused(by, why);
  });
}

void cluster_world::heal() {
  cables_.clear();
  for (auto& [ends, x] : connections_)
    for (auto n = std::exchange(x.stalled, 0); n != 0; --n)
      at(microseconds{dice(100, 50'000)},
         [this, ends = ends, number = x.number] { arrive(ends.first, ends.second, number); });
}

void cluster_world::reset_connections() {
  for (auto& [ends, x] : connections_)
    if (chance(0.3)) {
      counts.of["frames lost"] += x.on_their_way.size();
      x = {};
    }
}

// -- what happens -----------------------------------------------------------------------------

void cluster_world::let_something_break() {
  if (quiet_)
    return;
  at(microseconds{dice(20'000, 700'000)}, [this] { let_something_break(); });
  auto one = nodes_[dice(0, nodes_.size() - 1)]->id;
  auto any_cut = [this] { return chance(0.6) ? cable::silent : cable::broken; };
  switch (dice(0, setting.full_disks ? 8 : 7)) {
    case 0:
    case 1:
      if (node(one).up()) {
        node(one).crash();
        at(microseconds{dice(5'000, 900'000)}, [this, one, life = node(one).life] {
          if (node(one).life == life && !is_gone(one))
            node(one).start();
        });
      }
      break;
    case 2: // One way here, both ways there.
      heal();
      note({}, [] { return "some cables are cut"; });
      ++counts.of["partitions"];
      for (auto& x : nodes_)
        for (auto& y : nodes_)
          if (x != y && chance(0.3))
            cut(x->id, y->id, any_cut());
      break;
    case 3:
    case 4: {
      heal();
      note(one, [] { return "is alone"; });
      ++counts.of["partitions"];
      auto how = any_cut();
      for (auto& x : nodes_)
        if (x->id != one) {
          cut(x->id, one, how);
          cut(one, x->id, how);
        }
      break;
    }
    case 5:
      heal();
      break;
    case 6:
      node(one).pause(microseconds{dice(50'000, 900'000)});
      break;
    case 7:
      reset_connections();
      break;
    case 8:
      node(one).fill_disk(microseconds{dice(50'000, 800'000)});
      break;
  }
}

void cluster_world::let_clients_act() {
  if (quiet_)
    return;
  at(microseconds{dice(2'000, chance(0.1) ? 300'000 : 60'000)}, [this] { let_clients_act(); });
  auto& one = *clients_[dice(0, clients_.size() - 1)].who;
  auto of_user = std::find(names().begin(), names().end(), one.user()) - names().begin();
  auto other = names()[(static_cast<uint64_t>(of_user) + dice(1, users - 1)) % users];
  auto what = dice(0, 99);
  auto text = [this] { return "text " + std::to_string(++texts_); };
  if (what < 3)
    return one.disconnect();
  if (what < 8)
    return one.create_room(nonce_of_room(user_of(one.user()), one.id(), what % 2),
                           {other, names()[dice(0, users - 1)]});
  if (what < 18)
    return one.read_some(dice(0, UINT32_MAX));
  if (what < 27)
    return one.revise_some(dice(0, UINT32_MAX));
  if (what < 30)
    return one.meet(other, dice(0, UINT32_MAX));
  if (what < 54 || one.rooms().empty())
    return one.send_to_user(other, text());
  auto room =
    *std::next(one.rooms().begin(), static_cast<ptrdiff_t>(dice(0, one.rooms().size() - 1)));
  if (what < 90)
    one.send_to(room, text());
  else if (what < 93)
    one.change(room, other, true);
  else if (what < 95)
    one.change(room, other, false);
  else if (what < 96)
    one.leave(room);
}

// -- who is in the cluster ----------------------------------------------------------------------

/// Of those that anybody has: the operator looks at all of them.
const cluster_map& cluster_world::newest_map() const {
  return (*std::max_element(nodes_.begin(), nodes_.end(),
                            [](auto& x, auto& y) { return x->map().epoch < y->map().epoch; }))
    ->map();
}

bool cluster_world::is_gone(node_id x) const {
  return replacing_ && replacing_->node == x;
}

/// All groups are where the map wants them, and nobody is on the way out.
bool cluster_world::is_settled() {
  auto& map = newest_map();
  auto ready = [&](shard_id of) {
    auto wanted = map.groups[of.value];
    std::sort(wanted.begin(), wanted.end());
    return std::any_of(nodes_.begin(), nodes_.end(), [&](auto& x) {
      auto servers = x->servers_of(of);
      if (!servers || !map.wants(of, x->id))
        return false;
      std::vector<node_id> voters;
      for (auto& y : *servers)
        if (y.role == raft::server_role::voter)
          voters.push_back(y.id);
      std::sort(voters.begin(), voters.end());
      return servers->size() == voters.size() && voters == wanted;
    });
  };
  return !replacing_
         && std::none_of(map.nodes.begin(), map.nodes.end(), [](auto& x) { return x.leaving; })
         && std::all_of(map.nodes.begin(), map.nodes.end(),
                        [&](auto& x) { return node(x.id).map().epoch == map.epoch; })
         && std::all_of(shards_in_use.begin(), shards_in_use.end(), ready) && ready(map_group);
}

/// Wherever the map is led, if anywhere.
void cluster_world::ask_for(const core::map_change& what) {
  for (auto& x : nodes_)
    if (x->leads(map_group))
      return x->change(what);
}

/// With an empty disk and a number that nobody had.
cluster_node& cluster_world::begin_node() {
  cluster_map known; // What its operator says.
  for (auto& x : newest_map().nodes)
    known.nodes.push_back(in_map(x.id));
  node_id id{first_number_ + nodes_.size()};
  nodes_.push_back(std::make_unique<cluster_node>(*this, id, known));
  nodes_.back()->start();
  return *nodes_.back();
}

void cluster_world::let_operator_act() {
  if (replacing_) {
    auto& map = newest_map();
    if (map.was_removed(replacing_->node))
      replacing_.reset();
    else if (!map.find(replacing_->by.node))
      ask_for(cluster_change{*replacing_});
  }
  if (quiet_ && !replacing_)
    return;
  at(microseconds{dice(100'000, 900'000)}, [this] { let_operator_act(); });
  if (quiet_)
    return;
  auto& map = newest_map();
  auto may_come = nodes_.size() < setting.nodes + setting.comers;
  auto some = map.nodes[dice(0, map.nodes.size() - 1)].id;
  auto other = map.nodes[dice(0, map.nodes.size() - 1)].id;
  switch (dice(0, 7)) {
    case 0:
    case 1:
      if (may_come) {
        ++counts.of["nodes come"];
        ask_for(cluster_change{joining(begin_node().id)});
      }
      break;
    case 2:
      if (may_come && is_settled()) { // Or more than a minority may be gone.
        ++counts.of["machines gone"];
        node(some).crash();
        replacing_ = replace_node{some, joining(begin_node().id)};
      }
      break;
    case 3:
      ask_for(cluster_change{leave_node{some}});
      break;
    case 4:
    case 5:
      ask_for(cluster_change{
        move_replica{chance(0.3) ? map_group : shards_in_use[dice(0, 1)], some, other}});
      break;
    case 6:
      ask_for(cluster_change{rebalance{}});
      break;
    case 7: // Who was not let in asks again.
      for (auto& x : nodes_)
        if (x->up() && !map.find(x->id) && !map.was_removed(x->id))
          ask_for(cluster_change{joining(x->id)});
      break;
  }
}

/// Who was removed is told so, also a machine that was given up and comes back.
std::string cluster_world::judge_members() {
  run_until(now.steady + 60s, [this] { return is_settled(); });
  std::string why;
  auto& map = newest_map();
  if (!is_settled()) {
    why +=
      "the groups are not where the map of epoch " + std::to_string(map.epoch) + " wants them\n";
    for (auto& x : nodes_)
      for (auto of : {shards_in_use[0], shards_in_use[1], map_group})
        if (auto servers = x->servers_of(of)) {
          why +=
            "  node " + std::to_string(x->id.value) + " leads " + std::to_string(of.value) + ":";
          for (auto& y : *servers)
            why +=
              " " + std::to_string(y.id.value) + "/" + std::to_string(static_cast<int>(y.role));
          why += ", wanted";
          for (auto y : map.groups[of.value])
            why += " " + std::to_string(y.value);
          why += ", map " + std::to_string(x->map().epoch) + "\n";
        }
  }
  for (auto& x : nodes_)
    if (!x->up())
      x->start();
  auto out = [&](auto& x) { return !map.was_removed(x->id) || x->ended(); };
  run_until(now.steady + 20s, [&] { return std::all_of(nodes_.begin(), nodes_.end(), out); });
  for (auto& x : nodes_) {
    if (!out(x))
      why += "node " + std::to_string(x->id.value) + " was removed and goes on\n";
    if (x->ended() && !map.was_removed(x->id))
      why += "node " + std::to_string(x->id.value) + " ended and was not removed\n";
  }
  return why;
}

// -- clients --------------------------------------------------------------------------------------

/// Who is not logged in after a while tries the next node.
void cluster_world::look_after_clients() {
  at(50ms, [this] { look_after_clients(); });
  for (auto& x : clients_) {
    if (x.who->online()) {
      x.waits_since = now.steady;
    } else if (!x.who->connected()) {
      x.waits_since = now.steady;
      if (chance(0.4))
        x.who->connect();
    } else if (now.steady >= x.waits_since + 4s) {
      x.who->disconnect();
    }
    x.who->look_after();
  }
}

// -- judgement ----------------------------------------------------------------------------------

/// As if somebody had imported them.
void cluster_world::begin_accounts() {
  auto there = [this](const effect& x) {
    auto of = keys::shard_of(x.rows.front().key);
    return std::any_of(nodes_.begin(), nodes_.end(), [&](auto& y) {
      return y->leads(of) && read_row(y->disk(), x.rows.front().key);
    });
  };
  auto missing = accounts_;
  for (auto until = now.steady + 10s; !missing.empty() && now.steady < until;) {
    for (auto& x : missing)
      for (auto& y : nodes_)
        if (auto of = keys::shard_of(x.rows.front().key); y->leads(of))
          y->import(of, x);
    run_until(now.steady + 100ms, [] { return false; });
    std::erase_if(missing, there);
  }
  if (!missing.empty())
    throw cluster_violation{"nobody leads"};
}

std::string cluster_world::live() {
  for (auto& x : nodes_)
    x->start();
  begin_accounts();
  at(1ms, [this] { look_after_clients(); });
  at(300ms, [this] { let_clients_act(); });
  at(500ms, [this] { let_something_break(); });
  if (setting.comers != 0)
    at(700ms, [this] { let_operator_act(); });
  try {
    run_until(now.steady + std::chrono::milliseconds{setting.life_ms}, [] { return false; });
    return judge();
  } catch (const cluster_violation& x) {
    return x.what();
  }
}

bool cluster_world::everybody_has_everything() {
  return std::all_of(clients_.begin(), clients_.end(),
                     [](auto& x) { return x.who->online() && x.who->settled(); })
         && judge_.drained();
}

std::string cluster_world::judge() {
  quiet_ = true;
  note({}, [] { return "everything heals"; });
  heal();
  at(1s, [this] {
    for (auto& x : nodes_)
      if (!x->up() && !is_gone(x->id))
        x->start();
  });
  auto all = [this] { return everybody_has_everything(); };
  run_until(now.steady + 3s, [] { return false; });
  run_until(now.steady + 60s, all);
  std::string why;
  if (!all()) {
    why += "who stays connected does not get everything";
    for (auto& x : clients_)
      why += x.who->online() ? x.who->open_questions() : " (" + x.who->user() + " is offline)";
    why += "\n";
  }
  if (setting.comers != 0)
    why += judge_members();
  for (auto& x : clients_)
    x.who->disconnect();
  run_until(now.steady + 1s, [] { return false; });
  run_until(now.steady + 40s, all);
  run_until(now.steady + 2s, [] { return false; });
  judge_.rest();
  for (auto& x : clients_)
    if (x.who->online())
      x.who->ask_list();
  run_until(now.steady + 1s, [] { return false; });
  for (auto& x : clients_)
    x.who->audit();
  run_until(now.steady + 4s, [] { return false; });
  for (auto& x : clients_)
    why += x.who->disagreements();
  if (auto verdict = judge_.finish(); !verdict.ok())
    why += checker::in_words(verdict) + "\n";
  for (auto& x : clients_) {
    if (!x.who->online())
      why += x.who->user() + " cannot come back\n";
    if (x.who->refused_without_reason != 0)
      why += x.who->user() + " was refused without a reason\n";
    if (!x.who->settled())
      why += x.who->user() + " has sends that nobody answers:" + x.who->open_questions() + "\n";
    for (auto& [id, state] : x.who->listed)
      if (state.last_seq == 0 && x.who->held(id) < state.head)
        why += x.who->user() + " holds " + std::to_string(x.who->held(id)) + " of "
               + std::to_string(state.head) + "\n";
  }
  counts.of["texts"] += texts_;
  return why + compare_disks();
}

/// Every replica has the same rows, mailboxes say what conversations say, and
/// no outbox row is left.
std::string cluster_world::compare_disks() {
  std::string why;
  auto& map = newest_map();
  for (auto of : shards_in_use) {
    auto rows_of = [of](cluster_node& x) {
      std::map<std::string, std::string> rows;
      auto applied = keys::applied(of); // A copy may know of a later one, without rows.
      (void)x.disk().scan(keys::everything(of), [&](std::string_view at, std::string_view value) {
        if (at != applied.bytes())
          rows.emplace(at, value);
        return true;
      });
      return rows;
    };
    std::vector<cluster_node*> holders;
    std::vector<cluster_node*> others;
    for (auto& x : map.nodes)
      (map.wants(of, x.id) ? holders : others).push_back(&node(x.id));
    auto same = [&] {
      auto first = rows_of(*holders.front());
      return std::all_of(holders.begin(), holders.end(),
                         [&](auto x) { return rows_of(*x) == first; })
             && std::all_of(others.begin(), others.end(),
                            [&](auto x) { return rows_of(*x).empty(); });
    };
    run_until(now.steady + 20s, same);
    auto first = rows_of(*holders.front());
    rows_.insert(first.begin(), first.end());
    if (same())
      continue;
    holders.insert(holders.end(), others.begin(), others.end());
    for (auto x : holders) {
      auto rows = rows_of(*x);
      size_t missing = 0;
      size_t other = 0;
      for (auto& [at, value] : first) {
        auto found = rows.find(at);
        missing += found == rows.end();
        other += found != rows.end() && found->second != value;
      }
      why += "shard " + std::to_string(of.value) + " on node " + std::to_string(x->id.value)
             + (map.wants(of, x->id) ? "" : ", which shall have none") + ": "
             + std::to_string(rows.size()) + " rows, " + std::to_string(missing) + " missing, "
             + std::to_string(other) + " other than on the first, applied "
             + std::to_string(applied_of(*x, of)) + ", " + x->state_of(of) + "\n";
    }
  }
  for (auto& [at, value] : rows_) {
    if (at[1] == 'o')
      why += "an outbox row was never delivered\n";
    if (at[1] == 'k')
      why += contacts_agree(at, value, [this](const key& x) -> std::optional<std::string> {
        auto found = rows_.find(std::string{x.bytes()});
        return found == rows_.end() ? std::nullopt : std::optional{found->second};
      });
    if (at[1] != 'm')
      continue;
    auto member = *record::decode<record::member>(value);
    auto user = keys::user_at_end(at);
    auto conversation = keys::conversation_at_end(at.substr(0, at.size() - 16));
    auto row = rows_.find(std::string{keys::mailbox(user, conversation).bytes()});
    auto box = row == rows_.end() ? std::nullopt : record::decode<record::mailbox>(row->second);
    if (!box || box->joined != member.joined || box->left != member.left)
      why += "a mailbox of " + member.name + " is out of step\n";
  }
  return why;
}

} // namespace parley::simulation
