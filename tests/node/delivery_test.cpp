#define BOOST_TEST_MODULE delivery

#include "schema/limits.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

// Who gets what, in which order, how often; what is unread; what a client that
// asks too much or reads too little does to itself and to others.

using namespace parley;
using namespace parley::testing;

namespace {

constexpr size_t mib = 1 << 20;

struct one_node {
  node_process node{std::vector<std::string>{"--user-rate", "0"}}; // Some say a lot.
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");

  /// Another device of the same user.
  device twin_of(const device& who) {
    return import_person(node, who.name());
  }

  /// Stores texts "FROM" .. "TO" for `to`, a full window at a time.
  void store(device& from, const std::string& to, uint64_t first, uint64_t last,
             const std::string& padding = "") {
    while (first <= last) {
      std::vector<uint64_t> requests;
      for (size_t bytes = 0; first <= last && requests.size() < limits::credit_sends
                             && bytes < limits::credit_bytes / 2;
           ++first) {
        auto body = std::to_string(first) + padding;
        bytes += body.size();
        requests.push_back(from.text(to, body));
      }
      for (auto request : requests)
        from.answer_as<wire::sent>(request);
    }
  }

  wire::conversation listed(device& who, conversation_id id) {
    auto page = who.ask<wire::conversations_page>(wire::list_conversations{{}, 0});
    for (auto& x : page->conversations)
      if (x.id == id) {
        auto result = x;
        result.title = result.last = {};
        return result;
      }
    throw std::runtime_error("the conversation is not in the list");
  }

  uint64_t unread(device& who, conversation_id id) {
    return listed(who, id).unread;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_test, one_node)

// -- who gets it ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_message_comes_as_it_was_sent) {
  auto sent = ada.text_stored("bob", "hello \xe2\x82\xac", 41);
  auto got = bob.message();
  BOOST_TEST(got->seq == sent.seq);
  BOOST_TEST(got->time == sent.time);
  BOOST_TEST(got->counter == 41u);
  BOOST_TEST((got->conversation == ada.with("bob")));
  BOOST_TEST((got->sender == ada.user()));
  BOOST_TEST((got->device == ada.id()));
  BOOST_TEST(got->sender_name == "ada");
  BOOST_TEST(text_of(*got) == "hello \xe2\x82\xac");
}

BOOST_AUTO_TEST_CASE(the_other_devices_get_it_and_the_sending_one_does_not) {
  auto ada2 = twin_of(ada);
  auto bob2 = twin_of(bob);
  ada.text_stored("bob", "hi");
  for (auto who : {&ada2, &bob, &bob2})
    BOOST_TEST(text_of(*who->message()) == "hi");
  bob.text_stored("ada", "ho");
  for (auto who : {&ada, &ada2, &bob2})
    BOOST_TEST(text_of(*who->message()) == "ho");
  BOOST_TEST(!ada.has_push<wire::message>());
  BOOST_TEST(!bob.has_push<wire::message>());
}

BOOST_AUTO_TEST_CASE(a_note_to_oneself_reaches_the_other_device) {
  auto ada2 = twin_of(ada);
  ada.text_stored("ada", "milk");
  BOOST_TEST(text_of(*ada2.message()) == "milk");
  BOOST_TEST(!ada.has_push<wire::message>());
}

BOOST_AUTO_TEST_CASE(every_member_of_a_room_gets_every_message_in_the_same_order) {
  auto eve = import_person(node, "eve");
  auto room = ada.ask<wire::change>(wire::create_room{1, "room", {"bob", "eve"}, false})->room;
  for (uint64_t i = 1; i <= 40; ++i)
    for (auto who : {&ada, &bob, &eve})
      who->say(wire::send{room, {}, i, i - 1, {{}, who->name()}});
  std::map<seq_t, std::string> order;
  for (auto who : {&ada, &bob, &eve}) {
    seq_t last = 0;
    std::map<seq_t, std::string> seen;
    while (seen.size() < 80) {
      auto x = who->message();
      BOOST_TEST(x->seq > last);
      last = x->seq;
      if (x->counter != 0)
        seen[x->seq] = std::string{x->sender_name};
    }
    for (auto& [seq, name] : seen)
      BOOST_TEST(order.try_emplace(seq, name).first->second == name);
  }
  BOOST_TEST(order.size() == 120u);
}

// -- offline and drain ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_was_stored_comes_before_what_is_new) {
  bob.close();
  store(ada, "bob", 1, 600);
  device back{node, "bob", bob.token()};
  uint64_t sent = 600;
  for (seq_t next = 1; next <= 900; ++next) {
    if (next % 2 == 0 && sent < 900)
      ada.text_stored("bob", std::to_string(++sent));
    auto x = back.message();
    BOOST_REQUIRE(x->seq == next);
    BOOST_REQUIRE(text_of(*x) == std::to_string(next));
  }
}

