#define BOOST_TEST_MODULE durability

#include "schema/limits.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>

// What was acknowledged survives kill -9; what is repeated is stored once.

using namespace parley;
using namespace parley::testing;

namespace {

/// What became of one client message.
struct outcome {
  std::string body;
  seq_t seq = 0; ///< 0: not acknowledged.
};

struct one_node {
  node_process node;
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");
  std::map<uint64_t, outcome> said; ///< By counter.
  uint64_t last = 0;

  wire::send message(uint64_t counter, uint64_t previous = 0) {
    return {{}, "bob", counter, previous, {{}, said[counter].body}};
  }

  /// Sends with a full window until `enough` acknowledgements have come; then
  /// kills the node and reads what was still on its way.
  void send_and_kill(size_t enough) {
    std::map<uint64_t, uint64_t> counters; // Of requests.
    auto hear = [&](const received& x) {
      auto at = counters.find(x.what.request);
      if (at == counters.end())
        return;
      if (auto sent = x.as<wire::sent>())
        said[at->second].seq = sent->seq;
      counters.erase(at);
    };
    auto any = [](const received& x) { return x.what.request != 0; };
    for (size_t heard = 0; heard < enough; ++heard) {
      while (counters.size() < limits::credit_sends) {
        ++last;
        said[last].body = "message " + std::to_string(last);
        counters[ada.say(message(last, last - 1))] = last;
      }
      hear(ada.take("an acknowledgement", any));
    }
    node.kill();
    ada.closed();
    while (!ada.waiting().empty())
      hear(ada.take("the rest", [](const received&) { return true; }));
  }

  void restart() {
    node.start();
    ada.reconnect(node);
    bob.reconnect(node);
  }

