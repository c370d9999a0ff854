#define BOOST_TEST_MODULE simulation

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "tests/simulation/contacts_agree.hpp"
#include "tests/simulation/device.hpp"
#include "tests/simulation/engine.hpp"
#include "tests/support/from_environment.hpp"
#include "tests/support/read_row.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <iostream>

// Thousands of short lives of a node, each from a seed: users write, come and
// go, rooms change, things break. At the end everything stops breaking, everyone
// comes back, and the clients' histories are judged.

using namespace parley;
using namespace parley::simulation;
using testing::from_environment;

namespace {

constexpr unsigned users = 5;
constexpr unsigned devices_of_first = 2;

std::string name_of_user(uint64_t i) {
  return "user" + std::to_string(i % users);
}

struct life {
  life(uint64_t seed, faults what) : node(seed, what), nothing_breaks(what == faults{}) {
    for (uint64_t i = 0; i < users; ++i)
      add_device(name_of_user(i), i + 1);
    for (uint64_t i = 1; i < devices_of_first; ++i)
      add_device(name_of_user(0), users + i);
  }

  void add_device(const std::string& user, uint64_t id) {
    auto token = "token" + std::to_string(id);
    node.make_account(user, device_id{id}, token);
    devices.push_back(std::make_unique<device>(node, judge, user, device_id{id}, token));
  }

  void act() {
    auto& one = *devices[node.dice()() % devices.size()];
    auto other = name_of_user(node.dice()());
    auto what = node.dice()() % 100;
    if (what < 8)
      return one.disconnect();
    if (what < 30)
      return one.connect();
    if (what < 33)
      return one.create_room(node.dice()() % 3, {other, name_of_user(node.dice()())});
    if (what < 39)
      return one.revise_some(node.dice()());
    if (what < 42)
      return one.meet(other, node.dice()());
    if (what < 64 || one.rooms().empty())
      return one.send_to_user(other, "text " + std::to_string(++texts));
    auto room =
      *std::next(one.rooms().begin(), static_cast<ptrdiff_t>(node.dice()() % one.rooms().size()));
    if (what < 90)
      one.send_to(room, "text " + std::to_string(++texts));
    else if (what < 93)
      one.change(room, other, true);
    else if (what < 96)
      one.change(room, other, false);
    else if (what < 97)
      one.leave(room);
    else
      one.read(room);
  }

  void look_after() {
    for (auto& x : devices)
      x->look_after();
  }

  /// Lets everything happen that can, up to `seconds` of virtual time.
  void settle(int seconds) {
    auto until = node.now() + std::chrono::seconds{seconds};
    for (unsigned steps = 0; steps < 400'000 && node.now() < until; ++steps) {
      look_after();
      if (node.step(until))
        continue;
      if (std::all_of(devices.begin(), devices.end(), [](auto& x) { return x->settled(); }))
        break;
      node.wait(std::chrono::milliseconds{100}); // A client waits to repeat something.
    }
  }

  void run(unsigned actions) {
    for (unsigned i = 0; i < actions; ++i) {
      act();
      for (auto steps = node.dice()() % 40; steps > 0; --steps)
        node.step(node.now() + std::chrono::milliseconds{50});
      if (i % 10 == 0)
        look_after();
    }
  }

  void finish() {
    node.no_more_faults();
    for (int round = 0; round < 3; ++round) {
      for (auto& x : devices)
        x->disconnect();
      settle(1);
      for (auto& x : devices)
        x->connect();
      settle(20);
    }
    judge.rest();
    for (auto& x : devices)
      x->ask_list();
    settle(5);
    for (auto& x : devices)
      x->audit();
    if (nothing_breaks) // A receipt that is lost is told with the next one.
      for (auto& x : devices)
        x->ask_members();
    settle(5);
  }

