#define BOOST_TEST_MODULE list

#include "schema/codec.hpp"
#include "tests/support/cluster_process.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

// The list of conversations, and what the user made of each, over sockets.

using namespace parley;
using namespace parley::testing;

namespace {

using list = wire::conversation_list;
using how = wire::conversation_change;
using names = std::vector<std::string>;

held<wire::conversations_page> page(device& whose, list which = list::shown) {
  return whose.ask<wire::conversations_page>(wire::list_conversations{{}, 0, which});
}

names titles(device& whose, list which = list::shown) {
  names result;
  auto found = page(whose, which);
  for (auto& x : found->conversations)
    result.emplace_back(x.title);
  return result;
}

held<wire::conversation> change(device& who, const std::string& with, how what, bool yes,
                                time_us until = 0) {
  return who.ask<wire::conversation>(wire::change_conversation{who.with(with), what, yes, until});
}

/// What a device is pushed of a conversation, once it is so.
template <class Fits>
void learns(device& who, conversation_id id, Fits fits) {
  who.take("the change", [&](const received& x) {
    auto state = x.as<wire::conversation>();
    return x.what.request == 0 && state != nullptr && state->id == id && fits(*state);
  });
}

struct one_node {
  node_process node;
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");
  device cyd = import_person(node, "cyd");
  device dot = import_person(node, "dot");

  one_node() {
    for (auto who : {&bob, &cyd, &dot})
      who->text_stored("ada", "hello");
  }
};

struct three_nodes {
  cluster_process nodes;
  device ada = import_person(nodes[1], "ada");
  device bob = import_person(nodes[2], "bob");
  device cyd = import_person(nodes[2], "cyd");

  three_nodes() {
    nodes.wait_until_all_take(wire::feature_list);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(list_test, one_node)

BOOST_AUTO_TEST_CASE(where_something_happened_last_comes_first_behind_what_is_pinned) {
  BOOST_TEST((titles(ada) == names{"dot", "cyd", "bob"}));
  bob.text_stored("ada", "hello?");
  BOOST_TEST((titles(ada) == names{"bob", "dot", "cyd"}));
  change(ada, "cyd", how::pin, true);
  BOOST_TEST((titles(ada) == names{"cyd", "bob", "dot"}));
  ada.text_stored("dot", "hi");
  BOOST_TEST((titles(ada) == names{"cyd", "dot", "bob"}));
  auto found = page(ada);
  BOOST_TEST(found->total == 3u);
  auto last = wire::decode_server(found->conversations.at(1).last);
  BOOST_TEST(text_of(std::get<wire::message>(last->body)) == "hi");
}

BOOST_AUTO_TEST_CASE(every_device_learns_what_another_one_changed) {
  auto ada2 = import_person(node, "ada");
  auto chat = ada.with("bob");
  change(ada, "bob", how::pin, true);
  learns(ada2, chat, [](auto& x) { return x.pinned && x.unread == 1; });
  change(ada2, "bob", how::mute, false, wire::for_ever);
  learns(ada, chat, [](auto& x) { return x.muted_until == wire::for_ever; });
  change(ada2, "bob", how::hide, true);
  learns(ada, chat, [](auto& x) { return x.hidden && x.pinned; });
  ada.ask<wire::conversation>(wire::read{{chat, 1}});
  learns(ada2, chat, [](auto& x) { return x.read == 1 && x.unread == 0; });
  for (auto who : {&ada, &ada2})
    BOOST_TEST((titles(*who, list::hidden) == names{"bob"}));
}

BOOST_AUTO_TEST_CASE(what_the_user_made_of_it_survives_a_crash) {
  change(ada, "bob", how::pin, true);
  change(ada, "cyd", how::hide, true);
  change(ada, "dot", how::mute, false, wire::for_ever);
  node.kill();
  node.start();
  ada.reconnect(node);
  BOOST_TEST((titles(ada) == names{"bob", "dot"}));
  BOOST_TEST((titles(ada, list::hidden) == names{"cyd"}));
  auto found = page(ada);
  BOOST_TEST(found->unread == 1u);
  BOOST_TEST(found->muted_unread == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_shows_again_what_was_hidden_also_to_who_was_away) {
  change(ada, "cyd", how::hide, true);
  ada.close();
  cyd.text_stored("ada", "are you there?");
  ada.reconnect(node);
  BOOST_TEST((titles(ada) == names{"cyd", "dot", "bob"}));
  BOOST_TEST(page(ada)->unread == 4u);
}

BOOST_AUTO_TEST_CASE(what_mentions_the_user_counts_also_where_they_are_muted) {
  auto room = bob.ask<wire::change>(wire::create_room{1, "room", {"ada"}})->room;
  wire::send what{room, {}, 1, 0, {{}, "@ada"}};
  what.content.extra =
    std::make_shared<const wire::content_extra>(wire::content_extra{.mentions = {"ada"}});
  bob.ask<wire::sent>(what);
  ada.ask<wire::conversation>(wire::change_conversation{room, how::mute, false, wire::for_ever});
  auto found = page(ada);
  BOOST_TEST(found->conversations.at(0).mentions == 1u);
  BOOST_TEST(found->unread == 3u);
  BOOST_TEST(found->muted_unread == 1u);
  BOOST_TEST(found->mentions == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_out_of_bounds_is_refused) {
  wire::change_conversation what{ada.with("bob"), how::mute, false, -1};
  BOOST_TEST(ada.refusal(what) == ec::malformed);
  what = {ada.with("nobody"), how::pin, true};
  BOOST_TEST(ada.refusal(what) == ec::unknown_conversation);
  auto which = static_cast<list>(77);
  BOOST_TEST(ada.refusal(wire::list_conversations{{}, 0, which}) == ec::malformed);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(list_cluster_test, three_nodes)

BOOST_AUTO_TEST_CASE(the_list_outlives_the_nodes_that_kept_it) {
  bob.text_stored("ada", "hello");
  cyd.text_stored("ada", "hello");
  change(ada, "bob", how::pin, true);
  change(ada, "cyd", how::mute, false, wire::for_ever);
  nodes[1].kill();
  wait_until_served(nodes[2]);
  ada.reconnect(nodes[2]);
  bob.reconnect(nodes[2]);
  cyd.reconnect(nodes[2]);
  auto ada2 = import_person(nodes[3], "ada");
  BOOST_TEST((titles(ada) == names{"bob", "cyd"}));
  change(ada, "cyd", how::hide, true);
  learns(ada2, ada.with("cyd"), [](auto& x) { return x.hidden && x.muted_until != 0; });
  nodes[1].start();
  nodes.wait_until_all_take(wire::feature_list);
  nodes[3].kill();
  wait_until_served(nodes[1]);
  ada.reconnect(nodes[1]);
  cyd.reconnect(nodes[2]);
  BOOST_TEST((titles(ada) == names{"bob"}));
  cyd.text_stored("ada", "are you there?");
  ada.ask<wire::conversation>(wire::read{{ada.with("bob"), 1}});
  auto found = page(ada);
  BOOST_TEST(found->total == 2u);
  BOOST_TEST(found->unread == 0u);
  BOOST_TEST(found->muted_unread == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
