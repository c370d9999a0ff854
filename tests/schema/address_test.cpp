#include "schema/address.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

BOOST_AUTO_TEST_SUITE(address_suite)

BOOST_AUTO_TEST_CASE(reads_host_and_port) {
  auto x = parse_address("node-1.example:7720");
  BOOST_REQUIRE(x);
  BOOST_TEST(x->host == "node-1.example");
  BOOST_TEST(x->port == 7720);
}

BOOST_AUTO_TEST_CASE(takes_the_default_port_where_none_is_given) {
  BOOST_TEST(parse_address("localhost", client_port)->port == client_port);
  BOOST_TEST(parse_address("[::1]", client_port)->port == client_port);
  BOOST_TEST(!parse_address("localhost"));
}

BOOST_AUTO_TEST_CASE(reads_ipv6_in_brackets) {
  auto x = parse_address("[::1]:7720");
  BOOST_REQUIRE(x);
  BOOST_TEST(x->host == "::1");
  BOOST_TEST(x->port == 7720);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_address) {
  for (auto text : {"", ":7710", "host:", "host:0", "host:65536", "host:77x", "[", "[]", "[::1",
                    "[::1]x7710", "[]:7710"})
    BOOST_TEST(!parse_address(text, client_port), text);
}

BOOST_AUTO_TEST_CASE(a_free_port_is_only_for_who_listens) {
  BOOST_TEST(parse_listen_address("127.0.0.1:0")->port == 0);
  BOOST_TEST(!parse_listen_address("127.0.0.1"));
}

BOOST_AUTO_TEST_CASE(reads_a_list_to_connect_to_or_nothing) {
  BOOST_TEST(parse_addresses("a:1,b:2,c", client_port).size() == 3u);
  BOOST_TEST(parse_addresses("a:1,,b", client_port).empty());
  BOOST_TEST(parse_addresses("a:0", client_port).empty());
}

BOOST_AUTO_TEST_SUITE_END()
