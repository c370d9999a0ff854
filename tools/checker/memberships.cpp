#include "tools/checker/memberships.hpp"

#include "tools/checker/words.hpp"

namespace parley::checker {

void memberships::members(conversation_id room, const std::vector<user_id>& all) {
  members_[room] = {all.begin(), all.end()};
}

void memberships::rooms(user_id of, const std::vector<conversation_id>& all) {
  rooms_[of] = {all.begin(), all.end()};
}

void memberships::finish() {
  for (auto& [room, members] : members_)
    for (auto& [user, rooms] : rooms_) {
      auto there = members.contains(user);
      auto here = rooms.contains(room);
      if (there && !here)
        fault("is a member, and has no such room", room, user);
      else if (here && !there)
        fault("has this room, and is no member", room, user);
    }
}

void memberships::fault(std::string_view what, conversation_id room, user_id user) {
  faults_.add(faults_.members,
              [&] { return in_words(room) + ": " + in_words(user) + " " + std::string{what}; });
}

} // namespace parley::checker
