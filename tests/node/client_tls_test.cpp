#define BOOST_TEST_MODULE client_tls

#include "actors/core/trial_certificate.hpp"
#include "tests/support/device.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>

// Clients that speak TLS with a real node.

using namespace parley;
using namespace parley::testing;

namespace {

struct fixture {
  node_process node{std::vector<std::string>{"--tls-self-signed"}};
  temp_dir files;

  /// What `parley` ends with and says when it wants to send as nobody.
  std::pair<int, std::string> parley(std::vector<std::string> how) {
    std::vector<std::string> command{PARLEY, "--connect",   node.endpoint(), "--user",
                                     "ada",  "--state-dir", files.path()};
    command.insert(command.end(), how.begin(), how.end());
    command.insert(command.end(), {"--timeout", "3", "register"});
    child_process child{command, {"PARLEY_PASSWORD=correct horse"}};
    auto status = child.wait();
    return {status, child.err()};
  }

  void wait_until_logged(const std::string& words) {
    wait_until("the node logs " + words,
               [&] { return node.log().find(words) != std::string::npos; });
  }

  void replace_certificate() {
    auto made = core::make_trial_certificate({"127.0.0.1"});
    std::ofstream{node.data_dir() / "tls.key"} << made.key;
    std::ofstream{node.certificate()} << made.certificate;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(client_tls_test, fixture)

BOOST_AUTO_TEST_CASE(the_swarm_finds_nothing_wrong) {
  for (std::string scenario : {"mixed", "offline"}) {
    swarm_process swarm{node.endpoint(),
                        node.data_dir() / "service.token",
                        {"--tls-ca", node.certificate(), "--scenario", scenario, "--users", "60",
                         "--seconds", "4", "--size", "4000"}};
    auto found = swarm.finish();
    BOOST_TEST_CONTEXT(found.words) {
      BOOST_TEST(found.status == 0);
      BOOST_TEST(found.clean());
      BOOST_TEST(found.count("acked") > 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_key_of_a_trial_is_for_its_owner_only) {
  using std::filesystem::perms;
  auto mode = std::filesystem::status(node.data_dir() / "tls.key").permissions();
  BOOST_TEST((mode == (perms::owner_read | perms::owner_write)));
}

BOOST_AUTO_TEST_CASE(the_certificate_of_a_trial_stays_across_a_restart) {
  auto before = read_file(node.certificate());
  BOOST_TEST(node.stop() == 0);
  node.start();
  BOOST_TEST(read_file(node.certificate()) == before);
  device{node, "service", node.service_token()};
}

BOOST_AUTO_TEST_CASE(who_reads_late_misses_nothing) {
  constexpr seq_t count = 200; // More than the sockets hold.
  auto ada = import_person(node, "ada");
  register_person(node, "bob");
  device late{node, "bob", device{node, "bob"}.token(), {}, 4096};
  device other{node, "bob"};
  for (seq_t i = 1; i <= count; ++i)
    ada.text_stored("bob", std::string(4000, static_cast<char>('a' + i % 26)));
  while (other.message()->seq != count)
    continue;
  late.ack(late.with("ada"), count); // So nothing is pushed again, and nothing follows.
  other.settle();
  for (seq_t i = 1; i <= count; ++i) {
    auto x = late.push<wire::message>();
    BOOST_REQUIRE_EQUAL(x->seq, i);
    BOOST_REQUIRE_EQUAL(text_of(*x).front(), static_cast<char>('a' + i % 26));
  }
}

BOOST_AUTO_TEST_CASE(who_reads_late_hears_why_it_was_closed) {
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  device late{node, "bob", bob.token(), {}, 4096};
  for (seq_t i = 1; i <= 200; ++i)
    ada.text_stored("bob", std::string(4000, 'x'));
  device next{node, "bob", bob.token()};
  BOOST_TEST(late.closed() == ec::replaced);
}

BOOST_AUTO_TEST_CASE(plain_text_is_refused_and_harms_nobody) {
  auto ada = import_person(node, "ada");
  raw_client plain{node.port()};
  plain.say(wire::hello{wire::protocol_version, "plain", {}});
  BOOST_TEST(plain.closed() == ec::none);
  wait_until_logged("event=tls-refused");
  ada.settle();
}

BOOST_AUTO_TEST_CASE(who_says_nothing_is_closed) {
  raw_client silent{node.port()};
  silent.end_output();
  BOOST_TEST(silent.closed() == ec::none);
}

BOOST_AUTO_TEST_CASE(a_client_refuses_whom_it_does_not_trust) {
  auto [status, words] = parley({"--tls"});
  BOOST_TEST(status != 0);
  BOOST_TEST(words.find("self-signed certificate") != std::string::npos);
  auto other = files.path() / "other";
  std::ofstream{other} << core::make_trial_certificate({"127.0.0.1"}).certificate;
  BOOST_TEST(parley({"--tls-ca", other}).first != 0);
  for (auto none : {std::string{}, (files.path() / "none").string()}) { // Not plain text then.
    auto refused = parley({"--tls-ca", none});
    BOOST_TEST(refused.first == 2);
    BOOST_TEST(refused.second.find("File does not exist: " + none) != std::string::npos);
  }
  BOOST_TEST(parley({"--tls-ca", node.certificate()}).first == 0);
}

BOOST_AUTO_TEST_CASE(a_client_hears_why_it_is_closed) {
  auto ada = import_person(node, "ada");
  raw_client later{node.port(), 0, node.trust()};
  later.hello();
  later.ask<wire::session>(wire::login{"ada", {}, ada.token(), {}});
  BOOST_TEST(ada.closed() == ec::replaced);
}

BOOST_AUTO_TEST_CASE(who_was_replaced_does_not_come_back) {
  BOOST_REQUIRE(parley({"--tls-ca", node.certificate()}).first == 0);
  auto listen = [&] {
    std::vector<std::string> command{
      PARLEY,   "--connect", node.endpoint(), "--tls-ca",   node.certificate(),
      "--user", "ada",       "--state-dir",   files.path(), "listen"};
    return std::make_unique<child_process>(
      command, std::vector<std::string>{"PARLEY_PASSWORD=correct horse"});
  };
  auto first = listen();
  wait_until("its token is kept", [&] {
    return std::filesystem::exists(files.path() / ("ada@" + node.endpoint() + ".listen.token"));
  });
  auto second = listen(); // The same device.
  BOOST_TEST(first->wait() != 0);
  BOOST_TEST(!second->ended());
}

BOOST_AUTO_TEST_CASE(a_new_certificate_is_for_those_who_come) {
  auto ada = import_person(node, "ada");
  auto before = node.trust();
  replace_certificate();
  node.signal(SIGHUP);
  wait_until_logged("event=certificate-renewed");
  ada.settle();
  BOOST_CHECK_THROW((raw_client{node.port(), 0, before}), std::runtime_error);
  device{node, "ada", ada.token()};
}

BOOST_AUTO_TEST_CASE(a_certificate_that_cannot_be_read_changes_nothing) {
  auto ada = import_person(node, "ada");
  auto before = node.trust();
  std::ofstream{node.certificate()} << "nothing\n";
  node.signal(SIGHUP);
  wait_until_logged("event=certificate-not-renewed");
  raw_client{node.port(), 0, before}.hello();
  ada.settle();
}

BOOST_AUTO_TEST_SUITE_END()
