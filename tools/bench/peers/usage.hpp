#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <vector>

#include <sys/types.h>

namespace parley::peers {

/// What the server, this process and the machine have used so far.
struct usage {
  double at = 0;         ///< Seconds of the steady clock.
  double server_cpu = 0; ///< Seconds, user and system.
  double own_cpu = 0;
  double busy = 0;         ///< Seconds of all cores.
  double stolen = 0;       ///< Seconds that the hypervisor gave to others.
  size_t server_bytes = 0; ///< Resident.

  static usage now(const std::vector<pid_t>& server);
};

/// What was used from one moment to another, in which `messages` were finished.
nlohmann::json used(const usage& from, const usage& to, double messages);

/// Kernel memory of the whole machine that grows with connections, in bytes.
size_t kernel_bytes();

/// Of all files below it; 0 if there are none.
size_t bytes_in(const std::filesystem::path& directory);

} // namespace parley::peers
