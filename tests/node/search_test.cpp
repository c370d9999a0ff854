#define BOOST_TEST_MODULE search

#include "schema/codec.hpp"
#include "tests/support/cluster_process.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

// Full-text search, over sockets.

using namespace parley;
using namespace parley::testing;

namespace {

const std::vector<std::string> on{"--search"};

/// What was found, newest first.
std::vector<std::string> found(device& who, const std::string& with, std::string_view text) {
  std::vector<std::string> result;
  auto page = who.ask<wire::found>(wire::search{who.with(with), text});
  for (auto bytes : page->records)
    result.push_back(text_of(std::get<wire::message>(wire::decode_server(bytes)->body)));
  return result;
}

using words = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(search_test)

BOOST_AUTO_TEST_CASE(what_was_written_is_found_after_a_kill) {
  node_process node{on};
  auto ada = import_person(node, "ada");
  auto bob = import_person(node, "bob");
  ada.text_stored("bob", "the red house");
  bob.text_stored("ada", "a red car");
  bob.text_stored("ada", "昨日東京都に行った");
  node.kill();
  node.start();
  ada.reconnect(node);
  bob.reconnect(node);
  BOOST_TEST((found(bob, "ada", "RED house") == words{"the red house"}));
  BOOST_TEST((found(ada, "bob", "red") == words{"a red car", "the red house"}));
  BOOST_TEST((found(ada, "bob", "東京") == words{"昨日東京都に行った"}));
}

BOOST_AUTO_TEST_CASE(who_does_not_search_says_so) {
  node_process node;
  auto ada = import_person(node, "ada");
  ada.text_stored("ada", "a word");
  auto who = wire::search{ada.with("ada"), "word"};
  BOOST_TEST(ada.refusal(who) == ec::unsupported);
  BOOST_TEST(ada.refusal(wire::search{ada.with("ada"), ""}) == ec::bad_text);
  BOOST_TEST(ada.refusal(wire::search{{7, 7}, "word"}) == ec::unsupported);
}

BOOST_AUTO_TEST_CASE(another_node_finds_what_was_indexed_before_it_led) {
  cluster_process nodes{3, on};
  nodes.wait_until_all_take(wire::feature_search);
  auto ada = import_person(nodes[1], "ada");
  auto bob = import_person(nodes[2], "bob");
  auto cyd = import_person(nodes[3], "cyd");
  for (auto name : {"bob", "cyd"})
    ada.text_stored(name, "before it fell");
  nodes[3].kill();
  wait_until_served(nodes[1]);
  wait_until_served(nodes[2]);
  cyd.reconnect(nodes[1]);
  for (auto name : {"bob", "cyd"})
    ada.text_stored(name, "after it fell");
  BOOST_TEST((found(bob, "ada", "it fell") == words{"after it fell", "before it fell"}));
  BOOST_TEST((found(cyd, "ada", "it fell") == words{"after it fell", "before it fell"}));
}

BOOST_AUTO_TEST_SUITE_END()
