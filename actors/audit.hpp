#pragma once

#include <spdlog/spdlog.h>

#include <utility>

namespace parley {

/// The name of the log that audit() writes to; the program's own where there is none.
inline constexpr auto audit_log = "audit";

/// For whoever must find out later who came in and what operators did: a line of logfmt
/// for each, none of which holds a secret.
template <class... Args>
void audit(spdlog::format_string_t<Args...> text, Args&&... args) {
  auto log = spdlog::get(audit_log);
  (log ? log.get() : spdlog::default_logger_raw())->info(text, std::forward<Args>(args)...);
}

} // namespace parley
