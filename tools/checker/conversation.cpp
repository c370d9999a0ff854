#include "tools/checker/conversation.hpp"

namespace parley::checker {

namespace {

/// Places between two looks at what everybody has read.
constexpr seq_t forget_every = 64;

} // namespace

// -- what users do ------------------------------------------------------------------

void conversation::invoked(device_id d, uint64_t counter, uint64_t digest) {
  timeline_.invoked(d, counter, digest);
}

void conversation::revises(device_id d, uint64_t counter, uint64_t digest, const revision& what) {
  timeline_.invoked(d, counter, digest);
  revisions_.invoked(d, counter, what);
}

void conversation::acknowledged(const party& by, uint64_t counter, seq_t seq) {
  timeline_.acknowledged(by.device, counter, seq);
  stands(seq, by, counter, true);
}

void conversation::refused(device_id d, uint64_t counter) {
  timeline_.refused(d, counter);
  revisions_.refused(d, counter);
}

void conversation::delivered(const party& to, seq_t seq, const party& by, uint64_t counter,
                             uint64_t digest) {
  timeline_.delivered(to.device, seq, by.device, counter, digest);
  stands(seq, by, counter, false);
  receipts_.got(to.user, seq);
}

/// What has no counter is an event, which nobody wrote.
void conversation::stands(seq_t seq, const party& by, uint64_t counter, bool acknowledged) {
  if (!timeline_.believes(seq))
    return;
  unread_.stands(seq, counter != 0 && !revisions_.is_open(by.device, counter));
  revisions_.stands(by.device, counter, seq, acknowledged);
  if (counter != 0)
    receipts_.wrote(by.user, seq);
  else
    receipts_.did(by.user, seq);
  if (seq < forget_at_)
    return;
  forget_at_ = seq + forget_every;
  unread_.forget(receipts_.all_have_read());
}

void conversation::joined(const party& who, seq_t first) {
  timeline_.joined(who.device, first);
  receipts_.joined(who.user, first);
}

void conversation::left(const party& who, seq_t last) {
  timeline_.left(who.device, last);
  receipts_.left(who.user, last);
}

void conversation::excuse(const party& who) {
  timeline_.excuse(who.device);
  revisions_.excuse(who.device);
  receipts_.excuse(who.user);
}

void conversation::may_go(seq_t before) {
  timeline_.may_go(before);
}

void conversation::trimmed(const party& who, seq_t first) {
  timeline_.trimmed(who.device, first);
  receipts_.trimmed(who.user, first);
}

void conversation::head(seq_t head) {
  timeline_.head(head);
}

void conversation::reads(user_id user, seq_t seq) {
  receipts_.reads(user, seq);
}

void conversation::has_read(user_id user, seq_t seq) {
  receipts_.has_read(user, seq);
}

// -- what the node says of it -------------------------------------------------------

void conversation::shown(device_id to, seq_t seq, const version& what) {
  revisions_.shown(to, seq, what);
}

void conversation::receipt(const party& to, user_id of, seq_t delivered, seq_t read, bool at_rest) {
  receipts_.told(to, of, delivered, read, at_rest);
}

void conversation::counted(const party& to, seq_t head, seq_t read, uint64_t count, bool at_rest) {
  unread_.told(to.device, head, read, count);
  receipts_.told_own(to, read, at_rest);
}

// -- the end ------------------------------------------------------------------------

bool conversation::drained() const {
  return timeline_.drained();
}

void conversation::finish() {
  timeline_.finish();
  revisions_.finish();
  receipts_.finish();
  unread_.finish();
}

} // namespace parley::checker
