#include "persistence/raft_engine.hpp"

#include <utility>

// Reads without an entry: the leader notes its commit index, asks everybody
// whether they have heard of a later term, and answers once a majority has not
// (Ongaro's thesis, section 6.4). libraft 0.15 has nothing of the kind; these
// messages pass it by.

namespace parley::raft {

void engine::confirm_leadership(uint64_t token, moment now) {
  now_ = now;
  if (!serving()) {
    out_.reads.push_back({token, 0});
    return;
  }
  next_reads_.push_back(token);
  begin_round();
  release_letters();
}

/// All reads that came while a round was under way share the next one.
void engine::begin_round() {
  if (!asked_reads_.empty() || next_reads_.empty())
    return;
  asked_reads_.swap(next_reads_);
  ++round_;
  round_index_ = raft_.commit_index;
  confirmed_by_.clear();
  ask_for_confirmation();
  check_round();
}

void engine::ask_for_confirmation() {
  if (asked_reads_.empty())
    return;
  for (auto& x : servers())
    if (x.role == server_role::voter && x.id != options_.self && !confirmed_by_.contains(x.id))
      post(x.id, confirm{round_});
}

/// Who still is in our term has not helped to elect anybody after us, so the
/// commit index of when the round began was not passed by another leader.
void engine::hear(const message& x) {
  if (x.term != raft_.current_term)
    return;
  if (auto asked = std::get_if<confirm>(&x.body)) {
    post(x.from, confirm_result{asked->round});
  } else if (serving() && std::get<confirm_result>(x.body).round == round_) {
    confirmed_by_.insert(x.from);
    check_round();
  }
}

void engine::check_round() {
  size_t voters = 0;
  size_t confirmed = 0;
  for (auto& x : servers())
    if (x.role == server_role::voter) {
      ++voters;
      confirmed += x.id == options_.self || confirmed_by_.contains(x.id);
    }
  if (asked_reads_.empty() || confirmed <= voters / 2)
    return;
  for (auto token : std::exchange(asked_reads_, {}))
    out_.reads.push_back({token, round_index_});
  begin_round();
}

void engine::give_up_reads() {
  for (auto reads : {&asked_reads_, &next_reads_})
    for (auto token : std::exchange(*reads, {}))
      out_.reads.push_back({token, 0});
}

} // namespace parley::raft
