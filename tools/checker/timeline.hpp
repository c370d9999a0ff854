#pragma once

#include "schema/ids.hpp"
#include "tools/checker/verdict.hpp"

#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace parley::checker {

/// What the clients of one conversation have told of it. Used by `checker`
/// only, which explains the rules.
///
///   places:  base_ ........ head_        what stands where, agreed on
///            [done][ kept until every member has passed ]
///   senders: sends in the order of their counters, until they are settled
///   members: the next place each expects, and the holes behind it
class timeline {
public:
  timeline(conversation_id id, verdict& faults) : id_(id), faults_(faults) {
    // nop
  }

  void invoked(device_id d, uint64_t counter, uint64_t digest);
  void acknowledged(device_id d, uint64_t counter, seq_t seq);
  void refused(device_id d, uint64_t counter);
  void delivered(device_id d, seq_t seq, device_id sender, uint64_t counter, uint64_t digest);
  void joined(device_id d, seq_t first);
  void left(device_id d, seq_t last);
  void excuse(device_id d);
  void may_go(seq_t before);
  void trimmed(device_id d, seq_t first);
  void head(seq_t head);
  bool drained() const;
  void finish();

  /// Whether there may be such a place.
  bool believes(seq_t seq) const noexcept;

  /// Whether the device has passed this place, ...
  bool has(device_id d, seq_t seq) const;

  /// ... or was let out before it.
  bool is_over(device_id d, seq_t seq) const;

  /// Of the body at `seq`, while that is kept.
  std::optional<uint64_t> digest_at(seq_t seq) const;

private:
  /// What stands at one place.
  struct place {
    device_id sender;
    uint64_t counter = 0;
    uint64_t digest = 0;
    bool known = false;
    bool acknowledged = false;
  };

  /// A send that is not settled.
  struct send {
    uint64_t counter = 0;
    uint64_t digest = 0;
    seq_t seq = 0; ///< 0 while nobody saw it.
    bool acknowledged = false;
  };

  struct sender {
    std::deque<send> sends;
    uint64_t settled_counter = 0; ///< Everything up to it was settled ...
    seq_t settled_seq = 0;        ///< ... and stands before or at this place.
  };

  struct member {
    seq_t first = 0;
    seq_t next = 0; ///< 0: from what comes first.
    seq_t last = 0; ///< 0: open.
    std::vector<seq_t> holes;
    std::vector<seq_t> beyond;                 ///< Came after `last`; fine if it joined again.
    std::vector<std::pair<seq_t, seq_t>> away; ///< Between two stays, while `next` is before.
    seq_t pinned = 0;                          ///< Keeps places from here on while `next` is 0.

    seq_t keeps_from() const noexcept {
      return next == 0 ? pinned : holes.empty() ? next : holes.front();
    }
  };

  place* at(seq_t seq);
  bool agree(seq_t seq, device_id d, uint64_t counter, uint64_t digest, bool acknowledged);
  void stands_at(device_id d, uint64_t counter, uint64_t digest, seq_t seq);
  void settle(sender& x);
  void pass_own(device_id d, member& m);
  void open_holes(device_id d, member& m, seq_t from, seq_t end);
  seq_t end_of(const member& m) const noexcept;
  static bool away(const member& m, seq_t seq);
  bool owes(device_id d, const member& m, seq_t seq) const;
  void judge(device_id d, seq_t seq);
  void prune();
  void fault(uint64_t& kind, std::string_view what, device_id d, seq_t seq, uint64_t counter);

  conversation_id id_;
  verdict& faults_;
  std::deque<place> places_; ///< The first stands at `base_`.
  seq_t base_ = 1;
  seq_t head_ = 0;
  seq_t kept_from_ = 1; ///< What stands before may be let go.
  seq_t prune_at_ = 64;
  std::unordered_map<device_id, sender> senders_;
  std::unordered_map<device_id, member> members_;
};

} // namespace parley::checker
