#define BOOST_TEST_MODULE hostile_input

#include "schema/limits.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstring>
#include <random>

// Whatever comes through a socket, the node answers by its rules, closes with a
// reason or waits, stays small, and goes on serving others.

using namespace parley;
using namespace parley::testing;

namespace {

constexpr size_t mib = 1 << 20;

/// A frame of these segments, each of so many words, with a true table.
std::string announce(const std::vector<uint32_t>& words) {
  std::vector<uint32_t> table{static_cast<uint32_t>(words.size() - 1)};
  table.insert(table.end(), words.begin(), words.end());
  if (table.size() % 2 != 0)
    table.push_back(0);
  return {reinterpret_cast<const char*>(table.data()), table.size() * 4};
}

/// A frame of one segment with these words.
std::string of_words(const std::vector<uint64_t>& words) {
  auto result = announce({static_cast<uint32_t>(words.size())});
  result.append(reinterpret_cast<const char*>(words.data()), words.size() * 8);
  return result;
}

std::string bytes_of(uint64_t request, wire::client_body what) {
  return std::string{wire::encode(wire::client_frame{request, std::move(what)}).bytes()};
}

/// A ClientFrame whose union has the member `which`.
std::string of_kind(uint64_t request, uint16_t which) {
  return of_words({0x0001000200000000, request, which, 0});
}

struct one_node {
  node_process node;

  ~one_node() {
    BOOST_TEST(node.running());
    BOOST_TEST(works());
  }

  raw_client stranger() {
    return raw_client{node.port()};
  }

  raw_client greeted() {
    raw_client result{node.port()};
    result.hello();
    return result;
  }

  /// Whether somebody else is served.
  bool works() {
    auto other = greeted();
    other.settle();
    return true;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_input_test, one_node)

// -- cuts -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(frames_arrive_one_byte_at_a_time) {
  auto who = stranger();
  who.write_slowly(bytes_of(1, wire::hello{1, "slow", {}}));
  BOOST_TEST(who.answer_as<wire::welcome>(1)->version == wire::protocol_version);
  who.write_slowly(bytes_of(2, wire::ping{}));
  who.answer_as<wire::pong>(2);
}

BOOST_AUTO_TEST_CASE(many_frames_arrive_at_once) {
  std::string bytes = bytes_of(1, wire::hello{1, "fast", {}});
  for (uint64_t i = 2; i <= 1000; ++i)
    bytes += bytes_of(i, wire::ping{});
  auto who = stranger();
  who.write(bytes);
  who.answer_as<wire::welcome>(1);
  for (uint64_t i = 2; i <= 1000; ++i)
    who.answer_as<wire::pong>(i);
}

BOOST_AUTO_TEST_CASE(a_login_and_what_follows_it_arrive_at_once) {
  auto ada = import_person(node, "ada");
  std::string bytes = bytes_of(1, wire::hello{1, "fast", {}});
  bytes += bytes_of(2, wire::login{"ada", {}, ada.token(), {}});
  bytes += bytes_of(3, wire::send{{}, "ada", 1, 0, {{}, "note to self"}});
  bytes += bytes_of(4, wire::list_conversations{{}, 0});
  auto who = stranger();
  who.write(bytes);
  who.answer_as<wire::session>(2);
  BOOST_TEST(who.answer_as<wire::sent>(3)->seq == 1);
  who.answer_as<wire::conversations_page>(4);
}

BOOST_AUTO_TEST_CASE(a_frame_that_never_ends_is_forgotten_with_its_connection) {
  auto bytes = bytes_of(1, wire::hello{1, "cut", {}});
  for (size_t size = 1; size < bytes.size(); ++size) {
    auto who = stranger();
    who.write(std::string_view{bytes}.substr(0, size));
    who.close();
  }
  auto who = stranger();
  who.write(std::string_view{bytes}.substr(0, 12));
  who.end_output();
  BOOST_TEST(who.closed() == ec::none);
}

BOOST_AUTO_TEST_CASE(answers_come_to_a_client_that_has_nothing_more_to_say) {
  auto ada = import_person(node, "ada");
  ada.text("ada", "the last words");
  ada.end_output();
  // Whether the answer comes before the end is the network's to say; the
  // message is there either way.
  ada.closed();
  device again{node, "ada", ada.token()};
  wait_until("the message is stored", [&] {
    return again.refusal(wire::list_members{ada.with("ada"), {}, 0}) == ec::none;
  });
  BOOST_TEST(again.history(ada.with("ada")).size() == 1u);
}

// -- order ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_frame_before_hello_is_refused_and_the_connection_closed) {
  for (auto& what :
       {wire::client_body{wire::ping{}}, wire::client_body{wire::login{"ada", "x", {}, {}}},
        wire::client_body{wire::list_conversations{{}, 0}}}) {
    auto who = stranger();
    BOOST_TEST(who.refusal(what) == ec::hello_first);
    BOOST_TEST(who.closed() == ec::hello_first);
  }
}

