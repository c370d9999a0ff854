#include "tools/bench/peers/loop.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>

// peerload: one workload against one server, one line of JSON.

namespace parley::peers {

namespace {

enum exit_status { fine = 0, failed = 1, setup_error = 2 };

constexpr unsigned long timer_slack = 1000; // Nanoseconds; paced sends shall not be late.

std::unique_ptr<protocol> make_protocol(loop& where) {
  auto& name = where.how().protocol;
  if (name == "mqtt")
    return make_mqtt(where.how(), where);
  if (name == "nats")
    return make_nats(where.how(), where);
  if (name == "redis")
    return make_redis(where.how(), where);
  if (name == "xmpp")
    return make_xmpp(where.how(), where);
  return make_parley(where.how(), where);
}

void allow_all_files() {
  rlimit x{};
  if (getrlimit(RLIMIT_NOFILE, &x) != 0)
    return;
  x.rlim_cur = x.rlim_max;
  setrlimit(RLIMIT_NOFILE, &x);
}

nlohmann::json describe(const options& how) {
  return {{"protocol", how.protocol},   {"workload", how.workload}, {"mode", how.mode},
          {"tls", !how.tls_ca.empty()}, {"users", how.users},       {"window", how.window},
          {"payload", how.payload}};
}

int run(const options& how) {
  loop where{how};
  auto speech = make_protocol(where);
  auto result = describe(how);
  if (speech->sets_up()) {
    auto first = make_setup(where);
    where.run(*speech, *first);
    where.close(where.users[0]);
  }
  if (where.failure().empty()) {
    where.users.clear();
    where.users.resize(connections_of(how));
    for (uint32_t i = 0; i < where.users.size(); ++i)
      where.users[i].user = i;
    auto play = make_workload(where);
    where.run(*speech, *play);
    result.update(play->result());
    result["protocol_counts"] = speech->counted();
  }
  result["failed_connections"] = where.failures();
  result["error"] = where.failure();
  std::printf("%s\n",
              result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return where.failure().empty() ? fine : failed;
}

} // namespace

} // namespace parley::peers

int main(int argc, char** argv) {
  auto how = parley::peers::parse_options(argc, argv);
  (void)std::signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, parley::peers::timer_slack);
  parley::peers::allow_all_files();
  try {
    return parley::peers::run(how);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "peerload: %s\n", e.what());
    return parley::peers::setup_error;
  }
}