BOOST_AUTO_TEST_CASE(a_drain_that_breaks_off_goes_on_where_it_was_acknowledged) {
  bob.close();
  store(ada, "bob", 1, 500);
  std::set<seq_t> got;
  seq_t acknowledged = 0;
  auto heard = true; // The node has seen the last acknowledgement.
  auto until = steady::now() + patience;
  for (int round = 0; got.size() < 500; ++round) {
    BOOST_REQUIRE((steady::now() < until));
    device back{node, "bob", bob.token()};
    seq_t last = 0;
    for (int i = 0; i < 37 && got.size() < 500; ++i) {
      auto x = back.push<wire::message>();
      BOOST_REQUIRE(x->seq == (last == 0 ? x->seq : last + 1));
      auto expected = acknowledged + 1 + static_cast<seq_t>(i);
      BOOST_REQUIRE((heard ? x->seq == expected : x->seq <= expected));
      last = x->seq;
      got.insert(last);
    }
    acknowledged = last - 10; // The last ten are lost on the way.
    if (got.size() < 500)
      back.ack(ada.with("bob"), acknowledged);
    heard = round % 2 == 0;
    if (heard)
      back.settle();
    else
      back.end_output();
  }
  BOOST_TEST(*got.begin() == 1u);
  BOOST_TEST(*got.rbegin() == 500u);
}

BOOST_AUTO_TEST_CASE(each_device_has_its_own_cursor) {
  auto bob2 = twin_of(bob);
  store(ada, "bob", 1, 10);
  for (int i = 0; i < 10; ++i) {
    bob.push<wire::message>();
    bob2.push<wire::message>();
  }
  bob.ack(ada.with("bob"), 10);
  bob2.ack(ada.with("bob"), 4);
  bob.settle();
  bob2.settle();
  bob.close();
  bob2.close();
  store(ada, "bob", 11, 12);
  device first{node, "bob", bob.token()};
  device second{node, "bob", bob2.token()};
  BOOST_TEST(first.message()->seq == 11u);
  BOOST_TEST(second.message()->seq == 5u);
}

