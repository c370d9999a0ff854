#include "tools/bench/peers/options.hpp"

#include "tools/bench/peers/body.hpp"
#include "tools/bench/peers/flights.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <map>

namespace parley::peers {

namespace {

constexpr int setup_error = 2;
constexpr size_t most = 10'000'000;

constexpr auto footer = R"(Workloads, each of which prints one line of JSON:
  W1  half of the users send to the other half, --window unfinished each; a message
      is finished when it is received and acknowledged
  W2  the same pairs at --rate; latency counts from when a message was due
  W3  --users in one room, --publishers of them send
  W4  --senders store --each messages for each of --users who are away, who then drain
  W5  --users log in and stay

With --kill-at W4 prints "kill" when that share is acknowledged, and goes on when it
reads a line with the process ids of the server that was started again.

Exit status: 0 as it should be, 1 the run failed and its line says why, 2 bad options.)";

void add_server(CLI::App& app, options& out, std::string& at) {
  app.add_option("--protocol", out.protocol, "What the server speaks")
    ->check(CLI::IsMember({"parley", "mqtt", "nats", "redis", "xmpp"}))
    ->capture_default_str();
  app.add_option("--connect", at, "Server, HOST:PORT")->required();
  app.add_option("--mode", out.mode, "nats: core, js or jsdur")
    ->check(CLI::IsMember({"", "core", "js", "jsdur"}));
  app.add_option("--tls-ca", out.tls_ca, "Speaks TLS, and trusts what these certificates signed")
    ->check(CLI::ExistingFile);
  app.add_option("--service-token", out.service_token, "DATA-DIR/service.token of a parleyd");
  app.add_option("--user", out.user, "One name for all logins; else u0, u1 ...");
  app.add_option("--password", out.password, "Of all users")->capture_default_str();
  app.add_option("--pid", out.pids, "Processes of the server")->delimiter(',');
  app.add_option("--data-dir", out.data_dir, "Of the server");
}

void add_load(CLI::App& app, options& out) {
  CLI::Range some{size_t{1}, most};
  app.add_option("--workload", out.workload, "W1 to W5")
    ->check(CLI::IsMember({"W1", "W2", "W3", "W4", "W5"}))
    ->capture_default_str();
  app.add_option("--users", out.users, "Users")
    ->check(CLI::Range(size_t{2}, most))
    ->capture_default_str();
  app.add_option("--active", out.active, "W1, W2: pairs that send; 0: all")->capture_default_str();
  app.add_option("--window", out.window, "Unfinished messages of each sender")
    ->check(CLI::Range(size_t{1}, flights::size / 2))
    ->capture_default_str();
  app.add_option("--payload", out.payload, "Bytes of a message")
    ->check(CLI::Range(body_bytes_min, body_bytes_max))
    ->capture_default_str();
  app.add_option("--senders", out.senders, "W4")->check(some)->capture_default_str();
  app.add_option("--each", out.each, "W4: messages for each user")
    ->check(some)
    ->capture_default_str();
  app.add_option("--publishers", out.publishers, "W3")->check(some)->capture_default_str();
  app.add_option("--at-once", out.at_once, "Logins on their way")
    ->check(some)
    ->capture_default_str();
  app.add_option("--sources", out.sources, "Loopback addresses to connect from; 0: any")
    ->check(CLI::Range(0, 200))
    ->capture_default_str();
}

void add_times(CLI::App& app, options& out) {
  app.add_option("--rate", out.rate, "W2: messages per second")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app.add_option("--receivers", out.receivers, "W1, W2: what becomes of what they are sent")
    ->transform(CLI::CheckedTransformer{
      std::map<std::string, manners>{{"polite", manners::polite},
                                     {"never-read", manners::never_reads},
                                     {"byte-a-second", manners::reads_a_byte_a_second},
                                     {"never-ack", manners::never_acknowledges},
                                     {"lie", manners::lies}}})
    ->option_text("polite|never-read|byte-a-second|never-ack|lie");
  app.add_flag("--beyond-credit", out.beyond_credit,
               "Parley: sends more than the node gives credit for, and gives up what it refuses");
  app.add_option("--kill-at", out.kill_at, "W4: share, 0 to 1")->check(CLI::Range(0.0, 1.0));
  auto seconds = [&app](const char* name, double& out, const char* what) {
    app.add_option(name, out, what)->check(CLI::NonNegativeNumber)->capture_default_str();
  };
  seconds("--warm", out.warm, "Seconds before what is measured");
  seconds("--seconds", out.seconds, "Seconds that are measured");
  seconds("--settle", out.settle,
          "Seconds for W3 and W5 to come to rest; W5 is watched for as long again");
  seconds("--quiet", out.quiet, "Seconds of silence after which nothing more comes");
  seconds("--patience", out.patience, "Seconds after which the run has failed");
}

} // namespace

options parse_options(int argc, char** argv) {
  options result;
  std::string at;
  CLI::App app{"The same load for several messaging servers.", "peerload"};
  app.footer(footer);
  add_server(app, result, at);
  add_load(app, result);
  add_times(app, result);
  try {
    app.parse(argc, argv);
    auto read = parse_address(at);
    if (!read)
      throw CLI::ValidationError{"--connect", at + " is no HOST:PORT"};
    result.server = *read;
    if (result.publishers > result.users)
      throw CLI::ValidationError{"--publishers", "more than --users"};
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e) == 0 ? 0 : setup_error);
  }
  return result;
}

size_t connections_of(const options& how) {
  if (how.workload == "W4")
    return how.users + how.senders;
  auto in_pairs = how.workload == "W1" || how.workload == "W2";
  return in_pairs ? how.users / 2 * 2 : how.users;
}

} // namespace parley::peers
