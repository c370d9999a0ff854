#define BOOST_TEST_MODULE link

#include "actors/core/link.hpp"
#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t cluster = 4711;
const conversation_id room{1, 2};

std::vector<node_mail> mail(uint64_t i) {
  return {room_mail{room, unsubscribe{{i, i}}}};
}

raft_letter letter(size_t bytes) {
  return {shard_id{5}, frame{std::string(bytes, 'x')}};
}

/// Both ends of a link, and what is between them.
struct two_ends {
  core::link here{{cluster, {1}, 1, 1}};
  core::link there{{cluster, {2}, 1, 2}};
  core::link::time now = 1s;

  two_ends() {
    here.connected(now);
    there.connected(now);
    exchange();
    exchange();
    here.renewed();
    there.renewed();
  }

  core::link::arrival pass(core::link& from, core::link& to, bool confirm = false) {
    core::link::arrival all;
    for (auto& bytes : from.take(now, confirm)) {
      auto part = to.hear(*decode_peer_frame(bytes.bytes()), now);
      all.renewed = all.renewed || part.renewed;
      std::move(part.letters.begin(), part.letters.end(), std::back_inserter(all.letters));
      std::move(part.mails.begin(), part.mails.end(), std::back_inserter(all.mails));
    }
    return all;
  }