BOOST_AUTO_TEST_CASE(what_was_not_acknowledged_comes_again_with_the_same_places) {
  store(ada, "bob", 1, 5);
  for (seq_t i = 1; i <= 5; ++i)
    BOOST_TEST(bob.push<wire::message>()->seq == i);
  for (int round = 0; round < 3; ++round) {
    bob.reconnect(node);
    for (seq_t i = 1; i <= 5; ++i) {
      auto x = bob.push<wire::message>();
      BOOST_TEST(x->seq == i);
      BOOST_TEST(text_of(*x) == std::to_string(i));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_not_acknowledged_comes_again_on_the_same_connection) {
  ada.text_stored("bob", "hello?");
  auto first = bob.push<wire::message>();
  auto began = steady::now();
  auto second = bob.push<wire::message>();
  BOOST_TEST(first->seq == second->seq);
  BOOST_TEST((steady::now() - began > limits::resend_after / 2));
  bob.ack(first->conversation, first->seq);
}

BOOST_AUTO_TEST_CASE(a_device_that_says_what_it_holds_is_not_told_again) {
  store(ada, "bob", 1, 5);
  for (int i = 0; i < 5; ++i)
    bob.push<wire::message>();
  bob.reconnect(node, {{ada.with("bob"), 3}});
  BOOST_TEST(bob.push<wire::message>()->seq == 4u);
}

BOOST_AUTO_TEST_CASE(a_device_that_claims_too_much_loses_nothing_new) {
  store(ada, "bob", 1, 5);
  bob.reconnect(node, {{ada.with("bob"), 1'000'000}, {{7, 7}, 3}});
  bob.ask<wire::conversations_page>(wire::list_conversations{{}, 0});
  ada.text_stored("bob", "6");
  BOOST_TEST(bob.push<wire::message>()->seq == 6u);
}

BOOST_AUTO_TEST_CASE(a_second_login_of_a_device_closes_the_first) {
  device again{node, "bob", bob.token()};
  BOOST_TEST(bob.closed() == ec::replaced);
  ada.text_stored("bob", "to the second");
  BOOST_TEST(text_of(*again.message()) == "to the second");
}

BOOST_AUTO_TEST_CASE(an_ack_of_what_was_never_sent_moves_nothing) {
  ada.text_stored("bob", "1");
  bob.push<wire::message>();
  bob.ack(ada.with("bob"), 2);
  BOOST_TEST(bob.push<wire::error>()->code == ec::bad_ack);
  bob.ack({1, 2}, 1);
  BOOST_TEST(bob.push<wire::error>()->code == ec::bad_ack);
  bob.reconnect(node);
  BOOST_TEST(bob.message()->seq == 1u);
  ada.text_stored("bob", "2");
  BOOST_TEST(bob.message()->seq == 2u);
}

// -- receipts and what is unread ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_sender_learns_what_was_delivered_and_read) {
  store(ada, "bob", 1, 3);
  auto chat = ada.with("bob");
  for (int i = 0; i < 3; ++i)
    bob.message();
  auto until = [&](auto fits) {
    ada.take("a receipt", [&](const received& x) {
      auto receipt = x.as<wire::receipt>();
      return receipt != nullptr && receipt->conversation == chat && receipt->user == bob.user()
             && fits(*receipt);
    });
  };
  until([](const wire::receipt& x) { return x.delivered == 3 && x.read == 0; });
  bob.ask<wire::conversation>(wire::read{{chat, 2}});
  until([](const wire::receipt& x) { return x.delivered == 3 && x.read == 2; });
  auto members = ada.ask<wire::members_page>(wire::list_members{chat, {}, 0});
  for (auto& x : members->members)
    if (x.user == bob.user()) {
      BOOST_TEST(x.delivered == 3u);
      BOOST_TEST(x.read == 2u);
    }
}

BOOST_AUTO_TEST_CASE(what_is_unread_is_exact_on_all_devices_and_after_a_restart) {
  auto bob2 = twin_of(bob);
  auto chat = ada.with("bob");
  store(ada, "bob", 1, 10);
  bob.take("all", [](const received& x) {
    auto message = x.as<wire::message>();
    return message != nullptr && message->seq == 10;
  });
  BOOST_TEST(unread(bob, chat) == 10u);
  BOOST_TEST(unread(ada, chat) == 0u);
  auto state = bob.ask<wire::conversation>(wire::read{{chat, 7}});
  BOOST_TEST(state->unread == 3u);
  auto told = bob2.take("the cursor", [](const received& x) {
    auto state = x.as<wire::conversation>();
    return x.what.request == 0 && state != nullptr && state->read == 7;
  });
  BOOST_TEST(told.as<wire::conversation>()->unread == 3u);
  BOOST_TEST(unread(bob2, chat) == 3u);
  BOOST_TEST(bob.ask<wire::conversation>(wire::read{{chat, 5}})->read == 7u); // Never back.
  node.kill();
  node.start();
  for (auto who : {&bob, &bob2}) {
    who->reconnect(node);
    BOOST_TEST(unread(*who, chat) == 3u);
  }
  ada.reconnect(node);
  ada.text_stored("bob", "11");
  bob.take("the new one", [](const received& x) {
    auto message = x.as<wire::message>();
    return message != nullptr && message->seq == 11;
  });
  BOOST_TEST(unread(bob, chat) == 4u);
  BOOST_TEST(bob.ask<wire::conversation>(wire::read{{chat, 99}})->unread == 0u);
}

BOOST_AUTO_TEST_CASE(an_answer_reads_what_stands_before_it) {
  store(ada, "bob", 1, 3);
  bob.text_stored("ada", "yes");
  wait_until("bob has read", [&] { return unread(bob, ada.with("bob")) == 0; });
  BOOST_TEST(unread(ada, ada.with("bob")) == 1u);
}

BOOST_AUTO_TEST_CASE(events_of_a_room_do_not_count_as_unread) {
  auto room = ada.ask<wire::change>(wire::create_room{1, "room", {"bob"}, true})->room;
  auto eve = import_person(node, "eve");
  eve.ask<wire::change>(wire::join{room});
  ada.ask<wire::sent>(wire::send{room, {}, 1, 0, {{}, "welcome"}});
  bob.take("the text", [](const received& x) {
    auto message = x.as<wire::message>();
    return message != nullptr && text_of(*message) == "welcome";
  });
  BOOST_TEST(unread(bob, room) == 1u);
}

BOOST_AUTO_TEST_CASE(conversations_come_in_pages_with_their_last_message) {
  std::set<std::string> titles;
  for (int i = 0; i < 12; ++i) {
    auto name = "p" + std::to_string(i);
    titles.insert(name);
    import_person(node, name).text_stored("bob", "from " + name);
  }
  wait_until("all are in the list", [&] {
    return bob.ask<wire::conversations_page>(wire::list_conversations{{}, 0})->conversations.size()
           == 12;
  });
  std::set<std::string> found;
  conversation_id after;
  for (auto more = true; more;) {
    auto page = bob.ask<wire::conversations_page>(wire::list_conversations{after, 5});
    BOOST_TEST(page->conversations.size() <= 5u);
    for (auto& x : page->conversations) {
      BOOST_TEST((x.id > after));
      after = x.id;
      found.emplace(x.title);
      frame bytes{x.last};
      auto last = wire::decode_server(bytes);
      BOOST_TEST(text_of(std::get<wire::message>(last.value().body))
                 == "from " + std::string{x.title});
      BOOST_TEST(x.unread == 1u);
    }
    more = page->more;
  }
  BOOST_TEST(found == titles, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(history_comes_in_pages_of_rows_and_of_bytes) {
  auto chat = ada.with("bob");
  store(ada, "bob", 1, 50, std::string(4000, '.'));
  auto some = bob.ask<wire::history_page>(wire::read_history{chat, 11, 20, 4});
  BOOST_TEST(some->records.size() == 4u);
  BOOST_TEST(some->more);
  BOOST_TEST(some->head == 50u);
  auto large = bob.ask<wire::history_page>(wire::read_history{chat, 1, 0, 0});
  BOOST_TEST(large->more);
  BOOST_TEST(large->records.size() < 50u);
  auto end = bob.ask<wire::history_page>(wire::read_history{chat, 49, 0, 0});
  BOOST_TEST(end->records.size() == 2u);
  BOOST_TEST(!end->more);
  auto back = bob.ask<wire::history_page>(wire::read_history{chat, 0, 0, 2, true});
  auto first = wire::decode_server(back->records.at(0));
  BOOST_TEST(std::get<wire::message>(first->body).seq == 49u);
  BOOST_TEST(back->more);
  auto since = std::get<wire::message>(first->body).time;
  auto late = bob.ask<wire::history_page>(wire::read_history{chat, 49, 0, 0, false, since});
  BOOST_TEST(late->records.size() == 2u);
  auto beyond = bob.ask<wire::history_page>(wire::read_history{chat, 51, 0, 0});
  BOOST_TEST(beyond->records.empty());
  auto all = bob.history(chat);
  BOOST_REQUIRE(all.size() == 50u);
  for (seq_t i = 0; i < 50; ++i)
    BOOST_TEST(all[i]->seq == i + 1);
}

// -- too much -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(more_than_the_credit_is_refused_and_may_come_later) {
  constexpr uint64_t count = 3000;
  bob.close();
  std::string burst;
  for (uint64_t i = 1; i <= count; ++i)
    burst +=
      wire::encode(wire::client_frame{i + 10'000, wire::send{{}, "bob", i, i - 1, {{}, "x"}}})
        .bytes();
  ada.write(burst);
  auto eve = import_person(node, "eve");
  auto kit = import_person(node, "kit");
  for (seq_t i = 1; i <= 20; ++i) {
    eve.text_stored("kit", "others go on");
    BOOST_TEST(kit.message()->seq == i);
  }
  uint64_t refused = 0;
  seq_t last = 0;
  std::vector<uint64_t> again;
  for (uint64_t i = 1; i <= count; ++i) {
    auto x = ada.answer(i + 10'000);
    if (auto sent = x.as<wire::sent>()) {
      BOOST_REQUIRE(sent->seq == last + 1);
      last = sent->seq;
      BOOST_REQUIRE(again.empty()); // Nothing overtakes what was refused.
      continue;
    }
    auto error = x.as<wire::error>();
    BOOST_REQUIRE(error != nullptr);
    BOOST_REQUIRE((error->code == ec::no_credit || error->code == ec::out_of_order));
    BOOST_REQUIRE(error->retryable);
    refused += error->code == ec::no_credit;
    again.push_back(i);
  }
  BOOST_TEST(refused > 0u);
  for (auto i : again)
    BOOST_REQUIRE((ada.ask<wire::sent>(wire::send{{}, "bob", i, i - 1, {{}, "x"}})->seq == i));
  bob.reconnect(node);
  for (seq_t i = 1; i <= count; ++i)
    BOOST_REQUIRE(bob.message()->seq == i);
  BOOST_TEST(!bob.has_push<wire::message>());
}

BOOST_AUTO_TEST_CASE(large_sends_take_credit_by_their_size) {
  std::string burst;
  std::string body(limits::text_bytes, 'x');
  for (uint64_t i = 1; i <= 40; ++i)
    burst +=
      wire::encode(wire::client_frame{i + 1000, wire::send{{}, "bob", i, 0, {{}, body}}}).bytes();
  ada.write(burst);
  for (uint64_t i = 1; i <= 40; ++i) {
    auto x = ada.answer(i + 1000);
    auto error = x.as<wire::error>();
    BOOST_TEST(
      (error == nullptr || error->code == ec::no_credit || error->code == ec::client_id_too_old));
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_never_reads_stays_cheap_and_loses_nothing) {
  constexpr uint64_t count = 2000;
  std::string padding(16'000, '.');
  store(ada, "bob", 1, count, padding); // Fills what the store keeps in memory.
  bob.close();
  device deaf{node, "bob", bob.token(), {{ada.with("bob"), count}}, 4096};
  deaf.ask<wire::conversations_page>(wire::list_conversations{{}, 0});
  auto before = node.resident();
  store(ada, "bob", count + 1, 2 * count, padding);
  // It may also ask and not read.
  for (int i = 0; i < 500; ++i)
    deaf.say(wire::read_history{ada.with("bob"), 1, 0, 0});
  auto eve = import_person(node, "eve");
  auto kit = import_person(node, "kit");
  for (seq_t i = 1; i <= 100; ++i) {
    eve.text_stored("kit", "others go on");
    BOOST_TEST(kit.message()->seq == i);
  }
  auto grown = static_cast<double>(node.resident()) - static_cast<double>(before);
  BOOST_TEST_MESSAGE("grew by " << grown / mib << " MiB while 32 MiB were stored");
  BOOST_TEST(grown < 40.0 * mib);
  deaf.close();
  bob.reconnect(node, {{ada.with("bob"), count}});
  for (seq_t i = count + 1; i <= 2 * count; ++i)
    BOOST_REQUIRE(bob.message()->seq == i);
  BOOST_TEST(!bob.has_push<wire::message>());
}

BOOST_AUTO_TEST_CASE(a_crowd_that_never_reads_costs_a_window_each) {
  constexpr int crowd = 40;
  std::vector<device> deaf;
  std::vector<std::string> names;
  for (int i = 0; i < crowd; ++i) {
    names.push_back("deaf" + std::to_string(i));
    auto token = import_person(node, names.back()).token();
    deaf.emplace_back(node, names.back(), token, std::vector<wire::cursor>{}, 4096);
  }
  auto room =
    ada.ask<wire::change>(wire::create_room{1, "room", {names.begin(), names.end()}, false})->room;
  std::string body(16'000, '.');
  uint64_t counter = 0;
  auto say = [&](int times) {
    for (int i = 0; i < times; ++i) {
      ++counter;
      ada.ask<wire::sent>(wire::send{room, {}, counter, 0, {{}, body}});
    }
  };
  say(100); // More than a window.
  auto before = node.resident();
  say(400);
  auto grown = static_cast<double>(node.resident()) - static_cast<double>(before);
  BOOST_TEST_MESSAGE("grew by " << grown / mib << " MiB");
  // What was stored, and not 400 messages for each of them (240 MiB).
  BOOST_TEST(grown < 48.0 * mib);
}

// Takes limits::dead_after; ask for it by name.
BOOST_AUTO_TEST_CASE(a_client_that_never_reads_is_forgotten_once_it_was_closed,
                     *boost::unit_test::disabled()) {
  store(ada, "bob", 1, 60, std::string(16'000, '.'));
  auto before = node.open_files();
  std::vector<device> deaf;
  for (int i = 0; i < 8; ++i) { // Each login closes the one before.
    deaf.emplace_back(node, "bob", bob.token(), std::vector<wire::cursor>{}, 4096);
    for (int j = 0; j < 150; ++j) {
      deaf.back().say(wire::read_history{ada.with("bob"), 1, 0, 0});
      // Answered after the other one's.
      ada.ask<wire::history_page>(wire::read_history{ada.with("bob"), 1, 1, 0});
    }
  }
  wait_until("it has enough of them",
             [&] { return node.log().find("reason=unresponsive") != std::string::npos; });
  wait_until(
    "the node forgets them", [&] { return node.open_files() <= before + 3; },
    limits::dead_after + patience);
}

BOOST_AUTO_TEST_SUITE_END()
