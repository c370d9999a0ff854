#pragma once

#include "schema/error.hpp"
#include "tools/swarm/histogram.hpp"

#include <cstdint>
#include <map>

namespace parley::swarm {

/// What a run counts besides faults.
struct tally {
  uint64_t sent = 0; ///< Handed to a client; repeats do not count.
  uint64_t acked = 0;
  uint64_t refused = 0;
  uint64_t delivered = 0; ///< To the application of a device, events included.
  uint64_t repeated = 0;  ///< Pushed once more, and not shown.
  uint64_t logins = 0;
  uint64_t reconnects = 0;
  uint64_t revised = 0; ///< Edits, recalls and reactions that were stored.
  uint64_t unread_checked = 0;
  uint64_t receipts_checked = 0;
  uint64_t members_checked = 0; ///< In lists of rooms.
  uint64_t unanswered = 0;      ///< Of what was asked at the end.
  uint64_t files_checked = 0;   ///< Fetched by whom they were sent to.
  uint64_t files_wrong = 0;
  uint64_t presence_checked = 0; ///< Of whom somebody watches, at the end.
  uint64_t presence_wrong = 0;
  uint64_t typing = 0;       ///< How often somebody was seen to type.
  histogram latency;         ///< Microseconds from send to delivery, both online.
  histogram acknowledgement; ///< Microseconds from send to its answer, repeats included.
  std::map<ec, uint64_t> errors;
};

} // namespace parley::swarm
