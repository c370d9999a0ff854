#define BOOST_TEST_MODULE address
#include <boost/test/unit_test.hpp>

#include "tools/client/address.hpp"

using namespace parley::client;

BOOST_AUTO_TEST_CASE(reads_host_and_port) {
  auto x = parse_address("node-1.example:7720");
  BOOST_REQUIRE(x);
  BOOST_TEST(x->host == "node-1.example");
  BOOST_TEST(x->port == 7720);
}

BOOST_AUTO_TEST_CASE(takes_the_default_port_where_none_is_given) {
  BOOST_TEST(parse_address("localhost")->port == default_port);
  BOOST_TEST(parse_address("[::1]")->port == default_port);
}

BOOST_AUTO_TEST_CASE(reads_ipv6_in_brackets) {
  auto x = parse_address("[::1]:7720");
  BOOST_REQUIRE(x);
  BOOST_TEST(x->host == "::1");
  BOOST_TEST(x->port == 7720);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_address) {
  for (auto text : {"", ":7710", "host:", "host:0", "host:65536", "host:77x", "[::1", "[::1]x7710"})
    BOOST_TEST(!parse_address(text), text);
}

BOOST_AUTO_TEST_CASE(reads_a_list_or_nothing) {
  BOOST_TEST(parse_addresses("a:1,b:2,c").size() == 3u);
  BOOST_TEST(parse_addresses("a:1,,b").empty());
}
