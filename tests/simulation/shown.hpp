#pragma once

#include "schema/wire.hpp"

#include <map>
#include <set>
#include <string>

namespace parley::simulation {

/// What an application shows of one conversation, worked out from nothing but what
/// it was delivered; and whether the node's history shows the same.
class shown {
public:
  /// A message that was delivered; or an own one that was acknowledged: of an own
  /// reaction nobody said how many there are.
  void add(const wire::message& x, bool acknowledged = false);

  /// What differs between a message of the history, as it is now, and this; empty
  /// if nothing does, or if this application never got the message.
  std::string compare(const wire::message& x) const;

  void hide(seq_t seq) {
    hidden_.insert(seq);
  }

  /// A message that somebody wrote; 0 if there is none. `n` says which.
  seq_t some(uint64_t n) const;

  /// As above, of those that this device's user wrote.
  seq_t some_of(user_id by, uint64_t n) const;

private:
  struct state {
    user_id by;
    uint64_t digest = 0;
    seq_t edited = 0;
    bool recalled = false;
    std::map<std::string, uint32_t, std::less<>> reactions; ///< 0: some, or none.
  };

  state state_of(seq_t seq) const;

  std::map<seq_t, state> messages_; ///< As they were delivered.

  struct change {
    seq_t target = 0;
    wire::revision_kind kind = wire::revision_kind::recall;
    uint64_t digest = 0;
    std::string reaction;
    uint32_t count = 0;
    bool counted = false;
  };
  std::map<seq_t, change> changes_; ///< In their places.
  std::set<seq_t> hidden_;
};

} // namespace parley::simulation
