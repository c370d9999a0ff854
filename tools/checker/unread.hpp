#pragma once

#include "schema/ids.hpp"
#include "tools/checker/verdict.hpp"

#include <deque>
#include <vector>

namespace parley::checker {

/// Which places of one conversation count as unread, and whether the node's counts
/// are right. Used by `checker` only.
///
///   messages count; events and changes of messages do not
///
/// What is said of a head that the clients have not come to waits until they have; a
/// place that nobody ever saw may count or not. Keeps a byte for each place from where
/// somebody still has to read.
class unread {
public:
  unread(conversation_id id, verdict& faults) : id_(id), faults_(faults) {
    // nop
  }

  /// What stands at `seq`, the first time that anybody learns of it.
  void stands(seq_t seq, bool counts);

  /// The node says that from behind `read` to `head` so many messages are unread.
  void told(device_id to, seq_t head, seq_t read, uint64_t count);

  /// Everybody has read up to here, so nobody will be told of it.
  void forget(seq_t read);

  void finish();

private:
  enum class place : uint8_t { unknown, counts, passes };

  struct claim {
    device_id to;
    seq_t head = 0;
    seq_t read = 0;
    uint64_t count = 0;
  };

  /// How many count from behind `read` to `head`, and how many may besides.
  struct sum {
    uint64_t counting = 0;
    uint64_t unknown = 0;
  };

  sum count(seq_t read, seq_t head) const;
  void judge(const claim& x);

  conversation_id id_;
  verdict& faults_;
  std::deque<place> places_; ///< The first stands at `base_`.
  seq_t base_ = 1;
  std::vector<claim> waiting_; ///< For places that nobody saw yet.
};

} // namespace parley::checker
