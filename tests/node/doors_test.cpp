#define BOOST_TEST_MODULE doors

#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tests/support/ctl.hpp"
#include "tests/support/device.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

// How much one comer may try, and what is written down of it.

using namespace parley;
using namespace parley::testing;

namespace {

raw_client greeted(const node_process& node) {
  raw_client result{node.port()};
  result.hello();
  return result;
}

std::string audit_of(const node_process& node) {
  return read_file(node.data_dir() / "audit.log");
}

/// The lines of the audit log that have all of these words, once there is one.
size_t audited(const node_process& node, const std::vector<std::string>& words) {
  size_t found = 0;
  wait_until("a line", [&] {
    std::istringstream lines{audit_of(node)};
    for (std::string line; std::getline(lines, line);)
      found += std::all_of(words.begin(), words.end(), [&line](const std::string& x) {
        return line.find(" " + x) != std::string::npos;
      });
    return found > 0;
  });
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(doors_test)

// -- the audit log ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(who_came_in_and_who_was_refused_is_written_down) {
  node_process node;
  register_person(node, "ada");
  device ada{node, "ada"};
  BOOST_TEST(greeted(node).refusal(wire::login{"ada", "a wrong password", {}, {}})
             == ec::wrong_credentials);
  BOOST_TEST(greeted(node).refusal(wire::login{"eve", {}, "no token", {}})
             == ec::wrong_credentials);
  BOOST_TEST(ada.refusal(wire::change_password{"a wrong password", "another one"})
             == ec::wrong_credentials);
  BOOST_TEST(audited(node, {"event=register", "user=ada", "outcome=done"}) == 1u);
  BOOST_TEST(audited(node, {"event=login", "user=ada", "by=ada", "from=127.0.0.1", "outcome=done"})
             == 1u);
  BOOST_TEST(audited(node, {"event=login", "user=ada", "by=-", "outcome=wrong_credentials"}) == 1u);
  BOOST_TEST(audited(node, {"event=login-by-token", "user=eve", "outcome=wrong_credentials"})
             == 1u);
  BOOST_TEST(audited(node, {"event=change-password", "by=ada", "outcome=wrong_credentials"}) == 1u);
}

BOOST_AUTO_TEST_CASE(who_only_comes_back_is_not) {
  node_process node;
  auto ada = import_person(node, "ada");
  BOOST_TEST(audited(node, {"event=import-account", "user=ada", "by=service", "outcome=done"})
             == 1u);
  auto before = audit_of(node);
  ada.reconnect(node);
  BOOST_TEST(ada.text_stored("ada", "here again").seq == 1u);
  BOOST_TEST(audit_of(node) == before);
}

BOOST_AUTO_TEST_CASE(what_operators_did_is_written_down) {
  node_process node;
  BOOST_TEST(ctl(node, {"drain"}).status == 0);
  BOOST_TEST(audited(node, {"event=admin-connected", "from=127.0.0.1"}) == 1u);
  BOOST_TEST(audited(node, {"event=admin-drain", "from=127.0.0.1"}) == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_secret_is_in_a_log) {
  node_process node{std::vector<std::string>{"--log-level", "debug"}};
  register_person(node, "ada");
  device ada{node, "ada"};
  BOOST_TEST(ada.refusal(wire::change_password{"a wrong password", "another one"})
             == ec::wrong_credentials);
  (void)greeted(node).refusal(wire::login{"ada", "one more password", {}, {}});
  auto all = audit_of(node) + node.log();
  for (auto& secret : {std::string{password}, std::string{"a wrong password"},
                       std::string{"one more password"}, ada.token(), to_hex(ada.token())})
    BOOST_TEST(all.find(secret) == std::string::npos, secret);
}

BOOST_AUTO_TEST_CASE(what_a_node_keeps_is_nobody_elses) {
  node_process node;
  auto ada = import_person(node, "ada");
  BOOST_TEST(ada.text_stored("ada", "a note").seq == 1u);
  for (auto& x : std::filesystem::recursive_directory_iterator{node.data_dir()}) {
    struct stat info {};
    BOOST_REQUIRE(::stat(x.path().c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 077) == 0u, x.path());
  }
}

BOOST_AUTO_TEST_CASE(what_an_earlier_build_left_open_is_closed) {
  node_process node;
  node.stop();
  std::filesystem::permissions(node.data_dir(), std::filesystem::perms{0755});
  node.start();
  BOOST_TEST(
    (std::filesystem::status(node.data_dir()).permissions() == std::filesystem::perms::owner_all));
}

// -- limits -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_address_with_too_many_connections_is_told_so) {
  node_process node{std::vector<std::string>{"--limit-loopback", "--connections-per-address", "2"}};
  auto first = greeted(node);
  auto second = greeted(node);
  BOOST_TEST(raw_client{node.port()}.closed() == ec::too_many_connections);
  first.settle();
  second.settle();
  second.close();
  wait_until("there is room", [&] {
    raw_client next{node.port()};
    next.say(wire::hello{wire::protocol_version, "test", {}});
    try {
      next.settle();
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  });
}

BOOST_AUTO_TEST_CASE(a_node_takes_so_many_connections) {
  node_process node{std::vector<std::string>{"--connections", "2"}};
  auto first = greeted(node);
  auto second = greeted(node);
  BOOST_TEST(raw_client{node.port()}.closed() == ec::none);
  BOOST_TEST(node.log().find("reason=too-many-connections") != std::string::npos);
  first.settle();
}

BOOST_AUTO_TEST_CASE(passwords_are_guessed_so_often_and_tokens_work_all_the_same) {
  node_process node;
  register_person(node, "ada");
  device ada{node, "ada"};
  auto guesser = greeted(node);
  auto guess = [&] { return guesser.refusal(wire::login{"ada", "a wrong password", {}, {}}); };
  for (unsigned i = 0; i < limits::account_guesses; ++i)
    BOOST_REQUIRE(guess() == ec::wrong_credentials);
  BOOST_TEST(guess() == ec::too_many_attempts);
  BOOST_TEST(guesser.refusal(wire::login{"ada", password, {}, {}}) == ec::too_many_attempts);
  ada.reconnect(node);
  BOOST_TEST(ada.text_stored("ada", "it is me").seq == 1u);
}

BOOST_AUTO_TEST_CASE(who_sends_too_fast_is_slowed_and_loses_nothing) {
  node_process node{std::vector<std::string>{"--user-rate", "50"}};
  auto found = swarm_process{
    node.endpoint(),
    node.data_dir() / "service.token",
    {"--users", "4", "--seconds", "4", "--rate",
     "2000"}}.finish();
  BOOST_TEST(found.clean(), found.words);
  // Two seconds' worth of burst in four, at 50/s, of two who send.
  auto most = 2 * 50 * (4 + limits::user_burst_seconds + 2);
  BOOST_TEST(found.count("acked") <= most);
  BOOST_TEST(found.count("acked") >= 2 * 50 * 4u);
}

BOOST_AUTO_TEST_SUITE_END()
