#include "node/audit_log.hpp"

#include "actors/audit.hpp"
#include "schema/limits.hpp"

#include <spdlog/sinks/rotating_file_sink.h>

namespace parley {

status open_audit_log(const std::filesystem::path& file) {
  try {
    spdlog::drop(audit_log);
    auto log = spdlog::rotating_logger_mt(audit_log, file.string(), limits::audit_file_bytes,
                                          limits::audit_files);
    log->set_pattern("time=%Y-%m-%dT%H:%M:%S.%e%z %v");
    log->set_level(spdlog::level::info);
    log->flush_on(spdlog::level::info);
    return {};
  } catch (const spdlog::spdlog_ex& failed) {
    return {ec::storage_failed, failed.what()};
  }
}

} // namespace parley