BOOST_AUTO_TEST_CASE(a_request_before_login_is_refused_and_the_connection_stays) {
  auto who = greeted();
  conversation_id nowhere{1, 2};
  wire::client_body requests[] = {wire::logout{},
                                  wire::change_password{"correct horse", "battery staple"},
                                  wire::import_account{"ada"},
                                  wire::send{{}, "ada", 1, 0, {{}, "hi"}},
                                  wire::read{{nowhere, 1}},
                                  wire::list_conversations{{}, 0},
                                  wire::read_history{nowhere, 1, 0, 0},
                                  wire::create_room{1, "room", {}, false},
                                  wire::invite{nowhere, {"ada"}},
                                  wire::kick{nowhere, {"ada"}},
                                  wire::join{nowhere},
                                  wire::leave{nowhere},
                                  wire::list_members{nowhere, {}, 0}};
  for (auto& what : requests)
    BOOST_TEST(who.refusal(what) == ec::login_first);
  who.settle();
}

BOOST_AUTO_TEST_CASE(a_second_login_on_a_connection_is_refused) {
  auto ada = import_person(node, "ada");
  BOOST_TEST(ada.refusal(wire::login{"ada", {}, ada.token(), {}}) == ec::forbidden);
  ada.text_stored("ada", "still here");
}

BOOST_AUTO_TEST_CASE(another_protocol_version_is_refused_and_the_connection_closed) {
  for (uint32_t version : {0u, 2u, ~0u}) {
    auto who = stranger();
    BOOST_TEST(who.refusal(wire::hello{version, "future", {}}) == ec::version);
    BOOST_TEST(who.closed() == ec::version);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_request_is_refused_and_the_connection_stays) {
  auto ada = import_person(node, "ada");
  for (uint16_t which : {0, 60, 99, 0xffff}) {
    auto request = ada.next_request();
    ada.write(of_kind(request, which));
    BOOST_TEST(ada.refusal_of(request) == ec::unsupported);
  }
  auto stranger = greeted();
  stranger.write(of_kind(7, 60));
  BOOST_TEST(stranger.refusal_of(7) == ec::unsupported);
  ada.text_stored("ada", "still here");
}

BOOST_AUTO_TEST_CASE(a_request_without_a_number_is_refused) {
  auto ada = import_person(node, "ada");
  ada.say(0, wire::send{{}, "ada", 1, 0, {{}, "hi"}});
  BOOST_TEST(ada.push<wire::error>()->code == ec::malformed);
  ada.say(0, wire::list_conversations{{}, 0});
  BOOST_TEST(ada.push<wire::error>()->code == ec::malformed);
  BOOST_TEST(ada.text_stored("ada", "the first").seq == 1);
}

BOOST_AUTO_TEST_CASE(requests_with_the_same_number_are_each_answered) {
  auto ada = import_person(node, "ada");
  std::string bytes;
  for (uint64_t i = 1; i <= 60; ++i)
    bytes += bytes_of(777, wire::send{{}, "ada", i, 0, {{}, "again"}});
  for (int round = 0; round < 4; ++round) { // Leaks no credit.
    ada.write(bytes);
    for (uint64_t i = 1; i <= 60; ++i)
      BOOST_TEST(ada.answer_as<wire::sent>(777)->seq == i);
  }
}

// -- sizes ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_frame_that_is_announced_too_large_closes_before_it_comes) {
  auto before = node.resident();
  std::vector<raw_client> crowd;
  for (uint32_t words : {uint32_t{limits::anonymous_frame_bytes / 8}, 1u << 20, ~0u})
    for (int i = 0; i < 100; ++i) {
      auto& who = crowd.emplace_back(node.port());
      who.write(announce({words}) + std::string(256, 'x'));
    }
  for (auto& who : crowd)
    BOOST_TEST(who.closed() == ec::too_large);
  BOOST_TEST(node.resident() < before + 16 * mib);
}

BOOST_AUTO_TEST_CASE(a_frame_may_be_large_only_after_login) {
  auto ada = import_person(node, "ada");
  std::string custom(limits::text_bytes, 'x');
  BOOST_TEST(ada.ask<wire::sent>(wire::send{{}, "ada", 1, 0, {"blob", custom}})->seq == 1);
  ada.write(announce({limits::frame_bytes / 8 - 1})); // A frame of zeros, as large as allowed.
  ada.write(std::string(limits::frame_bytes - 8, '\0'));
  BOOST_TEST(ada.push<wire::error>()->code == ec::unsupported);
  ada.write(announce({limits::frame_bytes / 8}));
  BOOST_TEST(ada.closed() == ec::too_large);
}

BOOST_AUTO_TEST_CASE(too_many_segments_close) {
  for (uint32_t more : {uint32_t{limits::frame_segments}, 1000u, ~0u}) {
    auto who = stranger();
    who.write({reinterpret_cast<const char*>(&more), 4});
    BOOST_TEST(who.closed() == ec::too_large);
  }
}

