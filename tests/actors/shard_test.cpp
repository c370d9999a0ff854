#include "tests/actors/client_fixture.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using namespace std::chrono_literals;

namespace {

struct shard_fixture : node_fixture {
  const user_id ada = user_of("ada");
  const conversation_id chat = direct_conversation(ada, ada);

  shard_fixture() {
    effect change;
    change.put(keys::account(ada), record::encode(record::account{"ada", {}, {}, {}, 1}));
    BOOST_REQUIRE(disk->write({&change, 1}).ok());
  }

  shard_state& state_of(shard_id id) {
    auto handle = dir->shard(id);
    return caf::actor_cast<shard_actor::stateful_pointer<shard_state>>(handle)->state;
  }

  size_t rooms() {
    return state_of(shard_of(chat)).rooms_awake();
  }

  void lead(node_id leader) {
    caf::anon_send(dir->shard(shard_of(chat)), leads{leader, 1});
    run();
  }

  /// Ada notes something for herself.
  void send(uint64_t counter, bool from_peer = false) {
    frame bytes =
      wire::encode(wire::client_frame{counter, wire::send{{}, "ada", counter, 0, {{}, "note"}}});
    auto decoded = *wire::decode_client(bytes);
    auto who = std::make_shared<const origin>(
      origin{session_id{1}, ada, device_id{1}, record::role::person, "ada"});
    room_mail mail{chat, requests{who, {{counter, decoded.body, bytes}}}};
    if (from_peer)
      caf::anon_send(dir->shard(shard_of(chat)), arrived_mails{{std::move(mail)}});
    else
      caf::anon_send(dir->shard(shard_of(chat)), room_mails{{std::move(mail)}});
    run();
  }

  size_t messages() {
    size_t count = 0;
    auto visit = [&count](std::string_view, std::string_view) {
      ++count;
      return true;
    };
    BOOST_REQUIRE(disk->scan(keys::messages(chat, 1, 1000), visit).ok());
    return count;
  }
};

/// The same with another node, which hears what is said to it.
struct two_nodes : shard_fixture {
  const node_id other{2};
  std::vector<node_mail> heard;

  two_nodes() {
    auto listen = [this](peer_actor::pointer) -> peer_actor::behavior_type {
      return {
        [this](node_mails& x) {
          std::move(x.items.begin(), x.items.end(), std::back_inserter(heard));
        },
        [](raft_letter&) {},
        [](peer_frame&) {},
        [](const exchange_actor&) {},
        [](const std::string&) {},
        [](caf::unit_t) {},
        [](tick) {},
      };
    };
    dir->peers.set(other, system.spawn(listen), 0);
  }
};

/// Eve watches ada, who has just left and shows herself to everyone.
struct watched : client_fixture {
  using states = std::vector<wire::presence_state>;

  const std::string token = import("ada");
  caf::io::connection_handle eve;

  watched() {
    dir->agreed_format = record::format_with_presence;
    auto ada = log_in("ada", token);
    say(ada, 3, wire::set_presence{wire::presence_change::visibility, wire::visibility::everyone});
    caf::anon_send(guests.back(), caf::io::connection_closed_msg{ada});
    run();
    for (auto passed = 0s; passed <= limits::presence_grace; passed += 1s)
      pass(1s);
    eve = log_in("eve", import("eve"));
    say(eve, 3, wire::ask_presence{{"ada"}, wire::presence_wish::watch});
    heard(eve);
  }

  size_t inboxes() {
    auto handle = dir->shard(shard_of(user_of("ada")));
    return caf::actor_cast<shard_actor::stateful_pointer<shard_state>>(handle)
      ->state.inboxes_awake();
  }

  void lead(node_id leader, uint64_t epoch) {
    caf::anon_send(dir->shard(shard_of(user_of("ada"))), leads{leader, epoch});
    run();
  }

