#define BOOST_TEST_MODULE admin

#include "schema/admin.hpp"
#include "schema/limits.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <fstream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

// The admin door of a real node, through parleyctl and by hand.

using namespace parley;
using namespace parley::testing;

namespace {

finished ctl(const std::string& endpoint, const std::filesystem::path& key,
             std::vector<std::string> words) {
  std::vector<std::string> command{PARLEYCTL, "--node", endpoint, "--key-file", key};
  command.insert(command.end(), words.begin(), words.end());
  return run(command);
}

finished ctl(const node_process& node, std::vector<std::string> words) {
  return ctl(node.admin_endpoint(), node.data_dir() / "admin.key", std::move(words));
}

nlohmann::json ctl_json(const node_process& node, std::vector<std::string> words) {
  words.emplace_back("--json");
  auto x = ctl(node, std::move(words));
  BOOST_REQUIRE_MESSAGE(x.status == 0, x.err);
  return nlohmann::json::parse(x.out);
}

/// One line, this status, nothing on standard output.
void fails(const finished& x, int status, const std::string& words) {
  BOOST_TEST(x.status == status);
  BOOST_TEST(x.out == "");
  BOOST_TEST(x.err.starts_with("parleyctl: "));
  BOOST_TEST(std::count(x.err.begin(), x.err.end(), '\n') == 1);
  BOOST_TEST(x.err.find(words) != std::string::npos, x.err);
}

/// A port that takes connections and says nothing but `words`.
struct other_server {
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string endpoint;

  other_server() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    BOOST_REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&at), size) == 0);
    BOOST_REQUIRE(::listen(listener, 8) == 0);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
    endpoint = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  }

  /// Answers one connection.
  void serve(std::string_view bytes) const {
    auto fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    BOOST_REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    served.push_back(fd);
  }

  ~other_server() {
    for (auto fd : served)
      ::close(fd);
    ::close(listener);
  }

  mutable std::vector<int> served;
};

} // namespace

BOOST_AUTO_TEST_SUITE(admin_test)

// -- the key ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_key_is_made_once_and_only_its_owner_reads_it) {
  node_process node;
  auto file = node.data_dir() / "admin.key";
  auto key = read_file(file);
  BOOST_TEST(key.size() == 65u); // 64 digits and the end of the line.
  struct stat info {};
  BOOST_REQUIRE(::stat(file.c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0600u);
  node.kill();
  node.start();
  BOOST_TEST(read_file(file) == key);
  node_process other;
  BOOST_TEST(read_file(other.data_dir() / "admin.key") != key);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_none_is_refused_at_the_start) {
  node_process node;
  node.stop();
  std::ofstream{node.data_dir() / "admin.key"} << "abc\n";
  auto x = run({PARLEYD, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir",
                node.data_dir()});
  BOOST_TEST(x.status == 1);
  BOOST_TEST(x.out == "");
  BOOST_TEST(x.err.find("admin.key holds no key") != std::string::npos, x.err);
}

BOOST_AUTO_TEST_CASE(a_wrong_key_is_refused_and_logged) {
  node_process node;
  node_process other;
  auto began = steady::now();
  fails(ctl(node.admin_endpoint(), other.data_dir() / "admin.key", {"status"}), 1,
        node.admin_endpoint() + ": wrong admin key");
  BOOST_TEST((steady::now() - began >= 1s));
  wait_until("it is written down", [&] {
    auto audit = read_file(node.data_dir() / "audit.log");
    return audit.find("event=admin-refused from=127.0.0.1 reason=wrong-key") != std::string::npos;
  });
}

// -- where it listens -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_taken_admin_port_is_refused) {
  node_process node;
  temp_dir place;
  auto x = run({PARLEYD, "--listen", "127.0.0.1:0", "--admin-listen", node.admin_endpoint(),
                "--data-dir", place.path() / "data"});
  BOOST_TEST(x.status == 1);
  BOOST_TEST(x.out == "");
  BOOST_TEST(x.err.find("parleyd: cannot listen on " + node.admin_endpoint()) != std::string::npos,
             x.err);
  BOOST_TEST(x.err.find("--admin-listen") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_door_can_be_left_out) {
  temp_dir place;
  child_process node{{PARLEYD, "--listen", "127.0.0.1:0", "--admin-listen", "none", "--data-dir",
                      place.path() / "data"}};
  wait_until("it listens", [&] { return node.out().ends_with("\n"); });
  BOOST_TEST(node.out().find("parleyctl") == std::string::npos);
  BOOST_TEST(!std::filesystem::exists(place.path() / "data" / "admin.key"));
}

BOOST_AUTO_TEST_CASE(an_admin_address_for_all_the_world_needs_consent_too) {
  auto x = run({PARLEYD, "--listen", "127.0.0.1:0", "--admin-listen", "0.0.0.0:0"});
  BOOST_TEST(x.status == 2);
  BOOST_TEST(x.err.find("--allow-plaintext") != std::string::npos, x.err);
  auto bad = run({PARLEYD, "--admin-listen", "nonsense"});
  BOOST_TEST(bad.status == 2);
  BOOST_TEST(bad.err.find("--admin-listen wants HOST:PORT") != std::string::npos, bad.err);
}

