#pragma once

#include "schema/ids.hpp"

#include <cstdint>
#include <utility>

namespace parley::core {

/// Where the mail of one shard goes while its leaders come and go, and who must
/// ask again because mail was lost.
class shard_route {
public:
  /// What follows from a new leader, in this order.
  struct change {
    bool ended = false;  ///< What this node led in the epoch before ends.
    bool begins = false; ///< This node leads.
    bool unsure = false; ///< Whoever waits for the shard asks again.
    bool known = false;  ///< Somebody leads: what waited may go.
    bool lost = false;   ///< Nobody does any more.
  };

  enum class way : uint8_t {
    here,
    to_leader,
    wait,    ///< Nobody leads.
    nowhere, ///< The node that sent it knows no better than this one.
  };

  /// Who asks again when the link to a node is new.
  enum class doubt : uint8_t {
    nobody,
    everybody,  ///< Who waits for the shard: its leader is behind that link.
    own_inboxes ///< For their devices may be behind it.
  };

  explicit shard_route(node_id self) : self_(self) {
    // nop
  }

  /// `leader` is 0 while nobody is known. A new epoch of the same leader is a
  /// new leader.
  change follow(node_id leader, uint64_t epoch) {
    change result;
    result.ended = leading();
    result.lost = leader_ && !leader;
    leader_ = leader;
    epoch_ = epoch;
    result.begins = leading();
    result.known = static_cast<bool>(leader_);
    result.unsure = result.known && std::exchange(was_led_, true);
    return result;
  }

  /// What came from another node is not sent on to a third, for they might send
  /// it round for ever.
  way of_mail(bool from_node) const noexcept {
    if (leading())
      return way::here;
    if (!leader_)
      return way::wait;
    return from_node ? way::nowhere : way::to_leader;
  }

  doubt relinked(node_id peer) const noexcept {
    if (leader_ == peer)
      return doubt::everybody;
    return leading() ? doubt::own_inboxes : doubt::nobody;
  }

  bool leading() const noexcept {
    return leader_ == self_;
  }

  node_id leader() const noexcept {
    return leader_;
  }

  uint64_t epoch() const noexcept {
    return epoch_;
  }

private:
  node_id self_;
  node_id leader_;
  uint64_t epoch_ = 0;
  bool was_led_ = false;
};

} // namespace parley::core
