#include "actors/carry.hpp"
#include "tests/actors/client_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

BOOST_FIXTURE_TEST_SUITE(session_suite, client_fixture)

BOOST_AUTO_TEST_CASE(takes_a_frame_one_byte_at_a_time) {
  auto hdl = connect();
  auto bytes = wire::encode(wire::client_frame{9, wire::hello{}});
  for (auto byte : bytes.bytes())
    send_bytes(hdl, {&byte, 1});
  auto frames = heard(hdl);
  BOOST_REQUIRE_EQUAL(frames.size(), 1u);
  BOOST_TEST(wire::decode_server(frames[0])->request == 9u);
}

BOOST_AUTO_TEST_CASE(wants_a_hello_then_a_login) {
  auto rude = connect();
  say(rude, 1, wire::logout{});
  BOOST_TEST((refusal(rude) == ec::hello_first));
  auto hasty = connect();
  say(hasty, 1, wire::hello{});
  say(hasty, 2, wire::logout{});
  BOOST_TEST((refusal(hasty) == ec::login_first));
}

BOOST_AUTO_TEST_CASE(acknowledges_only_what_is_on_disk) {
  auto ada = log_in("ada", import("ada"));
  import("bob");
  disk->fill();
  say(ada, 3, text("bob", 1, "hello"));
  BOOST_TEST((refusal(ada) == ec::storage_full));
  disk->drain();
  say(ada, 4, text("bob", 1, "hello"));
  auto frames = heard(ada);
  BOOST_REQUIRE(!frames.empty());
  auto decoded = *wire::decode_server(frames[0]);
  BOOST_TEST(std::holds_alternative<wire::sent>(decoded.body));
}

BOOST_AUTO_TEST_CASE(pushes_to_who_is_online_and_keeps_for_who_is_not) {
  auto ada = log_in("ada", import("ada"));
  auto token = import("bob");
  say(ada, 3, text("bob", 1, "first"));
  auto bob = log_in("bob", token);
  // Logging in drained it: log in again to look, for nothing was acknowledged.
  say(ada, 4, text("bob", 2, "second"));
  BOOST_TEST((pushed(bob) == std::vector<std::string>{"second"}));
  bob = log_in("bob", token);
  pass(std::chrono::seconds{6}); // Unacknowledged: pushed again.
  BOOST_TEST((pushed(bob) == std::vector<std::string>{"first", "second"}));
}

BOOST_AUTO_TEST_CASE(pushes_again_what_was_lost_while_other_chats_go_on) {
  auto ada = log_in("ada", import("ada"));
  auto kit = log_in("kit", import("kit"));
  auto bob = log_in("bob", import("bob"));
  auto chat = direct_conversation(user_of("kit"), user_of("bob"));
  say(ada, 3, text("bob", 1, "lost"));
  BOOST_TEST((pushed(bob) == std::vector<std::string>{"lost"}));
  std::vector<std::string> again;
  for (seq_t seq = 1; seq <= 4; ++seq) {
    pass(std::chrono::seconds{2});
    say(kit, 10 + seq, text("bob", seq, "next"));
    for (auto& body : pushed(bob))
      if (body != "next")
        again.push_back(body);
    ack(bob, chat, seq);
  }
  for (auto& body : pushed(bob))
    again.push_back(body);
  BOOST_TEST((again == std::vector<std::string>{"lost"}));
}

BOOST_AUTO_TEST_CASE(outlives_its_inbox) {
  auto ada = log_in("ada", import("ada"));
  auto bob = log_in("bob", import("bob"));
  auto second = session_id{dir->next_session(0).value - limits::io_threads};
  auto inbox = dir->shard(shard_of(user_of("bob")));
  caf::anon_send(inbox, inbox_mails{{{user_of("bob"), detach{second}}}});
  hand_to_gates(*dir, {{second, {}, {}, ec::none, true}});
  run();
  say(ada, 3, text("bob", 1, "hello"));
  BOOST_TEST(pushed(bob).empty());
  for (size_t i = 0; i < limits::session_tick_shares; ++i)
    pass(limits::session_tick);
  BOOST_TEST((pushed(bob) == std::vector<std::string>{"hello"}));
}