  engine node;
  bool nothing_breaks;
  checker::checker judge;
  std::vector<std::unique_ptr<device>> devices;
  uint64_t texts = 0;
};

/// The rows of contacts say what the rows of the conversations say.
void check_contacts(const memory_store& disk, std::string& why) {
  auto find = [&disk](const key& at) { return read_row(disk, at); };
  (void)disk.scan({key{}.byte(0), key{}.byte(keys::node_range)},
                  [&](std::string_view at, std::string_view value) {
                    if (at.size() >= 2 && at[1] == 'k')
                      why += contacts_agree(at, value, find);
                    return true;
                  });
}

/// The rows of each mailbox say what the rows of the conversations say.
void check_memberships(const memory_store& disk, std::string& why) {
  auto visit = [&](std::string_view at, std::string_view value) {
    if (at.size() < 2 || at[1] != 'm')
      return true;
    auto member = *record::decode<record::member>(value);
    auto user = keys::user_at_end(at);
    auto conversation = keys::conversation_at_end(at.substr(0, at.size() - 16));
    auto row = read_row(disk, keys::mailbox(user, conversation));
    auto box = row ? record::decode<record::mailbox>(*row) : std::nullopt;
    if (!box || box->joined != member.joined || box->left != member.left)
      why += "a mailbox of " + member.name + " is out of step\n";
    return true;
  };
  key_range all{key{}.byte(0), key{}.byte(keys::node_range)};
  (void)disk.scan(all, visit);
  auto outbox = [&](std::string_view at, std::string_view) {
    if (at.size() >= 2 && at[1] == 'o')
      why += "an outbox row was never delivered\n";
    return true;
  };
  (void)disk.scan(all, outbox);
}

/// Empty if the life kept every promise.
std::string live(uint64_t seed, faults what, bool trace) {
  life x{seed, what};
  x.run(150);
  x.finish();
  auto verdict = x.judge.finish();
  std::string why;
  if (!verdict.ok())
    why += checker::in_words(verdict) + "\n";
  for (auto& one : x.devices) {
    if (!one->online())
      why += one->user() + " cannot come back\n";
    if (!one->settled())
      why += one->user() + " has sends that nobody answers\n";
    for (auto& [id, state] : one->listed)
      if (state.last_seq == 0 && one->held(id) < state.head)
        why += one->user() + " holds " + std::to_string(one->held(id)) + " of "
               + std::to_string(state.head) + "\n";
  }
  for (auto& one : x.devices)
    why += one->disagreements();
  check_memberships(x.node.disk(), why);
  check_contacts(x.node.disk(), why);
  if (trace) {
    std::cout << "seed " << seed << ": " << x.texts << " texts\n";
    for (auto& [fault, count] : x.node.counts)
      std::cout << "  " << fault << " " << count << "\n";
  }
  return why;
}

void live_many(faults what, uint64_t lives) {
  if (auto seed = from_environment("PARLEY_SEED", 0)) {
    BOOST_CHECK_EQUAL(live(seed, what, true), "");
    return;
  }
  lives = from_environment("PARLEY_SEEDS", lives);
  for (uint64_t seed = 1; seed <= lives; ++seed) {
    auto why = live(seed, what, false);
    BOOST_REQUIRE_MESSAGE(why.empty(), "PARLEY_SEED=" << seed << ": " << why);
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(keeps_every_promise_when_nothing_breaks) {
  live_many({}, 1000);
}

BOOST_AUTO_TEST_CASE(survives_lost_hand_overs) {
  live_many({.lose = 50}, 1000);
}

BOOST_AUTO_TEST_CASE(survives_crashes_of_rooms_and_inboxes) {
  live_many({.crash_actor = 5}, 1000);
}

BOOST_AUTO_TEST_CASE(survives_crashes_of_the_node) {
  live_many({.crash_node = 20}, 1000);
}

BOOST_AUTO_TEST_CASE(survives_writes_that_fail) {
  live_many({.tear = 20}, 1000);
}

BOOST_AUTO_TEST_CASE(survives_a_full_disk) {
  live_many({.fill = 20}, 1000);
}

BOOST_AUTO_TEST_CASE(survives_everything_at_once) {
  live_many({.lose = 20, .crash_actor = 2, .crash_node = 10, .tear = 5, .fill = 10}, 2000);
}
