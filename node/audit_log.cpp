#include "node/audit_log.hpp"

#include "actors/audit.hpp"
#include "schema/limits.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <chrono>
#include <memory>
#include <thread>

namespace parley {

namespace {

constexpr auto patience = std::chrono::seconds{1};
constexpr auto poll = std::chrono::milliseconds{1};

} // namespace

status open_audit_log(const std::filesystem::path& file) {
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
      file.string(), limits::audit_file_bytes, limits::audit_files);
    spdlog::init_thread_pool(limits::audit_lines, 1);
    auto log =
      std::make_shared<spdlog::async_logger>(audit_log, std::move(sink), spdlog::thread_pool(),
                                             spdlog::async_overflow_policy::overrun_oldest);
    log->set_pattern("time=%Y-%m-%dT%H:%M:%S.%e%z %v");
    log->flush_on(spdlog::level::info);
    spdlog::drop(audit_log);
    spdlog::register_logger(std::move(log));
    return {};
  } catch (const spdlog::spdlog_ex& failed) {
    return {ec::storage_failed, failed.what()};
  }
}

void finish_audit_log() {
  auto until = std::chrono::steady_clock::now() + patience;
  auto pool = spdlog::thread_pool();
  while (pool && pool->queue_size() > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(poll);
}

} // namespace parley
