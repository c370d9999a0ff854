#include "schema/cluster_map.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

BOOST_AUTO_TEST_SUITE(cluster_map_suite)

namespace {

cluster_map sample() {
  cluster_map map;
  map.epoch = 7;
  map.replicas = 5;
  map.nodes = {{{1}, {"10.0.0.1", 7800}, "left", 11, false},
               {{4}, {"node-4.example", 7801}, "", 0, true}};
  map.removed = {{2}, {3}};
  for (auto& x : map.groups)
    x = {{4}, {1}};
  map.groups[map_group.value] = {{1}};
  return map;
}

} // namespace

BOOST_AUTO_TEST_CASE(is_the_same_after_encode_and_decode) {
  auto map = sample();
  auto copy = decode_cluster_map(encode(map).bytes());
  BOOST_REQUIRE(copy);
  BOOST_TEST((*copy == map));
}

BOOST_AUTO_TEST_CASE(refuses_what_is_cut_off_anywhere) {
  auto bytes = std::string{encode(sample()).bytes()};
  for (size_t size = 0; size < bytes.size(); size += frame::word)
    BOOST_TEST(!decode_cluster_map(std::string_view{bytes}.substr(0, size)));
}

BOOST_AUTO_TEST_CASE(knows_who_is_in_it_and_who_was) {
  auto map = sample();
  BOOST_TEST(map.find({4})->at.port == 7801);
  BOOST_TEST(!map.find({2}));
  BOOST_TEST(map.was_removed({2}));
  BOOST_TEST(!map.was_removed({1}));
  BOOST_TEST(map.wants({0}, {4}));
  BOOST_TEST(!map.wants(map_group, {4}));
}

BOOST_AUTO_TEST_CASE(reads_a_node_as_people_write_it) {
  auto x = parse_node("3=10.0.0.3:7730/left");
  BOOST_REQUIRE(x);
  BOOST_TEST(x->id.value == 3u);
  BOOST_TEST((x->at == address{"10.0.0.3", 7730}));
  BOOST_TEST(x->zone == "left");
  BOOST_TEST(parse_node("65535=[::1]:7730")->zone.empty());
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_node) {
  for (auto text :
       {"", "3", "3=", "=a:1", "0=a:1", "65536=a:1", "3x=a:1", "3=a", "3=a:0", "3/z=a:1"})
    BOOST_TEST(!parse_node(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
