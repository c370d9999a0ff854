#pragma once

#include "schema/ids.hpp"
#include "tools/checker/verdict.hpp"

#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace parley::checker {

class timeline;

/// Reactions count for nobody as unread; nothing else is judged of them.
enum class change : uint8_t { edit, recall, reaction };

/// A change of the message at `target`.
struct revision {
  seq_t target = 0;
  change kind = change::edit;
  uint64_t digest = 0; ///< Of the new body, of an edit.
};

/// What a message is now.
struct version {
  seq_t by = 0; ///< Where the edit or recall stands; 0: as it was sent.
  bool recalled = false;
  uint64_t digest = 0; ///< Of the body, unless it is recalled.
};

/// What became of the messages of one conversation, and what the node shows of it.
/// Used by `checker` only. That the changes themselves come, each in its place, is
/// for the timeline.
///
///   message 5  <--- edit at 9, edit at 12, recall at 20     a device that has passed 12
///                                                           must not be shown 9 any more
///
/// Keeps the last `max_changed` messages that were changed; older ones are not judged.
class revisions {
public:
  revisions(conversation_id id, const timeline& places, verdict& faults)
      : id_(id), places_(places), faults_(faults) {
    // nop
  }

  void invoked(device_id d, uint64_t counter, const revision& what);
  void refused(device_id d, uint64_t counter);

  /// This send stands at `seq`: it is acknowledged, or somebody got it.
  void stands(device_id d, uint64_t counter, seq_t seq, bool acknowledged);

  /// Whether this send is a change, and nobody heard yet where it stands.
  bool is_open(device_id d, uint64_t counter) const {
    return open_.contains({d, counter});
  }

  void shown(device_id to, seq_t seq, const version& what);
  void excuse(device_id d);
  void finish();

private:
  struct step {
    seq_t at = 0;
    revision what;
    bool acknowledged = false;
  };

  struct message {
    std::vector<step> changes;                  ///< In their places.
    std::unordered_map<device_id, seq_t> views; ///< The newest that each was shown.
  };

  seq_t known_to(device_id d, const message& x) const;
  bool somebody_made(seq_t target, const version& x) const;
  void forget_oldest();
  void fault(std::string_view what, device_id d, seq_t target, seq_t by);

  conversation_id id_;
  const timeline& places_;
  verdict& faults_;
  std::map<std::pair<device_id, uint64_t>, revision> open_; ///< Nobody knows where they stand.
  std::map<seq_t, message> messages_;                       ///< That were changed.
  std::map<seq_t, seq_t> targets_;                          ///< Of changes, by their places.
  seq_t forgotten_ = 0;                                     ///< Up to this target.
};

} // namespace parley::checker
