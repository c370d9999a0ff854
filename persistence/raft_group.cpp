#include "persistence/raft_group.hpp"

#include "persistence/raft_engine.hpp"

namespace parley::raft {

group::group(const group_options& options, persisted found, moment now)
    : engine_(std::make_unique<engine>(options, std::move(found), now)) {
  // nop
}

group::~group() = default;

void group::tick(moment now) {
  engine_->tick(now);
}

void group::receive(const frame& bytes, moment now) {
  engine_->receive(bytes, now);
}

void group::written(uint64_t number, moment now) {
  engine_->written(number, now);
}

void group::flushed(index_t applied, moment now) {
  engine_->flushed(applied, now);
}

index_t group::waits_for_flush() const {
  return engine_->waits_for_flush();
}

void group::write_failed(moment now) {
  engine_->write_failed(now);
}

void group::installed(bool done, index_t applied, moment now) {
  engine_->installed(done, applied, now);
}

void group::connected(node_id node, bool yes) {
  engine_->connected(node, yes);
}

verdict group::propose(const frame& data, uint64_t token, moment now) {
  return engine_->propose(data, token, now);
}

verdict group::transfer(node_id to, moment now) {
  return engine_->transfer(to, now);
}

void group::confirm_leadership(uint64_t token, moment now) {
  engine_->confirm_leadership(token, now);
}

verdict group::change(change_kind what, node_id who, uint64_t token, moment now) {
  return engine_->change(what, who, token, now);
}

output group::take() {
  return engine_->take();
}

raft::role group::role() const {
  return engine_->role();
}

configuration group::servers() const {
  return engine_->servers();
}

bool group::votes() const {
  return engine_->votes();
}

term_t group::term() const {
  return engine_->library().current_term;
}

index_t group::commit_index() const {
  return engine_->library().commit_index;
}

index_t group::last_index() const {
  return engine_->last_index();
}

index_t group::matched(node_id x) const {
  return engine_->matched(x);
}

term_t group::last_term() const {
  return engine_->last_term();
}

size_t group::proposals_in_flight() const {
  return engine_->proposals_in_flight();
}

} // namespace parley::raft
