#define BOOST_TEST_MODULE clock

#include "schema/limits.hpp"
#include "tests/support/device.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <thread>

// A real node whose wall clock is set while it works, by Debian's libfaketime. The steady
// clock, and the clients', go on as ever.

using namespace parley;
using namespace parley::testing;

namespace {

constexpr std::chrono::seconds day = 24h;

struct fixture {
  temp_dir place;
  std::filesystem::path clock = place.path() / "clock";
  node_process node;

  fixture() {
    BOOST_TEST(node.stop() == 0);
    write({});
    // Another malloc in front: jemalloc asks for the time before libfaketime can tell it.
    node.start_in(preload(std::string{FAKETIME} + ":libtcmalloc_minimal.so.4",
                          {"FAKETIME_TIMESTAMP_FILE=" + clock.string(), "FAKETIME_NO_CACHE=1",
                           "FAKETIME_DONT_FAKE_MONOTONIC=1"}));
  }

  /// In one piece, for it is read all the time.
  void write(std::chrono::seconds ahead) {
    auto next = clock.string() + ".next";
    std::ofstream{next} << (ahead < 0s ? "" : "+") << ahead.count() << "\n";
    std::filesystem::rename(next, clock);
  }

  /// The node's wall clock is ahead of ours by this, from now on.
  void set(std::chrono::seconds ahead) {
    write(ahead);
    wait_until("the node's clock is set",
               [&] { return off() - ahead < 1min && ahead - off() < 1min; });
  }

  /// By how much it is, as it says itself.
  std::chrono::seconds off() {
    raw_client who{node.port()};
    who.hello();
    auto in = who.ask<wire::session>(wire::login{"service", {}, node.service_token()});
    auto ours = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::microseconds{in->time}
                                                            - ours);
  }

  /// A day forward, two back, a year forward, and to and fro.
  void set_again_and_again() {
    for (auto ahead : {day, -day, 365 * day, 0 * day, day, -day, day, -day, day, 0 * day}) {
      set(ahead);
      std::this_thread::sleep_for(300ms);
    }
  }

  judged run_swarm(const std::string& scenario, std::vector<std::string> more) {
    more.insert(more.end(), {"--scenario", scenario, "--seconds", "7"});
    swarm_process swarm{node.endpoint(), node.data_dir() / "service.token", std::move(more)};
    swarm.wait_until_loading();
    set_again_and_again();
    auto x = swarm.finish();
    BOOST_TEST(x.clean(), x.words);
    BOOST_TEST(x.result["drained"].get<bool>());
    return x;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(clock_test, fixture)

BOOST_AUTO_TEST_CASE(pairs_stay_connected_and_are_sent_everything_once_while_the_clock_is_set) {
  auto x = run_swarm("pairs", {"--users", "40", "--rate", "400"});
  BOOST_TEST(x.count("acked") > 1000u);
  BOOST_TEST(x.count("reconnects") == 0u);
  BOOST_TEST(x.count("repeated") == 0u);
}

BOOST_AUTO_TEST_CASE(all_of_it_at_once_notices_nothing_of_a_clock_that_is_set) {
  auto x = run_swarm("mixed", {"--users", "48", "--room-size", "6", "--rate", "300"});
  for (auto what : {"unread_checked", "receipts_checked", "files_checked", "presence_checked"})
    BOOST_TEST(x.count(what) > 0u, what);
}

BOOST_AUTO_TEST_CASE(who_acknowledges_nothing_is_sent_it_again_by_the_steady_clock_only) {
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  for (int i = 0; i < 20; ++i)
    ada.text_stored("bob", "words");
  auto begun = steady::now();
  bob.push<wire::message>();
  for (auto ahead : {day, -day, 365 * day, 0 * day})
    set(ahead);
  size_t pushed = 1;
  while (bob.has_push<wire::message>()) {
    bob.push<wire::message>();
    ++pushed;
  }
  BOOST_REQUIRE(steady::now() < begun + limits::resend_after); // Else this shows nothing.
  BOOST_TEST(pushed == 20u);
  bob.push<wire::message>(limits::resend_after * 2); // But it is.
}

BOOST_AUTO_TEST_CASE(nothing_ends_because_the_clock_leaps) {
  BOOST_TEST(node.stop() == 0);
  node.start({"--keep-for", "30d", "--token-days", "90"});
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  ada.text_stored("bob", "words");
  set(365 * day);
  wait_until("that is logged",
             [this] { return node.log().find("event=clock-leapt") != std::string::npos; });
  bob.reconnect(node);
  ada.text_stored("bob", "more words");
  BOOST_TEST(bob.history(bob.with("ada")).size() >= 2u);
  set(0s);
  ada.reconnect(node);
  BOOST_TEST(ada.history(ada.with("bob")).size() >= 2u);
}

BOOST_AUTO_TEST_SUITE_END()
