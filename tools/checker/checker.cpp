#include "tools/checker/checker.hpp"

#include <algorithm>

namespace parley::checker {

conversation& checker::of(conversation_id c) {
  auto& found = conversations_[c];
  if (!found)
    found = std::make_unique<conversation>(c, verdict_);
  return *found;
}

party& checker::party_of(device_id d) {
  return parties_.try_emplace(d, party{d, user_id{0, d.value}}).first->second;
}

// -- what users do ------------------------------------------------------------------

void checker::belongs(device_id d, user_id user) {
  party_of(d).user = user;
}

void checker::connected(device_id d) {
  ++party_of(d).connection;
}

void checker::invoked(device_id d, conversation_id c, uint64_t counter, uint64_t digest) {
  of(c).invoked(d, counter, digest);
}

void checker::revises(device_id d, conversation_id c, uint64_t counter, uint64_t digest,
                      const revision& what) {
  of(c).revises(d, counter, digest, what);
}

void checker::acknowledged(device_id d, conversation_id c, uint64_t counter, seq_t seq) {
  of(c).acknowledged(party_of(d), counter, seq);
}

void checker::refused(device_id d, conversation_id c, uint64_t counter) {
  of(c).refused(d, counter);
}

void checker::delivered(device_id d, conversation_id c, seq_t seq, device_id sender,
                        uint64_t counter, uint64_t digest) {
  of(c).delivered(party_of(d), seq, party_of(sender), counter, digest);
}

void checker::joined(device_id d, conversation_id c, seq_t first) {
  of(c).joined(party_of(d), first);
}

void checker::left(device_id d, conversation_id c, seq_t last) {
  of(c).left(party_of(d), last);
}

void checker::reads(device_id d, conversation_id c, seq_t seq) {
  of(c).reads(party_of(d).user, seq);
}

void checker::has_read(device_id d, conversation_id c, seq_t seq) {
  of(c).has_read(party_of(d).user, seq);
}

void checker::may_go(conversation_id c, seq_t before) {
  of(c).may_go(before);
}

void checker::meets(device_id d, user_id with) {
  contacts_.invoked(party_of(d).user, with);
}

void checker::met(device_id d, user_id with, contact_step what, bool taken) {
  contacts_.answered(party_of(d).user, with, what, taken);
}

void checker::excuse(device_id d) {
  for (auto& [id, c] : conversations_)
    c->excuse(party_of(d));
}

// -- what the node says -------------------------------------------------------------

void checker::head(conversation_id c, seq_t head) {
  of(c).head(head);
}

void checker::trimmed(device_id d, conversation_id c, seq_t first) {
  of(c).trimmed(party_of(d), first);
}

void checker::shown(device_id d, conversation_id c, seq_t seq, const version& what) {
  of(c).shown(d, seq, what);
}

void checker::receipt(device_id d, conversation_id c, user_id user, seq_t delivered, seq_t read) {
  of(c).receipt(party_of(d), user, delivered, read, at_rest_);
}

void checker::counted(device_id d, conversation_id c, seq_t head, seq_t read, uint64_t unread) {
  of(c).counted(party_of(d), head, read, unread, at_rest_);
}

void checker::lists_contacts(device_id d, const std::vector<contact>& all) {
  contacts_.listed(party_of(d).user, all);
}

void checker::lists_members(conversation_id room, const std::vector<user_id>& all) {
  memberships_.members(room, all);
}

void checker::lists_rooms(device_id d, const std::vector<conversation_id>& all) {
  memberships_.rooms(party_of(d).user, all);
}

// -- the end ------------------------------------------------------------------------

bool checker::drained() const {
  return std::all_of(conversations_.begin(), conversations_.end(),
                     [](const auto& x) { return x.second->drained(); });
}

void checker::rest() {
  at_rest_ = true;
}

verdict checker::finish() {
  for (auto& [id, c] : conversations_)
    c->finish();
  contacts_.finish();
  memberships_.finish();
  return verdict_;
}

} // namespace parley::checker
