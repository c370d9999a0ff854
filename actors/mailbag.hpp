#pragma once

#include "actors/core/mail.hpp"

#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace parley {

/// Parcels on their way to the gate. Rooms and inboxes put theirs in, whoever finds
/// it empty calls the gate, and the gate takes all there is: so a room of a thousand
/// costs it a few messages and not a thousand. What one actor puts in stays in
/// order. Safe to share.
class mailbag {
public:
  /// True if the gate must be called.
  bool put(std::vector<parcel>&& what) {
    std::lock_guard guard{mutex_};
    auto was_empty = parcels_.empty();
    parcels_.insert(parcels_.end(), std::make_move_iterator(what.begin()),
                    std::make_move_iterator(what.end()));
    return was_empty;
  }

  /// Swaps what is in it for an empty vector, whose memory it goes on with.
  void take(std::vector<parcel>& empty) {
    std::lock_guard guard{mutex_};
    parcels_.swap(empty);
  }

private:
  std::mutex mutex_;
  std::vector<parcel> parcels_;
};

} // namespace parley
