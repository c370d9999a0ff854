#pragma once

#include "schema/ids.hpp"
#include "tools/checker/verdict.hpp"

#include <map>
#include <set>
#include <string_view>
#include <vector>

namespace parley::checker {

/// Who is in which room in the end: by the room's list of members and by each user's
/// own list of conversations, which are to agree. Used by `checker` only.
class memberships {
public:
  explicit memberships(verdict& faults) : faults_(faults) {
    // nop
  }

  /// All who are in the room, as it says.
  void members(conversation_id room, const std::vector<user_id>& all);

  /// All rooms that the user is in, by their own list.
  void rooms(user_id of, const std::vector<conversation_id>& all);

  void finish();

private:
  void fault(std::string_view what, conversation_id room, user_id user);

  verdict& faults_;
  std::map<conversation_id, std::set<user_id>> members_;
  std::map<user_id, std::set<conversation_id>> rooms_;
};

} // namespace parley::checker