  void exchange() {
    pass(here, there, true);
    pass(there, here, true);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(link_test, two_ends)

BOOST_AUTO_TEST_CASE(who_was_not_listened_to_is_heard_later_and_after_a_silence) {
  here.say(letter(800));
  here.take(now, false); // Comes to one who does not know the sender yet.
  here.refused(now);
  BOOST_TEST(!here.open(now));
  now += limits::refused_again_after;
  here.say(letter(8));
  BOOST_TEST(pass(here, there).letters.size() == 1u);
  BOOST_TEST(here.renewed());
  pass(there, here, true);
  now += 2 * limits::peer_silence;
  BOOST_TEST(here.open(now));
}

BOOST_AUTO_TEST_CASE(what_is_said_arrives_in_order) {
  here.say(letter(8));
  here.say(mail(1));
  here.say(mail(2));
  auto got = pass(here, there);
  BOOST_TEST(!got.renewed);
  BOOST_REQUIRE(got.letters.size() == 1u);
  BOOST_TEST(got.letters[0].shard.value == 5);
  BOOST_REQUIRE(got.mails.size() == 2u);
  for (uint64_t i = 0; i < 2; ++i)
    BOOST_TEST(std::get<unsubscribe>(std::get<room_mail>(got.mails[i]).what).user.low == i + 1);
}

BOOST_AUTO_TEST_CASE(silence_costs_nothing) {
  BOOST_TEST(here.take(now, true).empty());
}

BOOST_AUTO_TEST_CASE(both_sides_learn_that_something_was_lost) {
  here.disconnected();
  here.say(mail(1));
  BOOST_TEST(here.take(now, false).empty());
  here.connected(now);
  BOOST_TEST(here.renewed());
  auto got = pass(here, there);
  BOOST_TEST(got.renewed);
  BOOST_TEST(got.mails.empty());
}

BOOST_AUTO_TEST_CASE(a_frame_of_an_older_link_is_ignored) {
  here.say(mail(1));
  auto late = here.take(now, false);
  here.disconnected();
  here.connected(now);
  pass(here, there);
  BOOST_REQUIRE(late.size() == 1u);
  auto got = there.hear(*decode_peer_frame(late[0].bytes()), now);
  BOOST_TEST(got.mails.empty());
  BOOST_TEST(!got.renewed);
}

BOOST_AUTO_TEST_CASE(a_gap_within_a_link_is_noticed) {
  here.say(mail(1));
  here.take(now, false); // Lost.
  here.say(mail(2));
  BOOST_TEST(pass(here, there).renewed);
}

BOOST_AUTO_TEST_CASE(a_later_life_of_a_node_has_newer_links) {
  core::link reborn{{cluster, {1}, 2, 1}};
  for (int i = 0; i < 100; ++i)
    here.connected(now);
  pass(here, there);
  reborn.connected(now);
  reborn.say(mail(1));
  auto got = pass(reborn, there);
  BOOST_TEST(got.renewed);
  BOOST_TEST(got.mails.size() == 1u);
  here.say(mail(2));
  BOOST_TEST(pass(here, there).mails.empty());
}

BOOST_AUTO_TEST_CASE(what_is_on_its_way_is_bounded) {
  for (size_t sent = 0; sent < limits::peer_window_bytes; sent += 1 << 20) {
    BOOST_REQUIRE(here.open(now));
    here.say(letter(1 << 20));
    here.take(now, false); // Nobody confirms.
  }
  BOOST_TEST(!here.open(now));
  here.say(mail(1));
  BOOST_TEST(here.take(now, false).empty());
}

BOOST_AUTO_TEST_CASE(a_window_that_opens_again_begins_a_new_link_only_if_something_was_lost) {
  std::vector<frame> frames;
  for (size_t sent = 0; sent < limits::peer_window_bytes; sent += 1 << 20) {
    here.say(letter(1 << 20));
    for (auto& x : here.take(now, false))
      frames.push_back(x);
  }
  for (auto& x : frames)
    BOOST_TEST(!there.hear(*decode_peer_frame(x.bytes()), now).renewed);
  pass(there, here, true);
  BOOST_TEST(here.open(now));
  here.say(mail(1));
  BOOST_TEST(!pass(here, there).renewed);
  BOOST_TEST(!here.renewed());
}

BOOST_AUTO_TEST_CASE(who_confirms_nothing_for_two_seconds_is_taken_for_gone) {
  here.say(mail(1));
  here.take(now, false);
  now += limits::peer_silence;
  BOOST_TEST(!here.open(now));
}

BOOST_AUTO_TEST_CASE(two_that_fell_silent_together_find_each_other_again) {
  here.say(mail(1));
  there.say(mail(2));
  auto from_here = here.take(now, false);
  auto from_there = there.take(now, false);
  now += limits::peer_silence;
  BOOST_TEST(!here.open(now));
  BOOST_TEST(!there.open(now));
  for (auto& x : from_here) // What the network held back arrives.
    there.hear(*decode_peer_frame(x.bytes()), now);
  for (auto& x : from_there)
    here.hear(*decode_peer_frame(x.bytes()), now);
  pass(here, there, true);
  pass(there, here, true);
  pass(here, there, true);
  BOOST_TEST(here.open(now));
  BOOST_TEST(there.open(now));
}

BOOST_AUTO_TEST_CASE(a_quiet_link_stays_open) {
  here.say(mail(1));
  pass(here, there);
  pass(there, here, true);
  now += 1h;
  BOOST_TEST(here.open(now));
}

BOOST_AUTO_TEST_CASE(another_cluster_is_not_listened_to) {
  core::link stranger{{cluster + 1, {1}, 9, 1}};
  stranger.connected(now);
  stranger.say(mail(1));
  auto got = pass(stranger, there);
  BOOST_TEST(got.mails.empty());
  BOOST_TEST(!got.renewed);
}

BOOST_AUTO_TEST_CASE(a_burst_for_many_shards_crosses_once) {
  stored_message message{
    7,
    7,
    1,
    {1, 1},
    {},
    1,
    wire::encode_answer(
      0, wire::message{
           room, 7, 7, 1, {1, 1}, "ada", {}, 1, wire::content{{}, std::string(1000, 'x')}})};
  auto what = std::make_shared<const burst>(burst{room, {message}});
  for (uint64_t i = 0; i < 64; ++i)
    here.say({tell{room, {{i << 58, i}}, notice{what}}});
  auto frames = here.take(now, false);
  BOOST_REQUIRE(frames.size() == 1u);
  BOOST_TEST(frames[0].size_bytes() < 6000u);
  auto got = there.hear(*decode_peer_frame(frames[0].bytes()), now);
  BOOST_REQUIRE(got.mails.size() == 1u);
  BOOST_TEST(std::get<tell>(got.mails[0]).to.size() == 64u);
}

BOOST_AUTO_TEST_SUITE_END()
