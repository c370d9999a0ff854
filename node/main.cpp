#include "node/audit_log.hpp"
#include "node/node.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

// parleyd: starts a node, waits for a signal, stops it.

namespace {

constexpr auto drain_for = std::chrono::seconds{5};
constexpr auto drain_poll = std::chrono::milliseconds{20};

/// Exit status: some client or group was still there when the time was up.
constexpr int not_drained = 3;

void set_up_log(const std::string& level) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("parleyd"));
  spdlog::set_pattern("time=%Y-%m-%dT%H:%M:%S.%e%z level=%l %v");
  spdlog::set_level(spdlog::level::from_str(level));
}

/// Every client is an open file: takes as many as the system lets us.
void allow_many_files() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

/// Waits up to `seconds` for one of `signals`; 0 if none came.
int wait_for_signal(const sigset_t& signals, int seconds) {
  timespec limit{seconds, 0};
  auto got = sigtimedwait(&signals, nullptr, &limit);
  return got > 0 ? got : 0;
}

/// From now on a signal ends the process, whatever it is busy with. What was
/// acknowledged is on the disk.
void end_at_next_signal(const sigset_t& signals) {
  for (auto which : {SIGTERM, SIGINT})
    std::signal(which, [](int) {
      constexpr std::string_view words = "event=stopped-at-once\n";
      [[maybe_unused]] auto written = ::write(STDERR_FILENO, words.data(), words.size());
      _exit(1);
    });
  std::signal(SIGHUP, SIG_IGN);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void renew_certificate(parley::node& node) {
  if (auto done = node.renew_certificate(); done.ok())
    spdlog::info("event=certificate-renewed");
  else
    spdlog::error("event=certificate-not-renewed text=\"{}\"", done.text);
}

/// Lets clients go, and hands over what the node leads. False if that took too
/// long.
bool drain(parley::node& node) {
  node.drain();
  auto until = std::chrono::steady_clock::now() + drain_for;
  while (!node.drained() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(drain_poll);
  return node.drained();
}

} // namespace

int main(int argc, char** argv) {
  parley::node_options options;
  if (auto status = parley::parse_options(argc, argv, options))
    return *status;
  set_up_log(options.log_level);
  allow_many_files();
  ::umask(077); // What this node keeps is nobody else's.
  // Before any thread starts, so that only this one sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (options.tls.enabled())
    sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<parley::node> node;
  if (auto started = parley::node::start(options, node); !started.ok()) {
    std::fprintf(stderr, "parleyd: %s\n", started.text.c_str());
    return 1;
  }
  std::printf("parleyd listens for clients on %s:%u%s, data in %s\n", options.host.c_str(),
              node->port(), options.tls.enabled() ? " with TLS" : "", options.data_dir.c_str());
  if (options.admin)
    std::printf("parleyd listens for parleyctl on %s:%u, key in %s\n", options.admin_host.c_str(),
                node->admin_port(), (options.data_dir / "admin.key").c_str());
  std::fflush(stdout);
  spdlog::info("event=started port={} data-dir={}", node->port(), options.data_dir.string());
  for (auto signal = 0; signal == 0 || signal == SIGHUP;) {
    signal = wait_for_signal(signals, 3600);
    if (signal == SIGHUP)
      renew_certificate(*node);
  }
  spdlog::info("event=stopping connections={}", node->connections());
  end_at_next_signal(signals);
  auto drained = drain(*node);
  node->stop();
  spdlog::info("event=stopped drained={}", drained);
  parley::finish_audit_log();
  // Not by way of ~actor_system: CAF 0.17.6 waits there for every detached
  // actor, for ever if an actor that the scheduler left behind knows one.
  std::_Exit(drained ? 0 : not_drained);
}
