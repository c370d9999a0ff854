#include "persistence/raft_engine.hpp"

#include <algorithm>
#include <utility>

// libraft 0.15.0 shows its state (struct raft, struct raft_log); this file reads
// it to see trouble coming. decisions/0006 has each guard's reason.

namespace parley::raft {

namespace {

/// A term that a message would bring; a pre-vote only talks of one, and an
/// election that is asked for will bring one, but they are treated alike.
bool is_newer(const message& x, const ::raft& mine) {
  return x.term > mine.current_term || std::holds_alternative<timeout_now>(x.body);
}

size_t voters_in(const raft_configuration& x) {
  return static_cast<size_t>(
    std::count_if(x.servers, x.servers + x.n, [](auto& y) { return y.role == RAFT_VOTER; }));
}

bool is_voter(const raft_configuration& x, node_id id) {
  return std::any_of(x.servers, x.servers + x.n,
                     [id](auto& y) { return y.id == id.value && y.role == RAFT_VOTER; });
}

raft_server* server_in(raft_configuration& x, node_id id) {
  auto end = x.servers + x.n;
  auto at = std::find_if(x.servers, end, [id](auto& y) { return y.id == id.value; });
  return at == end ? nullptr : at;
}

} // namespace

// -- what waits for the disk -------------------------------------------------------------

size_t engine::appends_in_flight() const {
  return static_cast<size_t>(
    std::count_if(awaited_.begin(), awaited_.end(), [](auto& x) { return x.append != nullptr; }));
}

/// Whether what is in memory and not on disk yet must not change under it.
bool engine::rests_on_appends(const message& x) const {
  if (is_newer(x, raft_) || std::holds_alternative<install_snapshot>(x.body))
    return true;
  auto entries = std::get_if<append_entries>(&x.body);
  return entries != nullptr && configuration_to_take_back(*entries) != 0;
}

bool engine::must_wait(const message& x) const {
  auto& on = options_.guards;
  auto newer = is_newer(x, raft_);
  if (on.finish_appends_first && appends_in_flight() != 0 && rests_on_appends(x))
    return true; // G3
  if (on.finish_install_first && install_ && newer)
    return true; // G4
  return on.commit_own_term_first && std::holds_alternative<append_entries_result>(x.body)
         && is_leader() && x.term == raft_.current_term && !own_entry_durable(); // G1
}

bool engine::must_not_tick() const {
  auto& on = options_.guards;
  if (is_leader())
    return false;
  if (on.finish_appends_first && appends_in_flight() != 0)
    return true; // G3
  if (on.hold_until_durable && durable_ < last_state_write_)
    return true;                              // A slow disk would only make terms race.
  return on.finish_install_first && install_; // G4
}

bool engine::votes() const {
  return open_ && is_voter(raft_.configuration, options_.self);
}

bool engine::is_sole_voter() const {
  return voters_in(raft_.configuration) == 1 && is_voter(raft_.configuration, options_.self);
}

bool engine::own_entry_durable() const {
  return own_term_ == raft_.current_term && raft_.last_stored >= own_entry_;
}

bool engine::own_entry_committed() const {
  return own_entry_durable() && raft_.commit_index >= own_entry_;
}

// -- the log -----------------------------------------------------------------------------

const raft_entry* engine::entry_at(index_t index) const {
  auto& log = raft_.log;
  auto count = log.front <= log.back ? log.back - log.front : log.size - log.front + log.back;
  if (index <= log.offset || index > log.offset + count)
    return nullptr;
  return &log.entries[(log.front + (index - 1 - log.offset)) % log.size];
}

term_t engine::term_at(index_t index) const {
  auto& log = raft_.log;
  if (index != 0 && index == log.snapshot.last_index)
    return log.snapshot.last_term;
  auto entry = entry_at(index);
  return entry == nullptr ? 0 : entry->term;
}

void engine::prepare(message& x) const {
  if (auto body = std::get_if<append_entries>(&x.body)) {
    if (options_.guards.skip_committed_entries && x.term >= raft_.current_term)
      skip_committed(*body);
    if (options_.guards.commit_what_matches) // G13
      body->leader_commit =
        std::min<index_t>(body->leader_commit, body->prev_log_index + body->entries.size());
  }
}

// G11
void engine::skip_committed(append_entries& x) const {
  if (x.prev_log_index >= raft_.commit_index)
    return;
  auto known = std::min<size_t>(raft_.commit_index - x.prev_log_index, x.entries.size());
  x.entries.erase(x.entries.begin(), x.entries.begin() + static_cast<ptrdiff_t>(known));
  x.prev_log_index = raft_.commit_index;
  x.prev_log_term = term_at(raft_.commit_index);
}

// G5
index_t engine::configuration_to_take_back(const append_entries& x) const {
  if (!options_.guards.reopen_to_take_back_configuration)
    return 0;
  if (x.prev_log_index != 0 && term_at(x.prev_log_index) != x.prev_log_term)
    return 0; // Will be refused.
  auto index = x.prev_log_index + 1;
  auto first = std::find_if(x.entries.begin(), x.entries.end(),
                            [&](auto& y) { return term_at(index++) != y.term; });
  if (first == x.entries.end())
    return 0;
  auto cut = x.prev_log_index + 1 + static_cast<index_t>(first - x.entries.begin());
  for (auto i = std::max<index_t>(cut, raft_.commit_index + 1); entry_at(i) != nullptr; ++i)
    if (entry_at(i)->type == RAFT_CHANGE)
      return cut;
  return 0;
}

// -- what is answered --------------------------------------------------------------------

void engine::adjust(append_entries_result& x) const {
  auto& on = options_.guards;
  if (!reply_limit_)
    return;
  if (x.rejected == 0) {
    if (on.acknowledge_what_matches)
      x.last_log_index = std::min(x.last_log_index, *reply_limit_); // G2
  } else if (on.ask_from_commit_index && term_at(x.rejected) != 0) {
    x.last_log_index = std::min<index_t>(x.last_log_index, raft_.commit_index); // G9
  }
}

// G12. Deciding about a vote never replaces the configuration. Who has no vote
// calls no election either and so would believe in a dead leader for ever.
void engine::receive_vote_request(raft_message& x) {
  auto mine = server_in(raft_.configuration, options_.self);
  if (!options_.guards.vote_whatever_configuration_says || mine == nullptr) {
    library_receive_(&io_, &x);
    return;
  }
  auto silent = static_cast<raft_time>(now_.count()) - raft_.election_timer_start;
  if (mine->role != RAFT_VOTER && raft_.state == RAFT_FOLLOWER && silent >= raft_.election_timeout)
    raft_.follower_state.current_leader.id = 0;
  auto role = std::exchange(mine->role, RAFT_VOTER);
  library_receive_(&io_, &x);
  mine->role = role;
}

// -- what is sent ------------------------------------------------------------------------

/// libraft believes that everything it had was sent; the rest would be found
/// missing only after the next heartbeat.
void engine::note_sent(node_id to, index_t next) {
  sent_up_to_[to] = next;
}

void engine::correct_progress() {
  if (is_leader())
    for (unsigned i = 0; i < raft_.configuration.n; ++i)
      if (auto at = sent_up_to_.find(node_id{raft_.configuration.servers[i].id});
          at != sent_up_to_.end()) {
        auto& next = raft_.leader_state.progress[i].next_index;
        next = std::min<raft_index>(next, at->second);
      }
  sent_up_to_.clear();
}

// -- membership --------------------------------------------------------------------------

// G15
void engine::correct_configuration() {
  auto& waits_for = raft_.configuration_uncommitted_index;
  if (options_.guards.commit_covered_configuration && waits_for != 0
      && waits_for <= raft_.last_applied)
    waits_for = 0;
}

bool engine::change_allowed(change_kind what, node_id who) const {
  if (options_.guards.change_after_own_commit && !own_entry_committed())
    return false; // G10
  auto takes_vote = what == change_kind::remove || what == change_kind::make_spare
                    || what == change_kind::make_standby;
  return !takes_vote || !is_voter(raft_.configuration, who)
         || voters_in(raft_.configuration) > options_.voters_min;
}

} // namespace parley::raft