  states seen_by_eve() {
    states result;
    for (auto& bytes : heard(eve)) {
      auto decoded = *wire::decode_server(bytes);
      if (auto x = std::get_if<wire::presence>(&decoded.body))
        result.push_back(x->state);
    }
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(shard_suite, shard_fixture)

BOOST_AUTO_TEST_CASE(wakes_a_room_on_its_first_use) {
  BOOST_TEST(rooms() == 0u);
  send(1);
  BOOST_TEST(rooms() == 1u);
  BOOST_TEST(messages() == 1u);
}

BOOST_AUTO_TEST_CASE(a_login_wakes_no_room) {
  room_mails mail;
  mail.items.push_back({chat, subscribe{ada}});
  caf::anon_send(dir->shard(shard_of(chat)), std::move(mail));
  run();
  BOOST_TEST(rooms() == 0u);
}

BOOST_AUTO_TEST_CASE(lets_an_idle_room_go_and_wakes_another) {
  send(1);
  for (int i = 0; i < 3; ++i)
    pass(std::chrono::duration_cast<std::chrono::seconds>(limits::room_idle));
  BOOST_TEST(rooms() == 0u);
  send(2);
  send(2); // A repeat: the new room knows what the old one stored.
  BOOST_TEST(messages() == 2u);
}

BOOST_AUTO_TEST_CASE(a_deadline_that_was_replaced_arms_no_other) {
  using namespace std::chrono_literals;
  send(1);
  pass(2s); // What it had to write is written.
  auto timers = [this] { return scheduler.clock().schedule().size(); };
  auto before = timers();
  auto now = now_of(&scheduler).steady;
  for (auto sooner = 0ms; sooner < 1000ms; sooner += 50ms) {
    caf::anon_send(dir->shard(shard_of(chat)), wake_room{chat, now + 2s - sooner});
    run();
  }
  BOOST_TEST(timers() > before + 10u);
  for (auto passed = 0ms; passed < 3s; passed += 10ms)
    pass(10ms);
  BOOST_TEST(timers() <= before + 1u);
}

BOOST_AUTO_TEST_CASE(replaces_a_room_whose_write_was_refused) {
  send(1);
  disk->fill();
  send(2);
  BOOST_TEST(messages() == 1u);
  disk->drain();
  send(2);
  send(3);
  BOOST_TEST(messages() == 3u);
}

BOOST_AUTO_TEST_CASE(what_comes_while_nobody_leads_waits_for_a_leader) {
  lead({});
  send(1);
  send(2);
  BOOST_TEST(messages() == 0u);
  lead(dir->self);
  BOOST_TEST(messages() == 2u);
}

BOOST_AUTO_TEST_CASE(what_waits_too_long_for_a_leader_is_dropped) {
  lead({});
  send(1);
  pass(limits::leader_within + std::chrono::seconds{1});
  lead(dir->self);
  BOOST_TEST(messages() == 0u);
  send(1); // As the client does when it hears `retry`.
  BOOST_TEST(messages() == 1u);
}

BOOST_AUTO_TEST_CASE(rooms_end_with_the_leadership) {
  send(1);
  lead({});
  BOOST_TEST(rooms() == 0u);
  lead(dir->self);
  BOOST_TEST(rooms() == 0u);
  send(2);
  BOOST_TEST(messages() == 2u);
}

BOOST_FIXTURE_TEST_CASE(mail_is_sent_on_to_the_node_that_leads, two_nodes) {
  lead(other);
  send(1);
  BOOST_TEST(rooms() == 0u);
  BOOST_REQUIRE(heard.size() == 1u);
  auto& mail = std::get<room_mail>(heard[0]);
  BOOST_TEST((mail.to == chat));
  BOOST_TEST(std::get<requests>(mail.what).items.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_waited_is_sent_on_in_order, two_nodes) {
  lead({});
  send(1);
  send(2);
  lead(other);
  BOOST_REQUIRE(heard.size() == 2u);
  for (uint64_t i = 0; i < 2; ++i)
    BOOST_TEST(std::get<requests>(std::get<room_mail>(heard[i]).what).items[0].number == i + 1);
}

BOOST_FIXTURE_TEST_CASE(what_another_node_sent_is_not_sent_on, two_nodes) {
  lead(other);
  send(1, true);
  BOOST_TEST(heard.empty());
}

BOOST_FIXTURE_TEST_CASE(notes_of_presence_are_sent_on_once_all_nodes_know_them, two_nodes) {
  caf::anon_send(dir->shard(shard_of(ada)), leads{other, 1});
  auto say_note = [this] {
    inbox_mails mail;
    mail.items.push_back({ada, presence_note{}});
    caf::anon_send(dir->shard(shard_of(ada)), std::move(mail));
    run();
  };
  dir->agreed_format = record::format_with_presence - 1;
  say_note();
  BOOST_TEST(heard.empty());
  dir->agreed_format = record::format_with_presence;
  say_note();
  BOOST_TEST(heard.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(who_is_watched_may_sleep_and_is_told_of_when_awake, watched) {
  BOOST_TEST(inboxes() == 1u);
  for (int i = 0; i < 3; ++i)
    pass(limits::inbox_idle);
  BOOST_TEST(inboxes() == 0u);
  BOOST_TEST((seen_by_eve() == states{}));
  log_in("ada", token);
  BOOST_TEST((seen_by_eve() == states{wire::presence_state::online}));
}

BOOST_AUTO_TEST_SUITE_END()
