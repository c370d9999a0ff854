#include "persistence/raft_engine.hpp"

#include <algorithm>
#include <utility>

namespace parley::raft {

struct engine::proposal {
  struct ::raft_apply request {};
  engine* owner = nullptr;
  uint64_t token = 0;

  static void end(struct ::raft_apply* request, int status, void*) {
    std::unique_ptr<proposal> x{reinterpret_cast<proposal*>(request)};
    --x->owner->proposals_;
    x->owner->out_.proposals.push_back({x->token, status == 0 ? request->index : 0});
  }
};

struct engine::own_barrier {
  struct ::raft_barrier request {};
  engine* owner = nullptr;
  term_t term = 0;

  static void end(struct ::raft_barrier* request, int status) {
    std::unique_ptr<own_barrier> x{reinterpret_cast<own_barrier*>(request)};
    if (status == 0)
      x->owner->served_term_ = x->term;
  }
};

// -- life --------------------------------------------------------------------------------

engine::engine(const group_options& options, persisted found, moment now)
    : options_(options), random_(static_cast<uint32_t>(options.seed * 2654435761u + 1)), now_(now),
      found_(std::move(found)) {
  applied_ = found_.applied;
  state_ = found_.state;
  first_stored_ = found_.first;
  last_stored_ = found_.first - 1 + found_.entries.size();
  snapshot_ = found_.snapshot;
  if (state_.current_term == 0 && !options_.founders.empty())
    found_group();
  open();
}

engine::~engine() {
  close();
}

/// The first entry names the founders and is the same on all of them, so it
/// needs no agreement and may be written twice.
void engine::found_group() {
  auto servers = to_library(options_.founders);
  raft_buffer data{};
  (void)raft_configuration_encode(&servers, &data);
  raft_configuration_close(&servers);
  auto first = encode(from_library(raft_entry{1, RAFT_CHANGE, data, nullptr}));
  raft_free(data.base);
  state_ = {1, {}};
  last_state_write_ = emit(save_state{state_});
  emit(append_log{1, {first}});
  last_stored_ = 1;
  found_ = {state_, {}, 1, {first}, 0};
}

void engine::open() {
  set_callbacks();
  raft_ = {};
  if (raft_init(&raft_, &io_, &state_machine_, options_.self.value,
                address_of(options_.self).c_str())
      != 0)
    return fail("libraft has no memory");
  auto in_ms = [](auto x) { return static_cast<unsigned>(x.count()); };
  raft_set_election_timeout(&raft_, in_ms(options_.election));
  raft_set_heartbeat_timeout(&raft_, in_ms(options_.heartbeat));
  raft_set_install_snapshot_timeout(&raft_, in_ms(options_.install));
  cut_by_count();
  raft_set_pre_vote(&raft_, true);
  open_ = true;
  if (raft_start(&raft_) != 0)
    return fail("the log on disk does not load: " + std::string{raft_errmsg(&raft_)});
  found_ = {};
  settle();
}

void engine::cut_by_count() {
  raft_set_snapshot_threshold(&raft_, options_.snapshot_threshold);
  raft_set_snapshot_trailing(&raft_, options_.snapshot_trailing);
  cutting_ = false;
}

void engine::close() {
  if (std::exchange(open_, false))
    raft_close(&raft_, [](::raft*) {});
}

void engine::fail(std::string why) {
  if (out_.fatal.empty())
    out_.fatal = std::move(why);
  close();
  waiting_.clear();
  held_.clear();
}

/// G5. Cuts the log before `cut` and begins again with what is left, as after a
/// restart: only loading finds the configuration that holds then.
void engine::reopen(index_t cut) {
  found_ = {state_, snapshot_, raft_.log.offset + 1, {}, applied_};
  for (auto i = found_.first; i < cut; ++i)
    found_.entries.push_back(encode(from_library(*entry_at(i))));
  close();
  drop_rows(cut);
  own_term_ = 0;
  served_term_ = 0;
  sent_up_to_.clear();
  open();
}

// -- events ------------------------------------------------------------------------------

void engine::tick(moment now) {
  now_ = now;
  if (!open_)
    return;
  if (!must_not_tick())
    library_tick_(&io_);
  settle();
  ask_for_confirmation();
  release_letters();
}

void engine::receive(const frame& bytes, moment now) {
  now_ = now;
  auto x = decode_message(bytes.bytes());
  if (!open_ || !x || x->to != options_.self || x->from == options_.self)
    return;
  if (std::holds_alternative<confirm>(x->body) || std::holds_alternative<confirm_result>(x->body)) {
    hear(*x);
  } else if (waiting_bytes_ + bytes.size_bytes() <= limits::raft_waiting_bytes) {
    waiting_bytes_ += bytes.size_bytes();
    waiting_.push_back({bytes, *std::move(x)});
    pump();
  }
  settle();
}

void engine::written(uint64_t number, moment now) {
  now_ = now;
  durable_ = std::max(durable_, number);
  while (open_ && !awaited_.empty() && awaited_.front().number <= durable_) {
    auto x = std::move(awaited_.front());
    awaited_.pop_front();
    complete(x);
    settle();
  }
  release_letters();
  pump();
  settle();
  ask_to_reload();
}

void engine::ask_to_reload() {
  out_.reload = out_.reload || (reload_ && durable_ == writes_);
}

void engine::complete(const awaited& x) {
  if (x.append != nullptr) {
    reply_limit_ = x.last_index;
    x.append->cb(x.append, 0);
    reply_limit_.reset();
    return;
  }
  snapshot_ = x.mark;
  install_.reset();
  x.snapshot->cb(x.snapshot, 0);
  cut_by_count();
}

void engine::flushed(index_t applied, moment now) {
  now_ = now;
  if (open_ && marking_ && marking_->applied <= applied)
    write_mark();
}

void engine::write_failed(moment now) {
  now_ = now;
  if (!open_)
    return;
  if (options_.guards.stop_when_a_write_fails)
    return fail("a write of the log failed"); // G6
  for (auto& x : std::exchange(awaited_, {}))
    if (x.append != nullptr)
      x.append->cb(x.append, RAFT_IOERR);
    else
      x.snapshot->cb(x.snapshot, RAFT_IOERR);
  settle();
}

void engine::installed(bool done, index_t applied, moment now) {
  now_ = now;
  if (!open_ || !install_ || install_->fetched)
    return;
  if (!done) {
    // libraft has emptied its log already and cannot go back.
    close();
    reload_ = true;
    tell_role();
    return ask_to_reload();
  }
  install_->fetched = true;
  applied_ = std::max(applied, install_->mark.last_index);
  save_snapshot what{install_->mark, first_stored_, last_stored_};
  keep(install_->mark.last_index + 1, install_->mark.last_index);
  auto number = emit(what);
  awaited_.push_back({number, nullptr, install_->request, 0, std::move(what.mark)});
}

void engine::connected(node_id node, bool yes) {
  if (yes)
    unreachable_.erase(node);
  else
    unreachable_.insert(node);
  if (!yes && open_ && raft_.state == RAFT_FOLLOWER
      && raft_.follower_state.current_leader.id == node.value)
    hasten_election();
}

/// The connection to the leader broke, as at once when its process ends: its
/// silence need not be waited for. Who still hears the leader grants no vote,
/// for votes are asked about before a term is begun (thesis 9.6).
void engine::hasten_election() {
  auto now = static_cast<raft_time>(now_.count());
  auto patience = raft_.follower_state.randomized_election_timeout;
  constexpr unsigned longest = limits::raft_hasty_election.count();
  auto left = std::uniform_int_distribution{0u, std::min(patience, longest)}(random_);
  auto start = now - std::min<raft_time>(now, patience - left);
  raft_.election_timer_start = std::min(raft_.election_timer_start, start);
}

verdict engine::propose(const frame& data, uint64_t token, moment now) {
  now_ = now;
  auto& on = options_.guards;
  if (!open_ || !is_leader())
    return verdict::not_leader;
  if (data.empty() || data.size_bytes() > limits::raft_entry_bytes)
    return verdict::too_large;
  if ((on.bound_proposals && proposals_ >= options_.proposals) // K
      || (on.commit_own_term_first && !own_entry_durable()))   // G1
    return verdict::busy;
  auto x = std::make_unique<proposal>();
  x->owner = this;
  x->token = token;
  auto buffer = to_buffer(data.bytes());
  // One at a time: libraft calls back for the first of several.
  if (raft_apply(&raft_, &x->request, &buffer, 1, proposal::end) != 0) {
    raft_free(buffer.base);
    return verdict::not_leader;
  }
  x.release();
  ++proposals_;
  settle();
  return verdict::accepted;
}

verdict engine::change(change_kind what, node_id who, uint64_t token, moment now) {
  now_ = now;
  if (!open_ || !is_leader())
    return verdict::not_leader;
  if (change_token_ || !change_allowed(what, who))
    return verdict::busy;
  change_request_ = {};
  change_request_.data = this;
  auto end = [](raft_change* x, int status) {
    auto& self = *static_cast<engine*>(x->data);
    self.out_.changes.push_back({*std::exchange(self.change_token_, {}), status == 0});
  };
  auto assign = [&](int role) {
    return raft_assign(&raft_, &change_request_, who.value, role, end);
  };
  change_token_ = token;
  int refused = 0;
  switch (what) {
    case change_kind::add_spare:
      refused = raft_add(&raft_, &change_request_, who.value, address_of(who).c_str(), end);
      break;
    case change_kind::make_standby:
      refused = assign(RAFT_STANDBY);
      break;
    case change_kind::make_voter:
      refused = assign(RAFT_VOTER);
      break;
    case change_kind::make_spare:
      refused = assign(RAFT_SPARE);
      break;
    case change_kind::remove:
      refused = raft_remove(&raft_, &change_request_, who.value, end);
      break;
  }
  if (refused != 0)
    change_token_.reset();
  settle();
  return refused == 0 ? verdict::accepted : verdict::busy;
}

verdict engine::transfer(node_id to, moment now) {
  now_ = now;
  if (!open_ || !is_leader())
    return verdict::not_leader;
  if (change_token_ || proposals_ != 0 || !own_entry_committed() || to == options_.self)
    return verdict::busy;
  auto last = raft_.last_stored;
  post(to, timeout_now{last, term_at(last)});
  release_letters();
  return verdict::accepted;
}

output engine::take() {
  return std::exchange(out_, {});
}

// -- messages ----------------------------------------------------------------------------

/// In order: when the first has to wait, so do those behind it.
void engine::pump() {
  if (std::exchange(pumping_, true))
    return;
  while (open_ && !waiting_.empty()) {
    prepare(waiting_.front().what);
    if (must_wait(waiting_.front().what))
      break;
    auto x = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= x.bytes.size_bytes();
    deliver(x.what);
    settle();
  }
  pumping_ = false;
}

void engine::deliver(const message& x) {
  if (auto body = std::get_if<append_entries>(&x.body)) {
    if (!body->entries.empty() && install_ && options_.guards.finish_install_first)
      return; // They come again, after the snapshot.
    for (auto& y : body->entries)
      if (y.kind == entry_kind::configuration && configuration_bytes(y.data) == 0)
        return;
    if (x.term >= raft_.current_term)
      if (auto cut = configuration_to_take_back(*body))
        return reopen(cut);
    reply_limit_ = body->prev_log_index + body->entries.size();
  }
  if (std::holds_alternative<install_snapshot>(x.body))
    forget_mark(); // libraft would not listen before it is written.
  offered_by_ = x.from;
  auto address = address_of(x.from);
  auto letter = to_library(x, address);
  if (std::holds_alternative<request_vote>(x.body))
    receive_vote_request(letter);
  else
    library_receive_(&io_, &letter);
  reply_limit_.reset();
}

void engine::post(node_id to, message_body body) {
  if (!unreachable_.contains(to))
    held_.push_back(
      {last_state_write_,
       {to, encode(message{options_.self, to, raft_.current_term, std::move(body)})}});
}

/// Letters leave in order: what rests on a term or vote that is not durable
/// keeps those behind it back.
void engine::release_letters() {
  auto hold = options_.guards.hold_until_durable;
  while (!held_.empty() && (!hold || held_.front().after <= durable_)) {
    out_.letters.push_back(std::move(held_.front().letter));
    held_.pop_front();
  }
}

uint64_t engine::emit(decltype(write::what) what) {
  out_.writes.push_back({++writes_, std::move(what)});
  return writes_;
}

void engine::drop_rows(index_t first) {
  if (first > last_stored_)
    return;
  emit(truncate_log{first, last_stored_});
  keep(first_stored_, first - 1);
}

// -- after every call --------------------------------------------------------------------

/// Of the entries that are stored only these.
void engine::keep(index_t first, index_t last) {
  auto before = last_stored_ + 1 - first_stored_;
  kept_bytes_ = before == 0 ? 0 : kept_bytes_ * (last + 1 - first) / before;
  first_stored_ = first;
  last_stored_ = last;
}

/// libraft has no callback for a change of state: looks what became of it.
void engine::settle() {
  while (open_) {
    run_callbacks();
    correct_progress();
    correct_configuration();
    if (raft_.state == RAFT_UNAVAILABLE)
      return fail("the replica stopped: " + std::string{raft_errmsg(&raft_)});
    if (!is_leader() || own_term_ == raft_.current_term)
      break;
    begin_term();
  }
  tell_role();
  if (!serving())
    give_up_reads();
  release_letters();
}

void engine::run_callbacks() {
  while (!sent_.empty() || !wanted_snapshots_.empty()) {
    for (auto x : std::exchange(sent_, {}))
      x->cb(x, 0);
    for (auto x : std::exchange(wanted_snapshots_, {}))
      if (snapshot_) {
        auto copy = static_cast<raft_snapshot*>(raft_malloc(sizeof(raft_snapshot)));
        *copy = to_library(*snapshot_);
        x->cb(x, copy, 0);
      } else {
        x->cb(x, nullptr, RAFT_NOTFOUND);
      }
  }
}

/// G1, and what makes a leader fit to serve: its own barrier.
void engine::begin_term() {
  if (options_.guards.new_term_for_sole_voter && is_sole_voter()) { // G14
    raft_.current_term = state_.current_term + 1;
    raft_.voted_for = options_.self.value;
    state_ = {raft_.current_term, options_.self};
    last_state_write_ = emit(save_state{state_});
  }
  own_term_ = raft_.current_term;
  own_entry_ = options_.guards.commit_own_term_first ? raft_last_index(&raft_) + 1 : 0;
  if (!options_.guards.commit_own_term_first) {
    served_term_ = own_term_;
    return;
  }
  auto x = std::make_unique<own_barrier>();
  x->owner = this;
  x->term = own_term_;
  if (raft_barrier(&raft_, &x->request, own_barrier::end) != 0)
    return fail("a leader cannot append its barrier");
  x.release();
}

bool engine::is_leader() const {
  return raft_.state == RAFT_LEADER;
}

bool engine::serving() const {
  return open_ && is_leader() && served_term_ == raft_.current_term;
}

raft::role engine::role() const {
  if (serving())
    return {role_kind::leader, options_.self, raft_.current_term};
  if (open_ && raft_.state == RAFT_FOLLOWER && raft_.follower_state.current_leader.id != 0)
    return {role_kind::follower, node_id{raft_.follower_state.current_leader.id},
            raft_.current_term};
  return {role_kind::unknown, {}, open_ ? raft_.current_term : state_.current_term};
}

void engine::tell_role() {
  if (auto now = role(); now != told_) {
    told_ = now;
    out_.role = now;
  }
}

index_t engine::matched(node_id x) const {
  if (open_ && is_leader())
    for (unsigned i = 0; i < raft_.configuration.n; ++i)
      if (raft_.configuration.servers[i].id == x.value)
        return raft_.leader_state.progress[i].match_index;
  return 0;
}

configuration engine::servers() const {
  return open_ ? from_library(raft_.configuration) : configuration{};
}

} // namespace parley::raft
