#define BOOST_TEST_MODULE search_terms

#include "actors/core/search_terms.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace parley::core;

namespace {

std::string terms(std::string_view text, size_t most = 256) {
  std::string result;
  for (auto& x : terms_of(text, most))
    result += "|" + x;
  return result.empty() ? result : result.substr(1);
}

bool finds(std::string_view what, std::string_view in) {
  return search_query{what}.matches(in);
}

} // namespace

BOOST_AUTO_TEST_CASE(words_are_letters_and_digits_whatever_their_case) {
  BOOST_TEST(terms("Hello, WORLD - it's 2026!") == "hello|world|it|s|2026");
  BOOST_TEST(terms("Stra\xc3\x9f"
                   "e \xc3\x84pfel")
             == "strasse|\xc3\xa4pfel");
  BOOST_TEST(terms("a\xcc\x88pfel") == "\xc3\xa4pfel");  // Two code points for one letter.
  BOOST_TEST(terms("\xef\xbc\xa1\xef\xbc\x91") == "a1"); // Of full width.
  BOOST_TEST(terms("") == "");
  BOOST_TEST(terms(" .,!\n") == "");
}

BOOST_AUTO_TEST_CASE(a_term_counts_once_and_there_are_only_so_many) {
  BOOST_TEST(terms("to be or not to be") == "to|be|or|not");
  BOOST_TEST(terms("a b c d", 2) == "a|b");
}

BOOST_AUTO_TEST_CASE(where_there_are_no_spaces_pairs_of_letters_are_terms) {
  BOOST_TEST(terms("東京都") == "東京|京都");
  BOOST_TEST(terms("猫") == "猫");
  BOOST_TEST(terms("ラーメンを食べた") == "ラー|ーメ|メン|ンを|を食|食べ|べた");
  BOOST_TEST(terms("한국어") == "한국|국어");
  BOOST_TEST(terms("iPhone15を買う") == "iphone15|を買|買う");
  BOOST_TEST(terms("สวัสดี").find('|') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_mark_at_the_beginning_is_of_what_follows) {
  BOOST_TEST(terms("ーメン") == "ーメ|メン");
  BOOST_TEST(finds("ーメン", "ラーメン"));
}

BOOST_AUTO_TEST_CASE(all_words_must_be_there) {
  BOOST_TEST(finds("hello world", "World, hello!"));
  BOOST_TEST(!finds("hello world", "hello"));
  BOOST_TEST(!finds("hell", "hello"));
  BOOST_TEST(finds("STRASSE", "Stra\xc3\x9f"
                              "e"));
}

BOOST_AUTO_TEST_CASE(what_has_no_spaces_must_stand_as_it_was_written) {
  BOOST_TEST(finds("東京都", "昨日東京都に行った"));
  BOOST_TEST(!finds("東京都", "京都と東京"));
  BOOST_TEST(finds("京都 東京", "京都と東京"));
}

BOOST_AUTO_TEST_CASE(there_is_nothing_to_look_for_in_marks) {
  BOOST_TEST(search_query{"?!"}.terms().empty());
  BOOST_TEST(search_query{"a ?"}.terms().size() == 1u);
}

// DO NOT CHANGE: disks hold these.
BOOST_AUTO_TEST_CASE(the_number_of_a_term_is_golden) {
  BOOST_TEST(number_of_term("hello") == 18154334548830330602u);
}
