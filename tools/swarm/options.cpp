#include "tools/swarm/options.hpp"

#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include "tools/client/door_options.hpp"

#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

namespace parley::swarm {

namespace {

/// Bad options and other reasons not to start; see main.cpp.
constexpr int setup_error = 2;

/// One process has one address, and the system some 28,000 ports for it.
constexpr size_t most_users = 28'000;
constexpr size_t most_accounts = 10'000'000;

/// What the program opens besides connections.
constexpr size_t other_files = 64;

constexpr auto footer = R"(Scenarios:
  pairs    half of the users each send to one partner, --window in flight
  rooms    rooms of --room-size; some publish, some leave, join, are kicked and invited;
           at the end rooms and members have to agree on who is in
  offline  half of the users are away while messages are stored for them, come
           back and drain while new ones keep coming, some break off in the middle
  storm    pairs, and everybody reconnects at random times
  mixed    all of it at once, second devices, typing, presence, files, receipts, unread counts
  idle     logged-in connections that are held and do nothing
  import   makes --users accounts without passwords, and no connections

Accounts are imported with the token of the service account, which parleyd
leaves in DATA-DIR/service.token; without it they register with a password.

Exit status: 0 all promises kept, 1 one was not: the report says which, 2 the run
could not start.)";

} // namespace

options parse_options(int argc, char** argv) {
  options result;
  client::door_options door;
  CLI::App app{"Many bots that talk through parleyd and check every delivery.", "parley-swarm"};
  app.footer(footer);
  door.add_to(app);
  app.add_option("--scenario", result.scenario, "What the users do")
    ->check(CLI::IsMember({"pairs", "rooms", "offline", "storm", "mixed", "idle", "import"}))
    ->capture_default_str();
  app.add_option("--users", result.users, "Accounts, each with a connection")
    ->check(CLI::Range(size_t{2}, most_accounts))
    ->capture_default_str();
  app.add_option("--seconds", result.seconds, "Length of the load")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app.add_option("--rate", result.rate, "Messages per second of all together; 0: no limit")
    ->check(CLI::NonNegativeNumber)
    ->capture_default_str();
  app.add_option("--window", result.window, "Unacknowledged messages per sender")
    ->check(CLI::Range(size_t{1}, limits::credit_sends))
    ->capture_default_str();
  app.add_option("--size", result.size, "Bytes of a text")
    ->check(CLI::Range(size_t{32}, limits::text_bytes))
    ->capture_default_str();
  app.add_option("--room-size", result.room_size, "Members of a room")
    ->check(CLI::Range(size_t{3}, most_users))
    ->capture_default_str();
  app.add_option("--publishers", result.publishers, "Members of a room who write")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app.add_option("--absent", result.absent, "Members besides who are in each room and never come")
    ->check(CLI::Range(size_t{0}, limits::members_per_room - 3))
    ->capture_default_str();
  app.add_option("--stay", result.stay, "Seconds between two reconnects of a user, in a storm")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app.add_option("--drain-seconds", result.drain_seconds, "Patience after the load")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app.add_option("--service-token", result.service_token, "File with the service account's token")
    ->capture_default_str();
  app.add_option("--tag", result.tag, "Word in all names; by default a random one");
  app.add_option("--json", result.json, "Writes the result here; - is standard output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e) == 0 ? 0 : setup_error);
  }
  if (auto read = door.read(result.nodes, result.tls); !read.ok()) {
    std::fprintf(stderr, "parley-swarm: %s\n", read.text.c_str());
    std::exit(setup_error);
  }
  if (result.scenario != "import" && result.users > most_users) {
    std::fprintf(stderr, "parley-swarm: --users: at most %zu with connections\n", most_users);
    std::exit(setup_error);
  }
  if (result.tag.empty()) {
    char tag[16];
    std::snprintf(tag, sizeof tag, "%08x", static_cast<unsigned>(random_number()));
    result.tag = tag;
  }
  return result;
}

bool allow_connections(size_t users) {
  auto wanted = static_cast<rlim_t>(users + users / 2 + other_files); // Second devices.
  rlimit now{};
  if (getrlimit(RLIMIT_NOFILE, &now) != 0)
    return false;
  if (now.rlim_cur >= wanted)
    return true;
  rlimit more{std::max(wanted, now.rlim_cur), std::max(wanted, now.rlim_max)};
  if (setrlimit(RLIMIT_NOFILE, &more) == 0)
    return true;
  more = {now.rlim_max, now.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &more) == 0 && now.rlim_max >= users + other_files;
}

} // namespace parley::swarm
