#define BOOST_TEST_MODULE peer_protocols
#include <boost/test/unit_test.hpp>

#include "tools/bench/peers/body.hpp"
#include "tools/bench/peers/flights.hpp"
#include "tools/bench/peers/resp.hpp"
#include "tools/bench/peers/xml_piece.hpp"

#include <memory>
#include <string>

using namespace parley::peers;

// -- bodies -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_body_says_who_sent_it_in_sixteen_letters) {
  for (auto size : {body_bytes_min, size_t{128}, body_bytes_max}) {
    body_writer uut{size};
    for (body x : {body{}, body{1, 2, 3}, body{UINT32_MAX, 0xfedcba98, 0x80000001}}) {
      auto text = uut.write(x);
      BOOST_TEST(text.size() == size);
      BOOST_TEST((read_body(text) == x));
      BOOST_TEST((text.find_first_of("<>&'\" \r\n") == std::string_view::npos));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_body_is_not_taken_for_one) {
  BOOST_TEST(!read_body("too short").has_value());
  BOOST_TEST(!read_body("<presence type='unavailable'/>").has_value());
}

BOOST_AUTO_TEST_CASE(two_messages_share_little) {
  body_writer uut{1024};
  std::string first{uut.write({1, 1, 1})};
  auto second = uut.write({1, 1, 2});
  BOOST_TEST((second.find(first.substr(512, 16)) == std::string_view::npos));
}

// -- flights ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(no_more_are_on_their_way_than_the_window_allows) {
  auto uut = std::make_unique<flights>();
  auto first = uut->begin(7, 2);
  BOOST_REQUIRE(first != nullptr);
  BOOST_REQUIRE(uut->begin(8, 2) != nullptr);
  BOOST_TEST(uut->begin(9, 2) == nullptr);
  uut->finish(*first);
  BOOST_TEST(uut->begin(10, 2) != nullptr);
}

BOOST_AUTO_TEST_CASE(what_is_finished_is_not_found_again) {
  auto uut = std::make_unique<flights>();
  auto x = uut->begin(7, 1);
  auto slot = flights::slot_of(*x);
  BOOST_TEST(uut->find(0) == x);
  BOOST_TEST(uut->at(slot) == x);
  uut->finish(*x);
  BOOST_TEST(uut->find(0) == nullptr);
  BOOST_TEST(uut->at(slot) == nullptr);
}

// -- redis --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_value_of_redis_ends_where_it_ends) {
  std::string whole =
    "*1\r\n*2\r\n$2\r\nu1\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\np\r\n$2\r\nhi\r\n";
  std::vector<std::string_view> texts;
  auto bytes = whole + "+OK\r\n";
  BOOST_TEST(resp::end_of_value(bytes, texts) == whole.size());
  std::vector<std::string_view> expected{"u1", "1-0", "p", "hi"};
  BOOST_TEST((texts == expected));
}

BOOST_AUTO_TEST_CASE(a_value_of_redis_that_is_cut_anywhere_is_not_whole) {
  std::string whole = "*2\r\n$4\r\na\r\nb\r\n:12\r\n";
  for (size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::string_view> texts;
    BOOST_TEST(resp::end_of_value(whole.substr(0, i), texts) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(nothing_in_redis_has_an_end_too) {
  std::vector<std::string_view> texts;
  BOOST_TEST(resp::end_of_value("$-1\r\n", texts) == 5u);
  BOOST_TEST(resp::end_of_value("*-1\r\n", texts) == 5u);
  BOOST_TEST(texts.empty());
}

// -- XMPP ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stanza_ends_with_its_own_end_tag) {
  std::string stanza = "<message to='a'><body>x</body><a><b/></a></message>";
  auto found = xml::first_piece(stanza + "<r/>");
  BOOST_TEST((found.what == xml::piece::stanza));
  BOOST_TEST(found.begin == 0u);
  BOOST_TEST(found.end == stanza.size());
}

BOOST_AUTO_TEST_CASE(a_stanza_that_is_cut_anywhere_is_not_whole) {
  std::string stanza = "<iq id='>' type=\"'\"><bind/></iq>";
  for (size_t i = 1; i < stanza.size(); ++i)
    BOOST_TEST((xml::first_piece(stanza.substr(0, i)).what == xml::piece::incomplete));
  BOOST_TEST((xml::first_piece(stanza).what == xml::piece::stanza));
}

BOOST_AUTO_TEST_CASE(the_start_of_the_stream_and_white_space_are_skipped) {
  for (std::string x : {"<?xml version='1.0'?>", "<stream:stream id='1' version='1.0'>", "\n"}) {
    auto found = xml::first_piece(x);
    BOOST_TEST((found.what == xml::piece::skipped));
    BOOST_TEST(found.end == x.size());
  }
}

BOOST_AUTO_TEST_CASE(the_end_of_the_stream_is_told) {
  BOOST_TEST((xml::first_piece("</stream:stream>").what == xml::piece::end_of_stream));
}

BOOST_AUTO_TEST_CASE(names_and_attributes_are_those_of_the_outermost_element) {
  std::string_view stanza = "<a xmlns='x' h=\"12\"><b type='error'/></a>";
  BOOST_TEST(xml::is(stanza, "a"));
  BOOST_TEST(!xml::is("<auth/>", "a"));
  BOOST_TEST(xml::attribute(stanza, "h") == "12");
  BOOST_TEST(xml::attribute(stanza, "type").empty());
}
