#pragma once

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <string>

namespace parley {

/// Ends the process for a reason that the log says last: what it would go on
/// with is not to be trusted, and nothing acknowledged is lost by it.
[[noreturn]] inline void end_process(const std::string& why) {
  spdlog::critical(why); // Its sink keeps nothing back. Nobody shuts it down, for others log.
  std::_Exit(1);
}

} // namespace parley