  std::map<uint64_t, seq_t> stored() {
    std::map<uint64_t, seq_t> result;
    seq_t next = 1;
    uint64_t before = 0;
    if (ada.refusal(wire::list_members{ada.with("bob"), {}, 0}) != ec::none)
      return result;
    for (auto& x : ada.history(ada.with("bob"))) {
      BOOST_REQUIRE(x->seq == next++);
      BOOST_REQUIRE(x->counter > before); // Once, and in the order of sending.
      BOOST_REQUIRE(text_of(*x) == said[x->counter].body);
      before = x->counter;
      result[x->counter] = x->seq;
    }
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(durability_test, one_node)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_being_killed_at_any_moment) {
  std::mt19937 random{std::random_device{}()};
  for (int round = 0; round < 6; ++round) {
    send_and_kill(1 + random() % 700);
    restart();
    auto there = stored();
    for (auto& [counter, x] : said)
      if (x.seq != 0)
        BOOST_REQUIRE(there[counter] == x.seq);
    // Repeats give the same place or the next one; nothing is stored twice.
    for (auto counter = last > 200 ? last - 200 : 1; counter <= last; ++counter) {
      auto sent = ada.ask<wire::sent>(message(counter, counter - 1));
      if (there.contains(counter))
        BOOST_REQUIRE(sent->seq == there[counter]);
      said[counter].seq = sent->seq;
    }
    BOOST_REQUIRE(stored().size() == last);
  }
  seq_t next = 1;
  while (next <= last) {
    auto x = bob.message();
    BOOST_REQUIRE(x->seq <= next);
    next = std::max(next, x->seq + 1);
  }
}

BOOST_AUTO_TEST_CASE(an_acknowledged_message_is_pushed_after_the_crash) {
  bob.close();
  auto sent = ada.text_stored("bob", "remember me");
  node.kill();
  node.start();
  bob.reconnect(node);
  auto x = bob.message();
  BOOST_TEST(x->seq == sent.seq);
  BOOST_TEST(text_of(*x) == "remember me");
}

BOOST_AUTO_TEST_CASE(a_crash_between_storing_and_telling_is_made_good) {
  // The first message of a chat must also put it into the other's list.
  for (int round = 0; round < 5; ++round) {
    auto name = "eve" + std::to_string(round);
    auto eve = import_person(node, name);
    eve.close();
    ada.text_stored(name, "hi");
    node.kill();
    node.start();
    ada.reconnect(node);
    eve.reconnect(node);
    BOOST_TEST(text_of(*eve.message()) == "hi");
  }
}

BOOST_AUTO_TEST_CASE(a_repeat_gives_the_same_place_before_and_after_a_crash) {
  auto first = ada.text_stored("bob", "once", 7);
  for (int round = 0; round < 2; ++round) {
    auto again = ada.text_stored("bob", "once", 7);
    BOOST_TEST(again.seq == first.seq);
    BOOST_TEST(again.time == first.time);
    BOOST_TEST(ada.refusal_of(ada.text("bob", "other", 7)) == ec::conflict);
    node.kill();
    restart();
  }
  BOOST_TEST(ada.history(ada.with("bob")).size() == 1u);
}

BOOST_AUTO_TEST_CASE(client_ids_are_the_devices_own) {
  auto twin = import_person(node, "ada");
  BOOST_TEST(ada.text_stored("bob", "mine", 7).seq == 1u);
  BOOST_TEST(twin.text_stored("bob", "also mine", 7).seq == 2u);
  BOOST_TEST(bob.text_stored("ada", "not yours", 7).seq == 3u);
  auto room = ada.ask<wire::change>(wire::create_room{1, "room", {}, false});
  BOOST_TEST(ada.ask<wire::sent>(wire::send{room->room, {}, 7, 0, {{}, "elsewhere"}})->seq == 2u);
}

BOOST_AUTO_TEST_CASE(counters_rise_and_nothing_overtakes_its_predecessor) {
  auto send = [&](uint64_t counter, uint64_t previous) {
    return ada.refusal(wire::send{{}, "bob", counter, previous, {{}, "text"}});
  };
  BOOST_TEST(send(10, 0) == ec::none);
  BOOST_TEST(send(30, 20) == ec::out_of_order);
  BOOST_TEST(send(20, 10) == ec::none);
  BOOST_TEST(send(30, 20) == ec::none);
  BOOST_TEST(send(25, 0) == ec::client_id_too_old); // Was never stored, and is passed.
  node.kill();
  restart();
  BOOST_TEST(send(50, 40) == ec::out_of_order);
  BOOST_TEST(send(25, 0) == ec::client_id_too_old);
  BOOST_TEST(send(20, 0) == ec::none); // A repeat.
  BOOST_TEST(send(40, 30) == ec::none);
}

BOOST_AUTO_TEST_CASE(the_last_240_results_are_remembered) {
  constexpr auto window = limits::client_id_window;
  for (uint64_t i = 1; i <= window + 10; ++i)
    BOOST_REQUIRE(ada.text_stored("bob", "text", i).seq == i);
  for (int round = 0; round < 2; ++round) {
    BOOST_TEST(ada.refusal_of(ada.text("bob", "text", 10)) == ec::client_id_too_old);
    BOOST_TEST(ada.text_stored("bob", "text", 11).seq == 11u);
    BOOST_TEST(ada.text_stored("bob", "text", window + 10).seq == window + 10);
    node.kill();
    restart();
  }
}

BOOST_AUTO_TEST_CASE(what_was_sent_at_once_is_read_and_repeated_one_by_one) {
  std::vector<uint64_t> requests;
  for (uint64_t i = 1; i <= limits::credit_sends; ++i)
    requests.push_back(ada.text("bob", "text " + std::to_string(i), i));
  for (uint64_t i = 1; i <= limits::credit_sends; ++i)
    BOOST_REQUIRE_EQUAL(ada.answer_as<wire::sent>(requests[i - 1])->seq, i);
  node.kill();
  restart();
  for (uint64_t i = limits::credit_sends; i >= 1; --i)
    BOOST_REQUIRE_EQUAL(ada.text_stored("bob", "text " + std::to_string(i), i).seq, i);
  for (uint64_t from : {1u, 17u, 64u}) {
    auto page = ada.ask<wire::history_page>(wire::read_history{ada.with("bob"), from, 0, 2});
    frame first{page->records.at(0)};
    auto x = wire::decode_server(first);
    BOOST_TEST(std::get<wire::message>(x.value().body).seq == from);
    BOOST_TEST(page->records.size() == (from == 64 ? 1u : 2u));
    BOOST_TEST(page->more == (from != 64));
  }
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_of_a_device_outlives_a_stop) {
  for (int i = 0; i < 20; ++i)
    ada.text_stored("bob", "text");
  for (int i = 0; i < 20; ++i)
    bob.message();
  bob.settle();
  BOOST_TEST(node.stop() == 0);
  restart();
  ada.text_stored("bob", "after");
  BOOST_TEST(text_of(*bob.message()) == "after");
}

BOOST_AUTO_TEST_CASE(members_survive_a_crash) {
  auto room = ada.ask<wire::change>(wire::create_room{1, "room", {"bob"}, true})->room;
  auto eve = import_person(node, "eve");
  eve.ask<wire::change>(wire::join{room});
  ada.ask<wire::change>(wire::kick{room, {"bob"}});
  node.kill();
  restart();
  eve.reconnect(node);
  BOOST_TEST(ada.ask<wire::members_page>(wire::list_members{room, {}, 0})->total == 2u);
  BOOST_TEST(bob.refusal(wire::send{room, {}, 1, 0, {{}, "hi"}}) == ec::not_member);
  BOOST_TEST(eve.refusal(wire::kick{room, {"ada"}}) == ec::forbidden);
  eve.ask<wire::sent>(wire::send{room, {}, 1, 0, {{}, "hi"}});
}

BOOST_AUTO_TEST_CASE(accounts_survive_a_crash_right_after_they_were_made) {
  register_person(node, "eve");
  node.kill();
  node.start();
  device eve{node, "eve"};
  node.kill();
  node.start();
  eve.reconnect(node);
  BOOST_TEST(eve.text_stored("eve", "still me").seq == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