BOOST_AUTO_TEST_CASE(gives_up_on_a_device_that_never_acknowledges) {
  auto ada = log_in("ada", import("ada"));
  auto token = import("bob");
  auto bob = log_in("bob", token);
  say(ada, 3, text("bob", 1, "hello"));
  auto closed = false;
  for (int i = 0; i < 60 && !closed; ++i) {
    pass(std::chrono::seconds{10});
    say(bob, 77, wire::ping{}); // Alive, but not acknowledging.
    for (auto& bytes : heard(bob)) {
      auto decoded = *wire::decode_server(bytes);
      if (auto bye = std::get_if<wire::closing>(&decoded.body)) {
        BOOST_TEST((bye->why.code == ec::unresponsive));
        closed = true;
      }
    }
  }
  BOOST_TEST(closed);
}

BOOST_AUTO_TEST_CASE(names_other_nodes_first_and_again_when_they_change_and_last) {
  using names = std::vector<std::string>;
  dir->peers.set_door({2}, node_door{"two:1", false});
  dir->peers.set_door({3}, node_door{"three:1", false});
  dir->groups[shard_of(user_of("ada")).value].leader = 3;
  auto token = import("ada");
  auto ada = connect();
  auto named = [&] {
    names result;
    for (auto& bytes : heard(ada)) {
      auto decoded = *wire::decode_server(bytes);
      if (auto welcome = std::get_if<wire::welcome>(&decoded.body))
        result.insert(result.end(), welcome->nodes.begin(), welcome->nodes.end());
      else if (auto bye = std::get_if<wire::closing>(&decoded.body))
        result.insert(result.end(), bye->elsewhere.begin(), bye->elsewhere.end());
    }
    return result;
  };
  auto home = [&](const char* user) {
    auto who = connect();
    say(who, 1, wire::hello{wire::protocol_version, "test", user});
    auto bytes = heard(who).at(0);
    return std::string{std::get<wire::welcome>(wire::decode_server(bytes)->body).home};
  };
  auto a_round = [&] {
    for (size_t i = 0; i <= 2 * limits::session_tick_shares; ++i)
      pass(limits::session_tick);
  };
  say(ada, 1, wire::hello{wire::protocol_version, "test", "ada"});
  BOOST_TEST((named() == names{"three:1", "two:1"})); // Who leads ada's shard is first.
  BOOST_TEST(home("ada") == "three:1");
  say(ada, 2, wire::login{"ada", {}, token, {}});
  a_round();
  BOOST_TEST((named() == names{}));
  dir->peers.set_door({3}, node_door{"three:1", true});
  a_round();
  BOOST_TEST((named() == names{"two:1"}));
  BOOST_TEST(home("ada").empty());
  tell_gates(*dir, drain{});
  run();
  BOOST_TEST((named() == names{"two:1"}));
}

BOOST_AUTO_TEST_CASE(closes_who_says_nothing_at_first) {
  auto end = wait_for_end(connect(), limits::dead_after, [] {});
  BOOST_TEST((end.why == ec::idle));
  BOOST_TEST(is_about(end.after, limits::login_within));
  BOOST_TEST(dir->connections == 0u);
}

BOOST_AUTO_TEST_CASE(closes_who_talks_and_never_logs_in) {
  auto hdl = connect();
  say(hdl, 1, wire::hello{});
  auto end = wait_for_end(hdl, limits::dead_after, [&] {
    say(hdl, 2, wire::ping{});
    say(hdl, 3, wire::login{"nobody", {}, "no token", {}});
  });
  BOOST_TEST((end.why == ec::idle));
  BOOST_TEST(is_about(end.after, limits::login_within));
}

BOOST_AUTO_TEST_CASE(pings_who_fell_silent_and_closes_who_does_not_answer) {
  auto ada = log_in("ada", import("ada"));
  auto end = wait_for_end(ada, limits::dead_after * 2, [] {});
  BOOST_TEST((end.why == ec::idle));
  BOOST_TEST(is_about(end.after, limits::dead_after));
  BOOST_REQUIRE(end.pings.size() == 1u);
  BOOST_TEST(is_about(end.pings[0], limits::ping_after));
}

