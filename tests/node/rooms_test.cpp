#define BOOST_TEST_MODULE rooms

#include "schema/limits.hpp"
#include "tests/support/cluster_process.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

// Roles, bans, mutes and the rest of what changes in a room, and who has read, over
// sockets.

using namespace parley;
using namespace parley::testing;

namespace {

using wire::member_change;
using wire::room_change;

struct one_node {
  node_process node;
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");
  device eve = import_person(node, "eve");
  conversation_id room;

  one_node() {
    room = ada
             .ask<wire::change>(
               wire::create_room{1, "room", {"bob"}, false, wire::room_access::by_request})
             ->room;
  }

  /// The next event that is pushed, of this kind.
  held<wire::message> event(device& who, wire::event_kind kind) {
    while (true) {
      auto x = who.message();
      auto what = std::get_if<wire::event>(&x->body);
      if (what && what->kind == kind)
        return x;
    }
  }
};

struct three_nodes {
  cluster_process nodes;
  device ada = import_person(nodes[1], "ada");
  device bob = import_person(nodes[2], "bob");
  device cyd = import_person(nodes[3], "cyd");

  three_nodes() {
    nodes.wait_until_all_take(wire::feature_live_rooms);
  }
};

seq_t say_in(device& who, conversation_id room, uint64_t counter, const char* words) {
  return who.ask<wire::sent>(wire::send{room, {}, counter, 0, {{}, words}})->seq;
}

std::set<std::string> readers(device& who, conversation_id room, seq_t seq) {
  std::set<std::string> result;
  auto page = who.ask<wire::readers_page>(wire::list_readers{room, seq});
  for (auto& x : page->readers)
    result.emplace(x.name);
  return result;
}

/// Rooms hear of cursors a little later.
void wait_for_readers(device& who, conversation_id room, seq_t seq,
                      const std::set<std::string>& names) {
  wait_until("these have read", [&] { return readers(who, room, seq) == names; });
}

conversation_id make_live_room(device& owner, std::vector<std::string_view> others) {
  wire::create_room what{9, "live", std::move(others), false};
  what.live = true;
  return owner.ask<wire::change>(what)->room;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(rooms_test, one_node)

BOOST_AUTO_TEST_CASE(a_room_says_who_has_read_a_message) {
  auto seq = say_in(ada, room, 1, "hello");
  BOOST_TEST(readers(ada, room, seq).empty());
  bob.ask<wire::conversation>(wire::read{{room, seq}});
  wait_for_readers(ada, room, seq, {"bob"});
  auto page = ada.ask<wire::readers_page>(wire::list_readers{room, seq});
  BOOST_TEST(page->members == 1u);
  BOOST_TEST(page->delivered == 1u);
  BOOST_TEST(page->read == 1u);
  BOOST_TEST(eve.refusal(wire::list_readers{room, seq}) == ec::not_member);
  BOOST_TEST(ada.refusal(wire::list_readers{room, seq + 1}) == ec::unknown_message);
  node.kill();
  node.start();
  ada.reconnect(node);
  bob.reconnect(node);
  wait_for_readers(ada, room, seq, {"bob"});
}

BOOST_AUTO_TEST_CASE(who_asks_is_let_in_and_then_told_of_the_room) {
  BOOST_TEST(eve.ask<wire::change>(wire::join{room})->asked);
  auto asked = event(bob, wire::event_kind::asked);
  BOOST_TEST(asked->sender_name == "eve");
  ada.ask<wire::change>(wire::change_members{room, {"eve"}, member_change::approve});
  BOOST_TEST((eve.push<wire::conversation>()->id == room));
}

BOOST_AUTO_TEST_CASE(a_new_title_reaches_every_list_and_device) {
  ada.ask<wire::change>(wire::change_room{room, room_change::title, "new title"});
  BOOST_TEST(std::get<wire::event>(event(bob, wire::event_kind::renamed)->body).text
             == "new title");
  auto page = bob.ask<wire::conversations_page>(wire::list_conversations{{}, 0});
  BOOST_TEST(page->conversations.at(0).title == "new title");
}

BOOST_AUTO_TEST_CASE(roles_mutes_and_bans_survive_a_crash) {
  wire::change_members promote{room, {"bob"}, member_change::role, wire::room_role::admin};
  ada.ask<wire::change>(promote);
  ada.ask<wire::change>(wire::change_members{room, {"eve"}, member_change::ban});
  node.kill();
  node.start();
  for (auto who : {&ada, &bob, &eve})
    who->reconnect(node);
  BOOST_TEST(eve.refusal(wire::join{room}) == ec::banned);
  wire::change_room quiet{room, room_change::quiet};
  quiet.quiet = true;
  bob.ask<wire::change>(quiet);
  BOOST_TEST(bob.refusal(wire::change_room{room, room_change::dissolve}) == ec::forbidden);
}

BOOST_AUTO_TEST_CASE(what_is_out_of_bounds_is_refused) {
  std::string title(limits::title_bytes + 1, 'x');
  std::string announcement(limits::announcement_bytes + 1, 'x');
  BOOST_TEST(ada.refusal(wire::change_room{room, room_change::title, title}) == ec::too_large);
  BOOST_TEST(ada.refusal(wire::change_room{room, room_change::title, ""}) == ec::bad_text);
  BOOST_TEST(ada.refusal(wire::change_room{room, room_change::title, "\xff"}) == ec::bad_text);
  BOOST_TEST(ada.refusal(wire::change_room{room, room_change::announcement, announcement})
             == ec::too_large);
  BOOST_TEST(ada.refusal(wire::change_room{room, room_change::transfer, "no name"})
             == ec::bad_name);
  wire::change_room access{room, room_change::access};
  access.access = static_cast<wire::room_access>(77);
  BOOST_TEST(ada.refusal(access) == ec::malformed);
  wire::change_members role{room, {"bob"}, member_change::role, wire::room_role::owner};
  BOOST_TEST(ada.refusal(role) == ec::malformed);
  wire::change_members mute{room, {"bob"}, member_change::mute, {}, -1};
  BOOST_TEST(ada.refusal(mute) == ec::malformed);
  std::vector<std::string_view> many(limits::names_per_request + 1, "bob");
  BOOST_TEST(ada.refusal(wire::change_members{room, many}) == ec::too_large);
  BOOST_TEST(ada.refusal(wire::change_members{room, {"no name"}}) == ec::bad_name);
  BOOST_TEST(ada.refusal(wire::change_room{{1, 2}, room_change::dissolve})
             == ec::unknown_conversation);
  wire::list_members list{room, {}, 0, static_cast<wire::member_list>(77)};
  BOOST_TEST(ada.refusal(list) == ec::malformed);
}

BOOST_AUTO_TEST_CASE(a_reader_who_is_slow_is_told_how_much_of_a_live_room_there_was) {
  auto live = make_live_room(ada, {"bob"});
  device slow{node, "bob", bob.token(), {}, 4096};
  slow.settle();
  auto before = node.resident();
  constexpr uint64_t written = 4000;
  std::string body(8000, '.');
  for (uint64_t i = 1; i <= written; ++i)
    BOOST_TEST(ada.ask<wire::sent>(wire::send{live, {}, i, 0, {{}, body}})->seq == 0u);
  BOOST_TEST(node.resident() < before + (16 << 20));
  uint64_t shown = 0;
  uint64_t dropped = 0;
  while (shown + dropped < written) {
    auto x = slow.take("something of the room", [](const received& y) {
      return y.as<wire::live_message>() || y.as<wire::dropped>();
    });
    if (auto lost = x.as<wire::dropped>())
      dropped += lost->count;
    else
      ++shown;
  }
  BOOST_TEST(shown + dropped == written);
  BOOST_TEST(shown > 0u);
  BOOST_TEST(dropped > 0u);
  BOOST_TEST(slow.history(live).size() == 1u); // That it was made.
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(rooms_cluster_test, three_nodes)

BOOST_AUTO_TEST_CASE(a_live_room_goes_on_at_another_node) {
  auto live = make_live_room(ada, {"bob"});
  auto written = [live, counter = uint64_t{0}](device& who) mutable {
    ++counter;
    return who.refusal(wire::send{live, {}, counter, 0, {{}, "x"}}) == ec::none;
  };
  bob.push<wire::conversation>();
  BOOST_TEST(written(ada));
  BOOST_TEST(bob.push<wire::live_message>()->what.sender_name == "ada");
  nodes[1].kill();
  wait_until_served(nodes[2]);
  ada.reconnect(nodes[3]);
  wait_until("the room is told again",
             [&] { return written(ada) && bob.has_push<wire::live_message>(); });
  BOOST_TEST(bob.history(live).size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_has_read_outlives_the_node_that_knew_it) {
  auto room = ada.ask<wire::change>(wire::create_room{1, "room", {"bob", "cyd"}})->room;
  auto seq = say_in(ada, room, 1, "hello");
  bob.ask<wire::conversation>(wire::read{{room, seq}});
  wait_for_readers(ada, room, seq, {"bob"});
  nodes[1].kill();
  wait_until_served(nodes[2]);
  for (auto who : {&ada, &bob, &cyd})
    who->reconnect(nodes[2]);
  wait_for_readers(ada, room, seq, {"bob"});
  cyd.ask<wire::conversation>(wire::read{{room, seq}});
  wait_for_readers(ada, room, seq, {"bob", "cyd"});
  nodes[1].start();
  wait_until_served(nodes[1]);
  nodes[2].kill();
  wait_until_served(nodes[3]);
  for (auto who : {&ada, &bob, &cyd})
    who->reconnect(nodes[3]);
  wait_for_readers(ada, room, seq, {"bob", "cyd"});
}

BOOST_AUTO_TEST_SUITE_END()
