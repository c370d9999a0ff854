#include "tests/actors/client_fixture.hpp"

#include "actors/admin_session.hpp"
#include "actors/listener.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

namespace {

/// Admins at the door of a node.
struct door_fixture : client_fixture {
  admin_door_ptr door = std::make_shared<admin_door>();
  caf::actor last; ///< The session of who came last.

  door_fixture() {
    door->dir = dir;
    door->key = make_token();
    door->version = "1.2.3";
    door->starts = 1;
    door->started_at = now();
  }

  std::chrono::microseconds now() {
    using namespace std::chrono;
    return duration_cast<microseconds>(scheduler.clock().now().time_since_epoch());
  }

  /// A connection, with its admin session.
  caf::io::connection_handle knock() {
    auto hdl = caf::io::connection_handle::from_int(static_cast<int64_t>(++connections));
    auto port = static_cast<uint16_t>(connections);
    network.provide_scribe("admin", port, hdl);
    auto spawned = system.middleman().spawn_client(admin_session, "admin", port, door);
    BOOST_REQUIRE(spawned);
    last = caf::actor_cast<caf::actor>(*spawned);
    guests.push_back(last);
    run();
    inputs.emplace(connections, splitter{limits::frame_bytes});
    return hdl;
  }

  caf::io::connection_handle enter() {
    auto hdl = knock();
    ask(hdl, 1, admin::hello{admin::protocol_version, "a test", door->key});
    heard(hdl);
    return hdl;
  }

  void ask(caf::io::connection_handle to, uint64_t number, admin::request_body body) {
    send_bytes(to, admin::encode(admin::request{number, std::move(body)}).bytes());
  }

  /// The code of the one reply that came, which must be an error to `number`.
  ec refusal(caf::io::connection_handle from, uint64_t number) {
    auto frames = heard(from);
    BOOST_REQUIRE_EQUAL(frames.size(), 1u);
    auto x = *admin::decode_reply(frames[0]);
    BOOST_TEST(x.number == number);
    return std::get<admin::error>(x.body).code;
  }

