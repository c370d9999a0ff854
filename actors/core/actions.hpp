#pragma once

#include "actors/core/mail.hpp"

#include <chrono>
#include <utility>

namespace parley {

/// The time, as a step is told it. Steps never read a clock.
struct moment {
  time_us wall = 0;                   ///< Goes into records.
  std::chrono::microseconds steady{}; ///< Deadlines are counted in this.
  time_us leap = 0; ///< By so much the wall has leapt forward of late (core/clock_watch.hpp).

  /// The wall, as far as it is believed: what ends, or is deleted, does so by this.
  time_us trusted() const noexcept {
    return wall - leap;
  }
};

/// A point in steady time that is never reached.
inline constexpr auto never = std::chrono::microseconds::max();

/// What a step wants done, in this order. Actors carry it out (actors/carry.hpp),
/// and so does the simulation.
struct actions {
  std::vector<append> appends;
  std::vector<load> loads;
  std::vector<parcel> parcels;
  std::vector<tell> tells;
  std::vector<room_mail> rooms;
  std::vector<inbox_mail> inboxes;
  std::vector<courier_mail> couriers;
  std::vector<hash_job> hashes;
  std::vector<file_job> files;

  /// The parcel for `to` that is being filled.
  parcel& parcel_for(session_id to) {
    if (parcels.empty() || parcels.back().to != to || parcels.back().live)
      parcels.push_back({to, {}, {}, ec::none});
    return parcels.back();
  }

  /// Answers `request`, or pushes if it is 0.
  void answer(session_id to, uint64_t request, frame bytes) {
    parcel_for(to).frames.push_back({request, std::move(bytes)});
  }

  void tell_courier(shard_id of, courier_event what) {
    auto& made = couriers.emplace_back();
    made.to = of;
    made.what = std::move(what);
  }

  void push_live(session_id to, frame bytes) {
    auto& made = parcels.emplace_back(parcel{to, {}, {}, ec::none});
    made.frames.push_back({0, std::move(bytes)});
    made.live = true;
  }
};

} // namespace parley
