#pragma once

#include "schema/ids.hpp"
#include "tools/checker/verdict.hpp"

#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::checker {

/// What a user does about another one; of `other` things nothing is expected.
enum class contact_step : uint8_t { asks, accepts, other };

/// What a user's list says of another one.
enum class standing : uint8_t { none, asking, asked, contact };

struct contact {
  user_id with;
  standing state = standing::none;
};

/// Who asked whom to be a contact, and what both lists say in the end. Used by
/// `checker` only.
///
///   none - none     asking - asked     contact - contact
///
/// When nothing else was under way, a request that was the last step has to stand, or
/// be accepted, and what was accepted last has to be. One record per pair.
class contacts {
public:
  explicit contacts(verdict& faults) : faults_(faults) {
    // nop
  }

  void invoked(user_id by, user_id with);
  void answered(user_id by, user_id with, contact_step what, bool taken);

  /// All that stands in the list of `whose`.
  void listed(user_id whose, const std::vector<contact>& all);

  void finish();

private:
  struct pair {
    unsigned open = 0;    ///< Steps that are not answered.
    bool crossed = false; ///< More than one was, so nobody knows which was last.
    contact_step last = contact_step::other;
    user_id by; ///< Who took the last step.
  };

  pair& between(user_id x, user_id y);
  std::optional<standing> state(user_id of, user_id with) const;
  void judge_lists(user_id x, user_id y);
  void judge_last(const pair& what, user_id with);
  void fault(std::string_view what, user_id x, user_id y);

  verdict& faults_;
  std::map<std::pair<user_id, user_id>, pair> pairs_; ///< The smaller id first.
  std::map<user_id, std::map<user_id, standing>> lists_;
};

} // namespace parley::checker