BOOST_AUTO_TEST_CASE(crowds_that_stop_in_the_middle_of_a_frame_stay_small) {
  std::vector<raw_client> crowd;
  for (int i = 0; i < 200; ++i)
    crowd.emplace_back(node.port());
  for (auto& who : crowd)
    who.hello();
  auto before = node.resident();
  for (auto& who : crowd)
    who.write(announce({limits::anonymous_frame_bytes / 8 - 1}) + std::string(60 << 10, 'x'));
  auto bound = crowd.size() * 3 * limits::anonymous_frame_bytes;
  BOOST_TEST(works());
  BOOST_TEST(node.resident() < before + bound);
}

BOOST_AUTO_TEST_CASE(a_list_of_nothing_does_not_grow_the_node) {
  auto ada = import_person(node, "ada");
  auto before = node.resident();
  for (uint64_t elements : {1ull << 16, 1ull << 24, (1ull << 29) - 1}) {
    device who{node, "ada", ada.token()};
    who.write(of_words({0x0001000200000000, // Root: two data words, one pointer.
                        1, 8,               // Request 1; the union says ack.
                        0x0001000000000000, // Ack: one pointer.
                        1 | 7ull << 32,     // A composite list of no words ...
                        elements << 2}));   // ... and so many elements.
    BOOST_TEST(who.closed() == ec::malformed);
    ada.close();
  }
  BOOST_TEST(node.resident() < before + 16 * mib);
}

BOOST_AUTO_TEST_CASE(pointers_that_go_in_circles_are_refused) {
  auto to_itself = 0xfffffffcull | 0x0001000200000000ull;
  auto who = greeted();
  who.write(of_words({to_itself, to_itself, to_itself}));
  BOOST_TEST(who.refusal_of(to_itself) == ec::unsupported); // What it reads as a number.
}

BOOST_AUTO_TEST_CASE(nesting_beyond_the_schema_is_not_followed) {
  // A tower of structs, each the first pointer of the one before.
  std::vector<uint64_t> words{0x0001000200000000, 5, 18}; // A ping.
  for (int i = 0; i < 5000; ++i)
    words.push_back(0x0001000000000000);
  words.push_back(0);
  auto who = greeted();
  who.write(of_words(words));
  who.answer_as<wire::pong>(5); // What nobody reads may be as deep as it likes.
}

BOOST_AUTO_TEST_CASE(a_client_that_stays_after_it_was_closed_costs_no_connection) {
  auto before = node.open_files();
  std::vector<raw_client> crowd;
  for (int i = 0; i < 50; ++i)
    crowd.emplace_back(node.port()).say(wire::ping{});
  for (auto& who : crowd)
    BOOST_TEST(who.closed() == ec::hello_first); // And keeps its end open.
  wait_until("the node forgets them", [&] { return node.open_files() <= before + 5; });
  node.signal(SIGTERM);
  BOOST_TEST(node.wait() == 0);
  BOOST_TEST(node.log().find("event=stopping connections=0\n") != std::string::npos, node.log());
  node.start();
}

// -- noise ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_web_browser_is_closed) {
  auto who = stranger();
  who.write("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n");
  BOOST_TEST(who.closed() == ec::too_large);
}

BOOST_AUTO_TEST_CASE(noise_closes_or_waits_and_hurts_nobody) {
  auto before = node.resident();
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937_64 random{seed};
    std::string bytes(random() % 4096, '\0');
    for (auto& byte : bytes)
      byte = static_cast<char>(random());
    auto who = stranger();
    if (seed % 2 == 0)
      who.hello();
    who.write(bytes);
    who.end_output();
    who.closed();
  }
  BOOST_TEST(node.resident() < before + 16 * mib);
}

BOOST_AUTO_TEST_CASE(noise_in_frames_of_true_length_hurts_nobody) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    auto name = "ada" + std::to_string(seed); // One each: some of the noise is a logout.
    auto who = import_person(node, name);
    auto self = who.with(name);
    std::vector<std::string> honest{bytes_of(1, wire::send{{}, name, 9, 8, {{}, "hello"}}),
                                    bytes_of(2, wire::ack{{{self, 1}, {self, 2}}}),
                                    bytes_of(3, wire::create_room{7, "title", {name, "bob"}, true}),
                                    bytes_of(4, wire::read_history{self, 1, 9, 9}),
                                    bytes_of(5, wire::list_conversations{{}, 9}),
                                    bytes_of(6, wire::read{{self, 1}})};
    std::mt19937_64 random{seed};
    std::string bytes;
    for (int i = 0; i < 8; ++i) {
      auto x = honest[random() % honest.size()];
      for (auto flips = random() % 6; flips != 0; --flips)
        x[8 + random() % (x.size() - 8)] ^= static_cast<char>(1 << random() % 8);
      bytes += x;
    }
    who.write(bytes);
    who.end_output();
    who.closed();
  }
}

BOOST_AUTO_TEST_SUITE_END()
