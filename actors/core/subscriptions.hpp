#pragma once

#include "actors/core/actions.hpp"

#include <unordered_map>
#include <vector>

namespace parley::core {

/// Who wants to be told of new messages in the conversations of one shard, and
/// how far those go. The shard keeps it for rooms that sleep, so that a login
/// wakes no room. Subscribe first, then read the head: what is stored in
/// between is told.
class subscriptions {
public:
  /// Whether it counts: an inbox of a later epoch may have spoken before.
  [[nodiscard]] bool add(conversation_id conversation, const subscribe& x);
  [[nodiscard]] bool remove(conversation_id conversation, const unsubscribe& x);

  /// Forgets everybody, and what was asked.
  void clear();

  /// What the room of `conversation` is told when it wakes.
  const std::vector<subscribe>& of(conversation_id conversation) const;

  /// Asks history how far the conversations go. Empty when there is nothing to ask.
  struct question {
    conversation_id conversation;
    subscribe what;
  };
  void ask(std::vector<question> questions, actions& out);

  /// Turns history's answer into heads for the inboxes.
  void answered(const rows& found, actions& out);

private:
  std::unordered_map<conversation_id, std::vector<subscribe>> subscribers_;
  std::unordered_map<uint64_t, std::vector<question>> asked_;
  uint64_t tokens_ = 0;
};

} // namespace parley::core
