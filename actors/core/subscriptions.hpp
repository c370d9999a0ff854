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
  void add(conversation_id conversation, user_id user);
  void remove(conversation_id conversation, user_id user);

  /// Forgets everybody, and what was asked.
  void clear();

  /// Those to tell when the room of `conversation` wakes.
  const std::vector<user_id>& of(conversation_id conversation) const;

  /// Asks history how far the conversations go. Empty when there is nothing to ask.
  struct question {
    conversation_id conversation;
    subscribe what;
  };
  void ask(std::vector<question> questions, actions& out);

  /// Turns history's answer into heads for the inboxes.
  void answered(const rows& found, actions& out);

private:
  std::unordered_map<conversation_id, std::vector<user_id>> users_;
  std::unordered_map<uint64_t, std::vector<question>> asked_;
  uint64_t tokens_ = 0;
};

} // namespace parley::core
