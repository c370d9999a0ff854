#pragma once

#include "actors/core/actions.hpp"

#include <unordered_map>
#include <vector>

namespace parley::core {

/// Who watches users of one shard, also while these sleep, and what becomes of a note
/// for who sleeps: only a question wakes. Contacts are not remembered, for whoever comes
/// greets them.
class watchers {
public:
  /// A note comes for `to`. Whether the inbox gets it, and wakes for it if it sleeps.
  [[nodiscard]] bool pass(user_id to, const presence_note& x, bool awake, uint64_t epoch,
                          actions& out);

  /// What the inbox of `x` is told when it wakes.
  std::vector<presence_note> of(user_id x) const;

  /// Forgets everybody.
  void clear();

private:
  struct watcher {
    user_id user;
    uint64_t epoch;
  };

  void remember(user_id of, const presence_note& x);
  void forget(user_id of, const presence_note& x);

  std::unordered_map<user_id, std::vector<watcher>> watchers_;
  size_t count_ = 0;
};

} // namespace parley::core
