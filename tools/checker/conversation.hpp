#pragma once

#include "schema/ids.hpp"
#include "tools/checker/receipts.hpp"
#include "tools/checker/revisions.hpp"
#include "tools/checker/timeline.hpp"
#include "tools/checker/unread.hpp"
#include "tools/checker/verdict.hpp"

namespace parley::checker {

/// Tells each event of one conversation to those whom it concerns. Used by
/// `checker` only.
class conversation {
public:
  conversation(conversation_id id, verdict& faults)
      : timeline_(id, faults), revisions_(id, timeline_, faults), receipts_(id, faults),
        unread_(id, faults) {
    // nop
  }

  void invoked(device_id d, uint64_t counter, uint64_t digest);
  void revises(device_id d, uint64_t counter, uint64_t digest, const revision& what);
  void acknowledged(const party& by, uint64_t counter, seq_t seq);
  void refused(device_id d, uint64_t counter);
  void delivered(const party& to, seq_t seq, const party& by, uint64_t counter, uint64_t digest);
  void joined(const party& who, seq_t first);
  void left(const party& who, seq_t last);
  void excuse(const party& who);
  void may_go(seq_t before);
  void trimmed(const party& who, seq_t first);
  void head(seq_t head);
  void shown(device_id to, seq_t seq, const version& what);
  void reads(user_id user, seq_t seq);
  void has_read(user_id user, seq_t seq);
  void receipt(const party& to, user_id of, seq_t delivered, seq_t read, bool at_rest);
  void counted(const party& to, seq_t head, seq_t read, uint64_t count, bool at_rest);
  bool drained() const;
  void finish();

private:
  void stands(seq_t seq, const party& by, uint64_t counter, bool acknowledged);

  timeline timeline_;
  revisions revisions_;
  receipts receipts_;
  unread unread_;
  seq_t forget_at_ = 0;
};

} // namespace parley::checker
