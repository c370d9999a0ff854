#include "persistence/raft_rows.hpp"
#include "schema/effect_codec.hpp"
#include "schema/record.hpp"
#include "tests/simulation/raft_words.hpp"
#include "tests/simulation/raft_world.hpp"

#include <algorithm>

namespace parley::simulation {

namespace {

constexpr shard_id shard{5};
constexpr unsigned tick_ms = 25;
const conversation_id timeline{uint64_t{5} << 58, 1};

/// The row that stands for the whole state machine.
key state_key() {
  return keys::conversation(timeline);
}

frame to_frame(raft_host::state x) {
  uint64_t words[2] = {x.applied, x.digest};
  return frame{{reinterpret_cast<const char*>(words), sizeof words}};
}

uint64_t mix(uint64_t digest, std::string_view bytes) {
  for (unsigned char x : bytes)
    digest = (digest ^ x) * 1099511628211ull;
  return digest;
}

frame entry_of(uint64_t id, size_t words) {
  std::string text(words * frame::word, 'x');
  std::memcpy(text.data(), &id, sizeof id);
  effect what;
  what.put(keys::message(timeline, id), frame{text});
  return encode_effects({&what, 1});
}

} // namespace

raft_host::raft_host(raft_world& world, node_id id) : id(id), world_(world) {
  // nop
}

// -- life ---------------------------------------------------------------------------------

void raft_host::start() {
  ++life;
  world_.note(id, [] { return "starts"; });
  disk_busy_ = false;
  disk_dead_ = false;
  raft::group_options options;
  options.self = id;
  auto& setting = world_.setting;
  if (id.value <= setting.founders)
    for (unsigned i = 1; i <= setting.founders; ++i)
      options.founders.push_back({node_id{i}, i > setting.founders - setting.standbys
                                                ? raft::server_role::standby
                                                : raft::server_role::voter});
  options.election = moment{150};
  options.heartbeat = moment{tick_ms};
  options.install = moment{400};
  options.snapshot_threshold = setting.snapshot_threshold;
  options.snapshot_trailing = setting.snapshot_trailing;
  options.proposals = setting.proposals;
  options.append_bytes = 600;
  options.voters_min = setting.voters_min;
  options.seed = world_.dice(1, 1'000'000'000);
  options.guards = setting.guards;
  raft::persisted found;
  if (auto done = raft::load_group(disk_, shard, found); !done.ok())
    throw violation{"the disk of node " + std::to_string(id.value) + ": " + done.text};
  now = stored_state();
  durable_last_ = found.first - 1 + found.entries.size();
  group_ = std::make_unique<raft::group>(options, std::move(found), world_.now);
  for (unsigned i = 1; i <= setting.servers; ++i)
    group_->connected(node_id{i}, !broken_.contains(node_id{i}));
  carry();
  tick_later(static_cast<unsigned>(world_.dice(1, tick_ms)));
}

void raft_host::start_later() {
  world_.at(static_cast<unsigned>(world_.dice(50, 200)), [this, mine = life] {
    if (life == mine)
      start();
  });
}

void raft_host::crash() {
  if (!up())
    return;
  ++life;
  ++world_.counts.crashes;
  world_.note(id, [this] { return "crashes, writes under way " + std::to_string(jobs_.size()); });
  group_.reset();
  reads_.clear();
  for (auto kept = world_.dice(0, jobs_.size()); kept != 0; --kept) {
    if (!execute(jobs_.front()))
      break;
    jobs_.pop_front();
  }
  jobs_.clear();
  disk_.crash();
}

void raft_host::pause(unsigned ms) {
  paused_until = world_.now + moment{ms};
}

bool raft_host::awake() const {
  return up() && paused_until <= world_.now;
}

bool raft_host::leads() const {
  return up() && group_->role().kind == raft::role_kind::leader;
}

void raft_host::tick_later(unsigned ms) {
  world_.at(ms, [this, mine = life] {
    if (life == mine)
      tick();
  });
}

void raft_host::tick() {
  if (paused_until > world_.now)
    return tick_later(static_cast<unsigned>((paused_until - world_.now).count()));
  tick_later(tick_ms + static_cast<unsigned>(world_.setting.calm ? 0 : world_.dice(0, 3)));
  if (world_.chance(0.1))
    flush();
  group_->tick(world_.now);
  carry();
}

/// What the rows' memory does when it is full.
void raft_host::flush() {
  disk_.flush(shard);
  if (auto wanted = group_->waits_for_flush(); wanted != 0 && wanted <= stored_state().applied)
    group_->flushed(wanted, world_.now);
}

// -- events -------------------------------------------------------------------------------

void raft_host::receive(const frame& bytes) {
  world_.note(id, [&bytes] { return "hears " + in_words(*raft::decode_message(bytes.bytes())); });
  group_->receive(bytes, world_.now);
  carry();
}

void raft_host::set_link(node_id to, link x) {
  if (x == link::broken)
    broken_.insert(to);
  else
    broken_.erase(to);
  if (up())
    group_->connected(to, x != link::broken);
}

void raft_host::propose(uint64_t proposal) {
  auto words = world_.setting.calm ? 2 : world_.dice(1, 20);
  world_.counts.proposed +=
    group_->propose(entry_of(proposal, words), proposal, world_.now) == raft::verdict::accepted;
  carry();
}

void raft_host::read() {
  auto token = ++questions_;
  reads_[token] = world_.acknowledged_index;
  group_->confirm_leadership(token, world_.now);
  carry();
}

void raft_host::transfer(node_id to) {
  world_.counts.transfers += group_->transfer(to, world_.now) == raft::verdict::accepted;
  carry();
}

void raft_host::change(raft::change_kind what, node_id who) {
  (void)group_->change(what, who, 1, world_.now);
  carry();
}

// -- what comes out -----------------------------------------------------------------------

void raft_host::carry() {
  auto out = group_->take();
  for (auto& x : out.committed)
    apply(x);
  for (auto& x : out.writes)
    queue(x);
  for (auto& x : out.letters)
    world_.carry(id, x);
  for (auto& x : out.proposals)
    if (x.index != 0)
      world_.saw_acknowledged(x.index);
  for (auto& x : out.reads)
    end_read(x);
  for (auto& x : out.changes)
    world_.counts.changes += x.done;
  if (out.install)
    fetch(*out.install);
  if (out.role)
    world_.note(id, [&out] { return in_words(*out.role); });
  if (out.role && out.role->kind == raft::role_kind::leader)
    world_.saw_leader(id, out.role->term);
  run_disk();
  if (out.reload) {
    group_.reset();
    return start();
  }
  if (!out.fatal.empty()) {
    crash();
    start_later();
  }
}

void raft_host::end_read(const raft::read_end& x) {
  auto at = reads_.find(x.token);
  if (x.index != 0 && (x.index < at->second || now.applied < at->second))
    throw violation{"I7: a read is older than what was acknowledged"};
  world_.counts.reads += x.index != 0;
  reads_.erase(at);
}

void raft_host::apply(const raft::committed_entry& x) {
  if (x.index > durable_last_)
    throw violation{"I4: applied what is not on the own disk"};
  world_.note(id, [&x] {
    return "applies " + std::to_string(x.index) + " of term " + std::to_string(x.term);
  });
  now = {x.index, mix(now.digest, x.data.bytes())};
  world_.saw_applied(id, x, now);
  auto rows = raft::rows_of(shard, x);
  if (!rows)
    throw violation{"an entry is damaged"};
  rows->put(state_key(), to_frame(now));
  jobs_.push_back({*std::move(rows), {}, {}});
}

void raft_host::queue(const raft::write& x) {
  world_.note(id, [&x] { return in_words(x); });
  if (std::holds_alternative<raft::save_snapshot>(x.what))
    ++world_.counts.snapshots;
  jobs_.push_back({raft::rows_of(shard, x), x, {}});
}

/// The rows of another node, if it answers and has them.
void raft_host::fetch(const raft::install& x) {
  ++world_.counts.installs;
  world_.at(static_cast<unsigned>(world_.dice(1, 300)), [this, mine = life, x] {
    if (life != mine)
      return;
    auto& from = world_.host(static_cast<unsigned>(x.from.value));
    if (!from.awake() || !world_.reaches(x.from, id) || !from.holds(x.mark.last_index)) {
      group_->installed(false, 0, world_.now);
      return carry();
    }
    auto stored = from.stored_state();
    job fetched{{}, {}, stored};
    fetched.rows.put(state_key(), to_frame(stored));
    fetched.rows.put(keys::applied(shard), record::encode(record::counter{stored.applied}));
    jobs_.push_back(std::move(fetched));
    run_disk();
  });
}

bool raft_host::holds(index_t index) const {
  raft::persisted found;
  return raft::load_group(disk_, shard, found).ok()
         && (found.applied >= index || (found.snapshot && found.snapshot->last_index >= index));
}

raft_host::state raft_host::stored_state() const {
  state result;
  (void)disk_.get(state_key(), [&result](std::string_view, std::string_view value) {
    std::memcpy(&result.applied, value.data(), sizeof result.applied);
    std::memcpy(&result.digest, value.data() + sizeof result.applied, sizeof result.digest);
    return false;
  });
  return result;
}

// -- disk ---------------------------------------------------------------------------------

void raft_host::run_disk() {
  if (disk_busy_ || disk_stopped || disk_dead_ || jobs_.empty() || !up())
    return;
  disk_busy_ = true;
  auto slow = world_.slow_disk.count() != 0 && world_.chance(0.3);
  auto ms = world_.setting.calm ? 1
            : slow              ? world_.dice(1, static_cast<uint64_t>(world_.slow_disk.count()))
                                : world_.dice(0, 4);
  world_.at(static_cast<unsigned>(ms), [this, mine = life] {
    if (life != mine)
      return;
    disk_busy_ = false;
    if (!disk_stopped)
      write_batch();
  });
}

/// One batch, one sync, as the journal does; the answer may come late.
void raft_host::write_batch() {
  uint64_t number = 0;
  std::optional<state> fetched;
  for (auto count = world_.dice(1, std::max<size_t>(jobs_.size(), 1)); count != 0 && !jobs_.empty();
       --count) {
    if (!execute(jobs_.front())) {
      if (world_.setting.guards.stop_when_a_write_fails)
        disk_dead_ = true; // The store is poisoned.
      else
        jobs_.pop_front();
      return answer([this] { group_->write_failed(world_.now); });
    }
    if (jobs_.front().write)
      number = jobs_.front().write->number;
    if (jobs_.front().fetched)
      fetched = jobs_.front().fetched;
    jobs_.pop_front();
  }
  answer([this, number, fetched] {
    if (fetched) {
      now = *fetched;
      group_->installed(true, now.applied, world_.now);
    }
    if (number != 0)
      group_->written(number, world_.now);
  });
  run_disk();
}

void raft_host::answer(std::function<void()> what) {
  auto when = std::max({world_.now, last_disk_answer_,
                        paused_until > world_.now ? paused_until + moment{1} : world_.now});
  last_disk_answer_ = when;
  auto run = [this, mine = life, what = std::move(what)] {
    if (life != mine)
      return;
    what();
    carry();
  };
  if (when == world_.now)
    run();
  else
    world_.at(static_cast<unsigned>((when - world_.now).count()), run);
}

/// False if the disk has no room for it.
bool raft_host::execute(const job& x) {
  auto append = x.write ? std::get_if<raft::append_log>(&x.write->what) : nullptr;
  auto cut = x.write ? std::get_if<raft::truncate_log>(&x.write->what) : nullptr;
  auto snapshot = x.write ? std::get_if<raft::save_snapshot>(&x.write->what) : nullptr;
  if (append != nullptr) {
    if (disk_full)
      return false;
    if (append->first != durable_last_ + 1 && append->first > 1)
      throw violation{"the log on disk has a hole"};
    durable_last_ = append->first + append->entries.size() - 1;
  } else if (cut != nullptr) {
    durable_last_ = cut->first - 1;
  } else if (snapshot != nullptr) {
    auto upto = snapshot->mark.last_index;
    durable_last_ = snapshot->last >= upto ? upto : std::max(durable_last_, upto);
  }
  if (x.write)
    (void)disk_.write({&x.rows, 1});
  else
    (void)disk_.write_behind({&x.rows, 1});
  if (x.fetched)
    disk_.flush(shard);
  return true;
}

void raft_host::resume_disk() {
  disk_stopped = false;
  run_disk();
}

} // namespace parley::simulation
