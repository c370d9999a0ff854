#define BOOST_TEST_MODULE rooms

#include "schema/limits.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

// Roles, bans, mutes and the rest of what changes in a room, over sockets.

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

} // namespace

BOOST_FIXTURE_TEST_SUITE(rooms_test, one_node)

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

BOOST_AUTO_TEST_SUITE_END()
