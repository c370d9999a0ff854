#pragma once

#include "actors/core/actions.hpp"

#include <vector>

namespace parley::core {

/// Finds the conversations of one shard with messages that are over, so that rooms which
/// sleep are woken to let them go (room_retention.cpp). Goes through all of them, a page
/// at a time, once in limits::retention_sweep_every.
///
///   tick -> load: conversations -> load: how far they go -> `found`
class retention_sweep {
public:
  explicit retention_sweep(shard_id shard) : shard_(shard) {
    // nop
  }

  /// This node leads the shard from now on, or does not. Shards begin one after another.
  void lead(moment now);
  void rest();

  /// Reads the next page, if it is time.
  void tick(moment now, actions& out);

  /// Those of a page that are to be woken. `general`: what the deployment keeps.
  std::vector<conversation_id> answered(const rows& found, const wire::retention& general,
                                        moment now, actions& out);

  /// Whether this answers the sweep.
  static bool asked(uint64_t token) noexcept {
    return token >= first_token;
  }

  std::chrono::microseconds next_deadline() const noexcept {
    return next_at_;
  }

private:
  std::vector<conversation_id> look_at(const std::vector<row>& rows, const wire::retention& general,
                                       moment now, actions& out);
  std::vector<conversation_id> look_closer(const rows& found, const wire::retention& general,
                                           moment now);

  /// Beyond those of subscriptions.
  static constexpr uint64_t first_token = uint64_t{1} << 63;

  struct candidate {
    conversation_id id;
    record::conversation what;
  };

  shard_id shard_;
  std::chrono::microseconds next_at_ = never;
  conversation_id after_;
  std::vector<candidate> page_;      ///< Of which it is asked how far they go ...
  std::chrono::microseconds then_{}; ///< ... before the next one, which comes then ...
  conversation_id last_of_page_;     ///< ... and begins behind this one.
  uint64_t token_ = first_token;
};

} // namespace parley::core
