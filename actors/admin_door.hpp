#pragma once

#include "actors/directory.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace parley {

/// What the sessions at the admin door share. Made by the composition root,
/// constant but for the atomics.
struct admin_door {
  directory_ptr dir;

  /// Those of clients, for a drain.
  std::vector<listener_actor> listeners;

  /// The bytes that whoever comes in must know.
  std::string key;

  std::string version;                    ///< Of the program.
  uint64_t starts = 0;                    ///< How often the store was started.
  std::chrono::microseconds started_at{}; ///< By the steady clock.

  std::atomic<bool> draining{false};

  /// Open connections at the door.
  std::atomic<size_t> connections{0};
};

using admin_door_ptr = std::shared_ptr<admin_door>;

} // namespace parley