  /// Calls `use` with the one reply that came, which must be a T.
  template <class T, class Use>
  void reply(caf::io::connection_handle from, uint64_t number, Use use) {
    auto frames = heard(from);
    BOOST_REQUIRE_EQUAL(frames.size(), 1u);
    auto x = *admin::decode_reply(frames[0]);
    BOOST_TEST(x.number == number);
    BOOST_REQUIRE(std::holds_alternative<T>(x.body));
    use(std::get<T>(x.body));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(admin_suite, door_fixture)

BOOST_AUTO_TEST_CASE(lets_in_who_knows_the_key) {
  auto hdl = knock();
  ask(hdl, 7, admin::hello{admin::protocol_version, "a test", door->key});
  reply<admin::welcome>(hdl, 7, [](auto& x) { BOOST_TEST(x.agent == "parleyd"); });
  BOOST_TEST(door->connections == 1u);
}

BOOST_AUTO_TEST_CASE(refuses_a_wrong_key_late_and_closes) {
  auto hdl = knock();
  ask(hdl, 7, admin::hello{admin::protocol_version, "a test", make_token()});
  ask(hdl, 8, admin::ask_status{});
  pass(limits::admin_refusal_after - std::chrono::milliseconds{1});
  BOOST_TEST(heard(hdl).empty());
  pass(std::chrono::milliseconds{1});
  BOOST_TEST((refusal(hdl, 7) == ec::wrong_credentials));
  BOOST_TEST(door->connections == 0u);
}

BOOST_AUTO_TEST_CASE(who_hangs_up_after_a_wrong_key_keeps_its_place_as_long) {
  auto hdl = knock();
  ask(hdl, 7, admin::hello{admin::protocol_version, "a test", {}});
  caf::anon_send(last, caf::io::connection_closed_msg{hdl});
  run();
  BOOST_TEST(door->connections == 1u);
  pass(limits::admin_refusal_after);
  BOOST_TEST(door->connections == 0u);
}

BOOST_AUTO_TEST_CASE(wants_a_hello_first) {
  auto hdl = knock();
  ask(hdl, 7, admin::start_drain{});
  BOOST_TEST((refusal(hdl, 7) == ec::hello_first));
  BOOST_TEST(!door->draining);
  BOOST_TEST(door->connections == 0u);
}

BOOST_AUTO_TEST_CASE(refuses_another_version_and_long_words) {
  auto other = knock();
  ask(other, 7, admin::hello{wire::protocol_version, "a test", door->key});
  BOOST_TEST((refusal(other, 7) == ec::version));
  auto boaster = knock();
  std::string agent(limits::agent_bytes + 1, 'x');
  ask(boaster, 7, admin::hello{admin::protocol_version, agent, door->key});
  BOOST_TEST((refusal(boaster, 7) == ec::too_large));
  BOOST_TEST(door->connections == 0u);
}

BOOST_AUTO_TEST_CASE(closes_on_garbage_and_on_too_much) {
  auto noisy = knock();
  send_bytes(noisy, std::string(64, '\xff'));
  BOOST_TEST((refusal(noisy, 0) == ec::too_large)); // So many segments.
  auto broken = knock();
  auto bytes = std::string{admin::encode(admin::request{1, admin::hello{}}).bytes()};
  std::memset(bytes.data() + 8, 0xff, 8); // The root points anywhere.
  send_bytes(broken, bytes);
  BOOST_TEST((refusal(broken, 0) == ec::malformed));
  auto large = knock();
  std::string key(limits::admin_frame_bytes, 'x');
  ask(large, 1, admin::hello{admin::protocol_version, {}, key});
  BOOST_TEST((refusal(large, 0) == ec::too_large));
  BOOST_TEST(door->connections == 0u);
}

BOOST_AUTO_TEST_CASE(what_it_does_not_know_is_unsupported_and_it_stays) {
  auto hdl = enter();
  std::string newer{admin::encode(admin::request{9, admin::ask_status{}}).bytes()};
  newer[24] = 99;
  send_bytes(hdl, newer);
  BOOST_TEST((refusal(hdl, 9) == ec::unsupported));
  ask(hdl, 10, admin::ask_status{});
  reply<admin::node_status>(hdl, 10, [](auto&) {});
}

BOOST_AUTO_TEST_CASE(reports_every_shard_and_who_is_there) {
  auto ada = log_in("ada", import("ada"));
  import("bob");
  say(ada, 3, text("bob", 1, "hello"));
  auto room = shard_of(direct_conversation(user_of("ada"), user_of("bob"))).value;
  auto inbox = shard_of(user_of("ada")).value;
  size_t foreign = 0;
  while (foreign == room || foreign == inbox)
    ++foreign;
  auto orphan = foreign + 1;
  while (orphan == room || orphan == inbox)
    ++orphan;
  caf::anon_send(dir->shards[foreign], leads{node_id{2}, 9});
  caf::anon_send(dir->shards[orphan], leads{{}, 10});
  pass(std::chrono::seconds{3});
  auto hdl = enter();
  ask(hdl, 2, admin::ask_status{});
  reply<admin::node_status>(hdl, 2, [room, inbox, foreign, orphan](const admin::node_status& x) {
    BOOST_TEST(x.version == "1.2.3");
    BOOST_TEST(x.node.value == 1u);
    BOOST_TEST(x.starts == 1u);
    BOOST_TEST(x.uptime_ms == 3000u);
    BOOST_TEST(!x.draining);
    BOOST_TEST(x.connections == 1u); // Admins are no clients.
    BOOST_TEST(x.credit_requests == 0u);
    BOOST_TEST(x.credit_bytes == 0u);
    BOOST_TEST(!x.store.silent);
    BOOST_REQUIRE(x.shards.size() == shard_count);
    for (size_t i = 0; i < shard_count; ++i) {
      auto& shard = x.shards[i];
      BOOST_TEST(!shard.silent);
      BOOST_TEST(shard.leader.value == (i == foreign ? 2u : i == orphan ? 0u : 1u));
      BOOST_TEST(shard.epoch == (i == foreign ? 9u : i == orphan ? 10u : 1u));
      BOOST_TEST(shard.rooms == (i == room ? 1u : 0u));
    }
    BOOST_TEST(x.shards[inbox].inboxes == 1u);
  });
}

BOOST_AUTO_TEST_CASE(counts_what_is_unanswered) {
  auto ada = log_in("ada", import("ada"));
  auto bytes = wire::encode(wire::client_frame{3, text("ada", 1, "hello")});
  network.virtual_send(ada, {bytes.bytes().begin(), bytes.bytes().end()}); // And nobody runs.
  BOOST_TEST(dir->requests_unanswered == 1u);
  run();
  BOOST_TEST(dir->requests_unanswered == 0u);
  network.virtual_send(ada, {bytes.bytes().begin(), bytes.bytes().end()});
  std::string_view nonsense = "\xff\xff\xff\xff";
  network.virtual_send(ada, {nonsense.begin(), nonsense.end()}); // It is closed.
  BOOST_TEST(dir->requests_unanswered == 0u);
}

BOOST_AUTO_TEST_CASE(a_shard_that_does_not_report_is_silent_and_holds_nobody_up) {
  caf::anon_send_exit(dir->shards[5], caf::exit_reason::kill);
  caf::anon_send_exit(dir->history[0], caf::exit_reason::kill);
  run();
  auto hdl = enter();
  ask(hdl, 2, admin::ask_status{});
  ask(hdl, 3, admin::start_drain{}); // Waits for its turn.
  BOOST_TEST(heard(hdl).empty());
  pass(limits::report_within);
  auto frames = heard(hdl);
  BOOST_REQUIRE_EQUAL(frames.size(), 2u);
  auto first = *admin::decode_reply(frames[0]);
  auto& x = std::get<admin::node_status>(first.body);
  BOOST_TEST(x.store.silent);
  for (size_t i = 0; i < shard_count; ++i)
    BOOST_TEST(x.shards[i].silent == (i == 5));
  BOOST_TEST(admin::decode_reply(frames[1])->number == 3u);
}

BOOST_AUTO_TEST_CASE(a_report_that_comes_late_is_none_of_the_next_question) {
  caf::anon_send_exit(dir->shards[5], caf::exit_reason::kill);
  run();
  auto hdl = enter();
  shard_report late{1, shard_id{5}, node_id{2}, 9, 0, 0};
  ask(hdl, 2, admin::ask_status{});
  pass(limits::report_within);
  heard(hdl);
  caf::anon_send(last, late); // Nobody asks at the moment.
  run();
  ask(hdl, 3, admin::ask_status{});
  caf::anon_send(last, late);
  pass(limits::report_within);
  reply<admin::node_status>(hdl, 3, [](auto& x) { BOOST_TEST(x.shards[5].silent); });
}

BOOST_AUTO_TEST_CASE(asking_while_it_answers_is_bounded) {
  caf::anon_send_exit(dir->shards[5], caf::exit_reason::kill);
  run();
  auto hdl = enter();
  ask(hdl, 2, admin::ask_status{});
  auto more = std::string{admin::encode(admin::request{3, admin::ask_status{}}).bytes()};
  std::string burst;
  while (burst.size() <= limits::admin_frame_bytes)
    burst += more;
  for (size_t at = 0; at < burst.size() && door->connections > 0; at += 512)
    send_bytes(hdl, std::string_view{burst}.substr(at, 512));
  BOOST_TEST((refusal(hdl, 0) == ec::too_large));
  BOOST_TEST(door->connections == 0u);
}

BOOST_AUTO_TEST_CASE(two_admins_get_each_their_own_answers) {
  auto first = enter();
  auto second = enter();
  for (auto hdl : {first, second})
    network.virtual_send(hdl, [](const frame& x) {
      return caf::io::network::test_multiplexer::buffer_type{x.bytes().begin(), x.bytes().end()};
    }(admin::encode(admin::request{static_cast<uint64_t>(hdl.id()), admin::ask_status{}})));
  run();
  for (auto hdl : {first, second})
    reply<admin::node_status>(hdl, static_cast<uint64_t>(hdl.id()), [](const auto& x) {
      for (auto& shard : x.shards)
        BOOST_TEST(!shard.silent);
    });
}

BOOST_AUTO_TEST_CASE(a_drain_sends_clients_away_once_and_says_so) {
  auto ada = log_in("ada", import("ada"));
  auto hdl = enter();
  ask(hdl, 2, admin::start_drain{});
  reply<admin::draining>(hdl, 2, [](auto& x) {
    BOOST_TEST(x.connections == 1u);
    BOOST_TEST(!x.already);
  });
  auto frames = heard(ada);
  BOOST_REQUIRE_EQUAL(frames.size(), 1u);
  auto bye = *wire::decode_server(frames[0]);
  BOOST_TEST((std::get<wire::closing>(bye.body).why.code == ec::stopping));
  BOOST_TEST(dir->connections == 0u);
  ask(hdl, 3, admin::start_drain{});
  reply<admin::draining>(hdl, 3, [](auto& x) {
    BOOST_TEST(x.connections == 0u);
    BOOST_TEST(x.already);
  });
  ask(hdl, 4, admin::ask_status{});
  reply<admin::node_status>(hdl, 4, [](auto& x) { BOOST_TEST(x.draining); });
}

BOOST_AUTO_TEST_CASE(who_was_accepted_just_before_a_drain_is_sent_away_too) {
  auto hdl = enter();
  ask(hdl, 2, admin::start_drain{});
  auto late = connect();
  auto frames = heard(late);
  BOOST_REQUIRE_EQUAL(frames.size(), 1u);
  BOOST_TEST(dir->connections == 0u);
}

BOOST_AUTO_TEST_CASE(closes_who_says_nothing_and_who_fell_silent) {
  auto mute = knock();
  pass(limits::login_within);
  BOOST_TEST((refusal(mute, 0) == ec::idle));
  auto hdl = enter();
  pass(limits::dead_after - std::chrono::seconds{1});
  BOOST_TEST(door->connections == 1u);
  pass(limits::login_within + std::chrono::seconds{1});
  BOOST_TEST((refusal(hdl, 0) == ec::idle));
  BOOST_TEST(door->connections == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
