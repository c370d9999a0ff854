#define BOOST_TEST_MODULE command
#include <boost/test/unit_test.hpp>

#include "tools/parley/command.hpp"
#include "tools/parley/render.hpp"

using namespace parley;
using namespace parley::chat;

BOOST_AUTO_TEST_CASE(ignores_blank_lines) {
  BOOST_TEST(!parse_command("").has_value());
  BOOST_TEST(!parse_command("  \t ").has_value());
}

BOOST_AUTO_TEST_CASE(takes_a_plain_line_as_text) {
  auto x = parse_command("  good morning ");
  BOOST_REQUIRE(x);
  BOOST_TEST(x->verb == "");
  BOOST_TEST(x->line == "good morning");
}

BOOST_AUTO_TEST_CASE(splits_verb_words_and_text) {
  auto x = parse_command("/msg bob  how are  you");
  BOOST_REQUIRE(x);
  BOOST_TEST(x->verb == "msg");
  BOOST_TEST(x->words.size() == 4u);
  BOOST_TEST(x->words[0] == "bob");
  BOOST_TEST(x->text_after(1) == "how are  you");
  BOOST_TEST(x->text_after(9) == "");
}

BOOST_AUTO_TEST_CASE(lets_a_text_begin_with_a_slash) {
  auto x = parse_command("//usr/bin");
  BOOST_REQUIRE(x);
  BOOST_TEST(x->verb == "");
  BOOST_TEST(x->line == "/usr/bin");
}

BOOST_AUTO_TEST_CASE(writes_ids_that_it_can_read) {
  conversation_id id{0x0123456789abcdef, 0xfedcba9876543210};
  BOOST_TEST(to_text(id) == "0123456789abcdeffedcba9876543210");
  BOOST_TEST((parse_id(to_text(id)) == id));
  BOOST_TEST(!parse_id("0123").has_value());
  BOOST_TEST(!parse_id("zz23456789abcdeffedcba9876543210").has_value());
}

BOOST_AUTO_TEST_CASE(keeps_texts_from_steering_the_terminal) {
  BOOST_TEST(printable("a\x1b[2Jb\x7f") == "a?[2Jb?");
  BOOST_TEST(printable("tab\there\nand gr\xc3\xbc\xc3\x9f"
                       "e")
             == "tab\there\nand gr\xc3\xbc\xc3\x9f"
                "e");
}

BOOST_AUTO_TEST_CASE(says_who_came_and_went) {
  using enum wire::event_kind;
  auto line = [](wire::event_kind kind, std::vector<std::string_view> members) {
    wire::message x;
    x.sender_name = "ada";
    x.body = wire::event{kind, std::move(members)};
    return to_text(x);
  };
  BOOST_TEST(line(created, {"ada", "bob"}) == "* created: ada, bob");
  BOOST_TEST(line(added, {"eve", "kit"}) == "* added: eve, kit");
  BOOST_TEST(line(removed, {"bob"}) == "* removed: bob");
  BOOST_TEST(line(joined, {"ada"}) == "* joined");
  BOOST_TEST(line(left, {"ada"}) == "* left");
}

BOOST_AUTO_TEST_CASE(says_what_became_of_a_message) {
  auto line = [](decltype(wire::message::body) body) {
    wire::message x;
    x.body = std::move(body);
    return to_text(x);
  };
  using enum wire::revision_kind;
  wire::content answer{{}, "yes"};
  answer.extra = std::make_shared<const wire::content_extra>(
    wire::content_extra{.reply_to = 7, .forwarded = "eve"});
  BOOST_TEST(line(answer) == "(to #7) (from eve) yes");
  BOOST_TEST(line(wire::revision{7, edit, {{}, "no"}}) == "* #7 now says: no");
  BOOST_TEST(line(wire::revision{7, recall}) == "* recalled #7");
  BOOST_TEST(line(wire::revision{7, react, {}, "+1", 2}) == "* +1 to #7 (2)");
  wire::revised now{wire::content{{}, "no"}, 9};
  now.reactions.push_back({"+1", 2});
  BOOST_TEST(line(now) == "no (edited)  +1 2");
  BOOST_TEST(line(wire::tombstone{}) == "* recalled");
  BOOST_TEST(line(wire::unknown{99}) == "* something that this program does not know");
}
