#pragma once

#include "schema/ids.hpp"
#include "tools/checker/timeline.hpp"
#include "tools/checker/verdict.hpp"

#include <memory>
#include <unordered_map>

namespace parley::checker {

/// Instead of the digest of a body that cannot be seen any more: it was recalled,
/// or edited.
inline constexpr uint64_t no_body = UINT64_MAX;

/// Judges a node by what its clients see, while they see it.
///
/// Tell it of each event in the order in which the clients learned of it; at
/// the end, when every device has had time to receive everything, ask for the
/// verdict. It trusts nothing but the clients:
///
///   lost         an acknowledged message that a member's device never got
///   duplicated   one client message at two places; twice in one application
///   reordered    a device's places do not rise; two devices disagree about a
///                place; a sender's messages stand in another order than sent
///   gap, missing a place within a membership that stays empty
///   forged       nobody sent it, or not to this device
///
/// Allowed: that a message whose outcome is unknown appears or does not; that
/// a sender learns of its own message by the acknowledgement alone; that a
/// device starts in the middle.
///
/// Keeps one small record per message until every member has passed it, so
/// memory follows the slowest member, not the run. Bodies are told by digest.
/// Not for several threads at once.
class checker {
public:
  /// `d` is about to send; before anything else is heard of this message.
  void invoked(device_id d, conversation_id c, uint64_t counter, uint64_t digest);

  /// The server has stored it at `seq`.
  void acknowledged(device_id d, conversation_id c, uint64_t counter, seq_t seq);

  /// The server refused it for good: it is nowhere.
  void refused(device_id d, conversation_id c, uint64_t counter);

  /// The application of `d` got what stands at `seq`, or `no_body` of it. Events
  /// have counter 0.
  void delivered(device_id d, conversation_id c, seq_t seq, device_id sender, uint64_t counter,
                 uint64_t digest);

  /// `d` sees the conversation from `first` on; 0: from what it gets first.
  /// Say 0 before asking to be let in, and the place as soon as it is known.
  void joined(device_id d, conversation_id c, seq_t first = 0);

  /// `d` sees nothing after `last` any more, unless it joins again.
  void left(device_id d, conversation_id c, seq_t last);

  /// The node says that the conversation reaches to `head`.
  void head(conversation_id c, seq_t head);

  /// Nothing will be said of `d` any more, so nothing is expected of it.
  void excuse(device_id d);

  /// Whether every member of every conversation has everything there is.
  bool drained() const;

  /// Call once, at the end: counts what is still missing as faults.
  verdict finish();

  /// The faults so far.
  const verdict& so_far() const noexcept {
    return verdict_;
  }

private:
  timeline& of(conversation_id c);

  std::unordered_map<conversation_id, std::unique_ptr<timeline>> conversations_;
  verdict verdict_;
};

} // namespace parley::checker