// -- commands ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(status_tells_how_the_node_is) {
  node_process node;
  node.kill();
  node.start();
  auto ada = import_person(node, "ada");
  import_person(node, "bob");
  ada.text_stored("bob", "hello");
  auto x = ctl_json(node, {"status"});
  BOOST_TEST(x["node"] == 1);
  BOOST_TEST(x["version"] == "0.1.0");
  BOOST_TEST(x["starts"] == 2);
  BOOST_TEST(x["uptime_ms"] > 0);
  BOOST_TEST(x["draining"] == false);
  BOOST_TEST(x["connections"] >= 1);
  BOOST_TEST(x["unanswered"]["requests"] == 0);
  BOOST_TEST(x["rooms_awake"] == 1);
  BOOST_TEST(x["inboxes_awake"] >= 1);
  BOOST_TEST(x["store"]["silent"] == false);
  BOOST_TEST(x["store"]["free_bytes"] > 1 << 20);
  BOOST_TEST(x["store"]["memtable_bytes"] > 0);
  BOOST_REQUIRE(x["shards"].size() == shard_count);
  for (auto& shard : x["shards"]) {
    BOOST_TEST(shard["leader"] == 1);
    BOOST_TEST(shard["epoch"] == 2);
  }
  auto words = ctl(node, {"status"});
  BOOST_TEST(words.status == 0);
  BOOST_TEST(words.out.find("node      1 (parleyd 0.1.0)\n") != std::string::npos, words.out);
  BOOST_TEST(words.out.find("shards    64 led here, 0 elsewhere, 0 by nobody\n")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(cluster_status_tells_who_leads) {
  node_process node;
  auto x = ctl_json(node, {"cluster", "status"});
  BOOST_REQUIRE(x["nodes"].size() == 1u);
  BOOST_TEST(x["nodes"][0]["node"] == 1);
  BOOST_TEST(x["nodes"][0]["leads"] == shard_count);
  BOOST_TEST(x["groups"].size() == shard_count);
  BOOST_TEST(x["groups"][0]["term"] == 1);
  BOOST_TEST(x["nobody"] == 0);
  BOOST_TEST(x["moving"] == 0);
  BOOST_TEST(
    ctl(node, {"cluster", "status"}).out
    == "NODE   ADDRESS                  ZONE       STATE                 LEADS  HOLDS  SHALL\n"
       "1      on its own                          up                       64     64     64\n"
       "map       none\n");
  BOOST_TEST(x["nodes"][0]["draining"] == false);
  ctl(node, {"drain"});
  BOOST_TEST(ctl_json(node, {"cluster", "status"})["nodes"][0]["draining"] == true);
}

BOOST_AUTO_TEST_CASE(a_node_on_its_own_has_no_cluster_to_change) {
  node_process node;
  fails(ctl(node, {"cluster", "leave", "1"}), 1, "this node is on its own");
  fails(ctl(node, {"cluster", "join", "nonsense"}), 2, "nonsense is no NUMBER=HOST:PORT[/ZONE]");
  fails(ctl(node, {"cluster", "move", "65", "1", "2"}), 2, "SHARD");
}

BOOST_AUTO_TEST_CASE(drain_sends_clients_away_and_the_node_stays_up) {
  node_process node;
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  wait_until("only they are there", [&] { return ctl_json(node, {"status"})["connections"] == 2; });
  auto first = ctl(node, {"drain"});
  BOOST_TEST(first.status == 0);
  BOOST_TEST(first.out == "draining; 2 clients are told to come back\n");
  BOOST_TEST(ada.closed() == ec::stopping);
  BOOST_TEST(bob.closed() == ec::stopping);
  BOOST_CHECK_THROW(raw_client{node.port()}.hello(), std::runtime_error);
  auto again = ctl_json(node, {"drain"});
  BOOST_TEST(again["already"] == true);
  BOOST_TEST(again["connections"] == 0);
  auto status = ctl_json(node, {"status"});
  BOOST_TEST(status["draining"] == true);
  BOOST_TEST(status["connections"] == 0);
  BOOST_TEST(node.stop() == 0);
  node.start(); // Drains no more.
  BOOST_TEST(ctl_json(node, {"status"})["draining"] == false);
  raw_client{node.port()}.hello();
}

BOOST_AUTO_TEST_CASE(two_at_once_are_both_answered) {
  node_process node;
  auto command = [&node] {
    return std::vector<std::string>{
      PARLEYCTL, "--node", node.admin_endpoint(), "--key-file", node.data_dir() / "admin.key",
      "--json",  "status"};
  };
  child_process first{command()};
  child_process second{command()};
  for (auto x : {&first, &second}) {
    BOOST_TEST(x->wait() == 0);
    BOOST_TEST(nlohmann::json::parse(x->out())["shards"].size() == shard_count);
  }
}

// -- what goes wrong --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(help_names_the_exit_statuses) {
  auto help = run({PARLEYCTL, "--help"});
  BOOST_TEST(help.status == 0);
  BOOST_TEST(help.out.find("Exit status:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bad_usage_is_status_2) {
  fails(run({PARLEYCTL}), 2, "--help");
  fails(run({PARLEYCTL, "cluster"}), 2, "--help");
  fails(run({PARLEYCTL, "frobnicate"}), 2, "--help");
  fails(run({PARLEYCTL, "--node", ":::", "status"}), 2, "no HOST:PORT");
  fails(run({PARLEYCTL, "--timeout", "0", "status"}), 2, "--timeout");
}

BOOST_AUTO_TEST_CASE(a_key_file_that_cannot_be_read_is_status_1) {
  temp_dir place;
  fails(ctl("127.0.0.1:1", place.path() / "none", {"status"}), 1, "No such file");
  std::ofstream{place.path() / "key"} << "what?\n";
  fails(ctl("127.0.0.1:1", place.path() / "key", {"status"}), 1, "holds no key");
}

BOOST_AUTO_TEST_CASE(nobody_there_and_nobody_who_answers_are_status_3) {
  temp_dir place;
  std::ofstream{place.path() / "key"} << "abcd\n";
  fails(ctl("127.0.0.1:" + std::to_string(free_port()), place.path() / "key", {"status"}), 3,
        "refused");
  other_server deaf;
  fails(ctl(deaf.endpoint, place.path() / "key", {"--timeout", "0.3", "status"}), 3,
        deaf.endpoint + ": no answer within 0.3 s");
}

BOOST_AUTO_TEST_CASE(the_port_of_clients_is_told_from_the_admin_port) {
  node_process node;
  fails(ctl(node.endpoint(), node.data_dir() / "admin.key", {"status"}), 1,
        "is that the admin port?");
  auto parley = run({PARLEY, "--connect", node.admin_endpoint(), "--user", "ada", "--state-dir",
                     node.data_dir() / "state", "conversations"},
                    {std::string{"PARLEY_PASSWORD="} + password});
  BOOST_TEST(parley.status == 1);
  BOOST_TEST(parley.err.find("admin protocol") != std::string::npos, parley.err);
}

BOOST_AUTO_TEST_CASE(an_older_node_and_a_stranger_are_told_in_one_line) {
  temp_dir place;
  auto key = place.path() / "key";
  std::ofstream{key} << "abcd\n";
  other_server server;
  auto ask = [&](const std::string& bytes) {
    child_process asking{{PARLEYCTL, "--node", server.endpoint, "--key-file", key, "status"}};
    server.serve(bytes);
    auto status = asking.wait();
    return finished{status, asking.out(), asking.err()};
  };
  std::string welcome{admin::encode(admin::reply{1, admin::welcome{}}).bytes()};
  auto refusal = admin::encode(admin::reply{2, admin::error{ec::unsupported, "not known"}});
  fails(ask(welcome + std::string{refusal.bytes()}), 1, "not known: it is older");
  std::string newer{admin::encode(admin::reply{2, admin::welcome{}}).bytes()};
  newer[24] = 99;
  fails(ask(welcome + newer), 1, "unknown to this parleyctl");
  fails(ask("HTTP/1.1 400 Bad Request\r\n\r\n"), 1, "too large");
}

// -- hostile ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(whoever_does_not_behave_is_cut_off_and_harms_nobody) {
  node_process node;
  raw_client silent{node.admin_port()};
  raw_client noisy{node.admin_port()};
  noisy.write(std::string(1 << 16, '\xff'));
  noisy.closed();
  raw_client rude{node.admin_port()};
  rude.write(admin::encode(admin::request{1, admin::start_drain{}}).bytes());
  rude.closed();
  raw_client large{node.admin_port()};
  std::string megabyte(1 << 20, 'x');
  large.write(admin::encode(admin::request{1, admin::hello{1001, {}, megabyte}}).bytes());
  large.closed();
  auto x = ctl_json(node, {"status"});
  BOOST_TEST(x["draining"] == false);
  BOOST_TEST(x["shards"].size() == shard_count);
}

BOOST_AUTO_TEST_CASE(a_crowd_at_the_door_is_sent_away_and_clients_are_not) {
  node_process node;
  std::vector<std::unique_ptr<raw_client>> crowd;
  for (size_t i = 0; i < limits::admin_connections; ++i)
    crowd.push_back(std::make_unique<raw_client>(node.admin_port()));
  raw_client{node.admin_port()}.closed();
  fails(ctl(node, {"status"}), 1, node.admin_endpoint());
  raw_client{node.port()}.hello();
  crowd.clear();
  wait_until("there is room", [&] { return ctl(node, {"status"}).status == 0; });
}

BOOST_AUTO_TEST_SUITE_END()