BOOST_AUTO_TEST_CASE(keeps_who_answers_pings) {
  auto ada = log_in("ada", import("ada"));
  for (int i = 0; i < 10; ++i) {
    auto end = wait_for_end(ada, limits::ping_after + limits::session_tick * 11, [] {});
    BOOST_TEST((end.why == ec::none));
    BOOST_TEST(end.pings.size() == 1u);
    say(ada, 0, wire::pong{});
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_hello_with_a_long_agent_and_closes) {
  std::string agent(limits::agent_bytes, 'x');
  auto polite = connect();
  say(polite, 1, wire::hello{wire::protocol_version, agent, {}});
  BOOST_TEST((refusal(polite) == ec::none));
  auto boaster = connect();
  agent += 'x';
  say(boaster, 1, wire::hello{wire::protocol_version, agent, {}});
  auto frames = heard(boaster);
  BOOST_REQUIRE_EQUAL(frames.size(), 2u);
  auto answer = *wire::decode_server(frames[0]);
  BOOST_TEST(answer.request == 1u);
  BOOST_TEST((std::get<wire::error>(answer.body).code == ec::too_large));
  auto bye = *wire::decode_server(frames[1]);
  BOOST_TEST((std::get<wire::closing>(bye.body).why.code == ec::too_large));
  BOOST_TEST(dir->connections == 1u);
}

BOOST_AUTO_TEST_CASE(refuses_more_than_its_credit) {
  auto ada = log_in("ada", import("ada"));
  import("bob");
  std::string burst;
  for (uint64_t i = 1; i <= limits::credit_sends + 1; ++i)
    burst += wire::encode(wire::client_frame{i + 10, text("bob", i, "x")}).bytes();
  send_bytes(ada, burst);
  unsigned sent = 0;
  unsigned refused = 0;
  for (auto& bytes : heard(ada)) {
    auto decoded = *wire::decode_server(bytes);
    sent += std::holds_alternative<wire::sent>(decoded.body);
    if (auto error = std::get_if<wire::error>(&decoded.body))
      refused += error->code == ec::no_credit;
  }
  BOOST_TEST(sent == limits::credit_sends);
  BOOST_TEST(refused == 1u);
}

BOOST_AUTO_TEST_CASE(refuses_everybody_while_the_node_has_no_credit_left) {
  auto ada = log_in("ada", import("ada"));
  auto token = import("bob");
  BOOST_TEST(dir->credit_used == 0);
  dir->credit_used += limits::node_credit_bytes + 1; // What others have asked for.
  auto rows = disk->rows();
  say(ada, 3, text("bob", 1, "hello"));
  BOOST_TEST((refusal(ada) == ec::no_credit));
  auto bob = connect();
  say(bob, 1, wire::hello{});
  say(bob, 2, wire::login{"bob", {}, token, {}});
  BOOST_TEST((refusal(bob) == ec::no_credit));
  BOOST_TEST(disk->rows() == rows);
  dir->credit_used -= limits::node_credit_bytes + 1;
  say(ada, 4, text("bob", 1, "hello"));
  BOOST_TEST((refusal(ada) == ec::none));
  say(bob, 3, wire::login{"bob", {}, token, {}});
  BOOST_TEST((refusal(bob) == ec::none));
  BOOST_TEST(dir->credit_used == 0);
}

BOOST_AUTO_TEST_CASE(takes_only_so_many_pieces_of_files_at_a_time_and_messages_all_the_same) {
  dir->agreed_format = record::format_with_files;
  auto ada = log_in("ada", import("ada"));
  import("bob");
  std::string hash(limits::file_hash_bytes, 'h');
  dir->pieces_used += limits::node_piece_bytes + 1; // What others have asked for.
  say(ada, 3, wire::put_file{hash, 10, 0, "x"});
  BOOST_TEST((refusal(ada) == ec::no_credit));
  say(ada, 4, wire::get_file{{1, 2}, 1, 0});
  BOOST_TEST((refusal(ada) == ec::no_credit));
  say(ada, 5, text("bob", 1, "hello"));
  BOOST_TEST((refusal(ada) == ec::none));
  dir->pieces_used -= limits::node_piece_bytes + 1;
  say(ada, 6, wire::get_file{{1, 2}, 1, 0});
  BOOST_TEST((refusal(ada) == ec::unknown_conversation));
  BOOST_TEST(dir->pieces_used == 0);
}

BOOST_AUTO_TEST_CASE(takes_what_needs_a_format_when_all_nodes_have_it) {
  auto ada = log_in("ada", import("ada"));
  std::string hash(limits::file_hash_bytes, 'h');
  dir->possible_format = record::format_with_files - 1; // A node of an earlier build.
  say(ada, 3, wire::put_file{hash, 10, 0, "x"});
  BOOST_TEST((refusal(ada) == ec::unsupported));
  dir->possible_format = record::format_with_files; // They are about to agree.
  say(ada, 4, wire::put_file{hash, 10, 0, "x"});
  BOOST_TEST((refusal(ada) == ec::retry));
  dir->agreed_format = record::format_with_files;
  say(ada, 5, wire::get_file{{1, 2}, 1, 0});
  BOOST_TEST((refusal(ada) == ec::unknown_conversation));
}

BOOST_AUTO_TEST_CASE(gives_the_node_its_credit_back_when_a_client_goes) {
  auto ada = log_in("ada", import("ada"));
  auto bytes = wire::encode(wire::client_frame{3, text("ada", 1, "hello")});
  network.virtual_send(ada, {bytes.bytes().begin(), bytes.bytes().end()});
  BOOST_TEST(dir->credit_used == static_cast<int64_t>(bytes.size_bytes()));
  std::string_view nonsense = "\xff\xff\xff\xff";
  network.virtual_send(ada, {nonsense.begin(), nonsense.end()}); // It is closed.
  BOOST_TEST(dir->credit_used == 0);
  run();
  BOOST_TEST(dir->credit_used == 0);
}

/// A live room of ada and bob, who does not read what comes.
struct live_fixture : client_fixture {
  caf::io::connection_handle ada;
  caf::io::connection_handle bob = log_in("bob", import("bob"));
  conversation_id room = room_conversation(user_of("ada"), device_id{7}, 1);
  std::string body = std::string(8000, '.');
  size_t fit = limits::live_queue_bytes / body.size();
  uint64_t written = 0;

  live_fixture() {
    dir->agreed_format = record::format_with_live_rooms;
    auto token = make_token();
    import("ada", device_id{7}, token);
    ada = log_in("ada", token);
    wire::create_room what{1, "live", {"bob"}, false};
    what.live = true;
    say(ada, 1000, what);
    heard(bob);
    ack(bob, room, 1); // That it was made.
  }

  void write(size_t times) {
    for (size_t i = 0; i < times; ++i) {
      ++written;
      say(ada, 1000 + written, wire::send{room, {}, written, 0, {{}, body}});
    }
  }

  uint64_t count_of_dropped(const frame& x) {
    auto lost = std::get<wire::dropped>(wire::decode_server(x)->body);
    BOOST_TEST((lost.conversation == room));
    return lost.count;
  }
};

BOOST_FIXTURE_TEST_CASE(drops_what_is_live_while_its_client_does_not_read_and_says_how_much,
                        live_fixture) {
  write(fit + 20);
  auto shown = heard(bob).size(); // Reads at last.
  BOOST_TEST(shown >= fit);
  BOOST_TEST(shown < written);
  auto lost = written - shown;
  write(1);
  auto rest = heard(bob);
  BOOST_REQUIRE(rest.size() == 2u);
  BOOST_TEST(count_of_dropped(rest[0]) == lost);
  BOOST_TEST(std::holds_alternative<wire::live_message>(wire::decode_server(rest[1])->body));
}

BOOST_FIXTURE_TEST_CASE(says_what_was_dropped_though_nothing_more_comes, live_fixture) {
  write(fit + 20);
  auto lost = written - heard(bob).size();
  pass(limits::session_tick * limits::session_tick_shares);
  auto rest = heard(bob);
  BOOST_REQUIRE(rest.size() == 1u);
  BOOST_TEST(count_of_dropped(rest[0]) == lost);
}

BOOST_AUTO_TEST_CASE(closes_the_older_connection_of_the_same_device) {
  auto token = import("ada");
  auto first = log_in("ada", token);
  log_in("ada", token);
  auto replaced = false;
  for (auto& bytes : heard(first)) {
    auto decoded = *wire::decode_server(bytes);
    if (auto bye = std::get_if<wire::closing>(&decoded.body))
      replaced = bye->why.code == ec::replaced;
  }
  BOOST_TEST(replaced);
}

BOOST_AUTO_TEST_CASE(a_drain_reaches_the_sessions_of_every_io_thread) {
  std::vector<caf::io::connection_handle> clients(3);
  for (auto& x : clients) {
    x = connect();
    say(x, 1, wire::hello{});
    heard(x);
  }
  tell_gates(*dir, drain{});
  run();
  for (auto& x : clients) {
    auto frames = heard(x);
    BOOST_REQUIRE_EQUAL(frames.size(), 1u);
    auto decoded = *wire::decode_server(frames[0]);
    BOOST_TEST(std::holds_alternative<wire::closing>(decoded.body));
  }
}

BOOST_AUTO_TEST_CASE(a_session_of_an_earlier_start_with_more_io_threads_is_nobody) {
  auto ada = connect();
  auto stranger = dir->next_session(limits::io_threads - 1);
  hand_to_gates(*dir, {{stranger, {}, {}, ec::stopping}});
  run();
  say(ada, 1, wire::hello{});
  BOOST_TEST(heard(ada).size() == 1u);
}

// -- who asks for too much ------------------------------------------------------------

namespace {

struct strict_node : client_fixture {
  strict_node() {
    dir->visitors.rule({3, true});
    dir->user_rates.rule({std::chrono::milliseconds{100}, 5});
  }

  ec try_password(caf::io::connection_handle from, const char* user) {
    say(from, 2, wire::login{user, "a wrong password", {}, {}});
    return refusal(from);
  }

  caf::io::connection_handle greeted() {
    auto hdl = connect();
    say(hdl, 1, wire::hello{});
    heard(hdl);
    return hdl;
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(an_address_with_too_many_connections_is_told_so, strict_node) {
  std::vector<caf::io::connection_handle> all;
  for (auto i = 0; i < 4; ++i)
    all.push_back(connect());
  auto frames = heard(all.back());
  BOOST_REQUIRE_EQUAL(frames.size(), 1u);
  auto body = wire::decode_server(frames[0])->body;
  BOOST_TEST((std::get<wire::closing>(body).why.code == ec::too_many_connections));
  BOOST_TEST(dir->connections == 3u);
  tell_gates(*dir, drain{});
  run();
  BOOST_TEST(dir->visitors.size() == 0u);
}

BOOST_FIXTURE_TEST_CASE(an_address_guesses_so_often_over_all_accounts, strict_node) {
  auto token = import("ada");
  auto guesser = greeted();
  for (unsigned i = 0; i < limits::address_guesses; ++i)
    BOOST_REQUIRE(
      (try_password(guesser, ("user" + std::to_string(i)).c_str()) == ec::wrong_credentials));
  BOOST_TEST((try_password(guesser, "ada") == ec::too_many_attempts));
  BOOST_TEST((try_password(greeted(), "ada") == ec::too_many_attempts));
  auto ada = log_in("ada", token); // Who has a token guesses nothing.
  say(ada, 3, text("ada", 1, "note"));
  BOOST_TEST((refusal(ada) == ec::none));
  pass(limits::address_guess_every);
  say(guesser, 9, wire::ping{});
  BOOST_TEST((try_password(guesser, "ada") == ec::wrong_credentials));
}

BOOST_FIXTURE_TEST_CASE(guesses_that_are_on_their_way_together_count_as_well, strict_node) {
  dir->visitors.rule({100, true});
  std::vector<caf::io::connection_handle> all;
  for (unsigned i = 0; i < 2 * limits::address_guesses; ++i)
    all.push_back(greeted());
  for (auto& hdl : all) {
    auto user = "user" + std::to_string(hdl.id());
    auto bytes = wire::encode(wire::client_frame{2, wire::login{user, "a wrong password", {}, {}}});
    auto view = bytes.bytes();
    network.virtual_send(hdl,
                         caf::io::network::test_multiplexer::buffer_type{view.begin(), view.end()});
  }
  run();
  auto throttled = 0u;
  for (auto& hdl : all)
    throttled += refusal(hdl) == ec::too_many_attempts;
  BOOST_TEST(throttled == limits::address_guesses);
}

BOOST_FIXTURE_TEST_CASE(an_address_makes_so_many_accounts, strict_node) {
  auto who = greeted();
  auto make = [&](unsigned i) {
    auto name = "user" + std::to_string(i);
    say(who, 2, wire::register_account{name, "a password"});
    return refusal(who);
  };
  for (unsigned i = 0; i < limits::address_registrations; ++i)
    BOOST_REQUIRE((make(i) == ec::none));
  BOOST_TEST((make(1000) == ec::too_many_attempts));
}

BOOST_FIXTURE_TEST_CASE(a_user_asks_so_often_over_all_connections, strict_node) {
  auto token = import("ada");
  auto first = log_in("ada", token);
  for (auto i = 0; i < 5; ++i) {
    say(first, 10, wire::list_contacts{});
    BOOST_REQUIRE((refusal(first) == ec::none));
  }
  say(first, 10, wire::list_contacts{});
  BOOST_TEST((refusal(first) == ec::too_fast));
  auto second = log_in("ada", token); // The login itself is nobody's yet.
  say(second, 10, wire::list_contacts{});
  BOOST_TEST((refusal(second) == ec::too_fast));
  say(second, 0, wire::ack{});
  pass(std::chrono::milliseconds{100});
  say(second, 11, wire::list_contacts{});
  BOOST_TEST((refusal(second) == ec::none));
  auto other = log_in("bob", import("bob"));
  say(other, 10, wire::list_contacts{});
  BOOST_TEST((refusal(other) == ec::none));
}

BOOST_AUTO_TEST_SUITE_END()
