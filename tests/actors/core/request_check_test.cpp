#define BOOST_TEST_MODULE request_check

#include "actors/core/request_check.hpp"
#include "schema/limits.hpp"
#include "schema/record.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

using namespace parley;

namespace {

ec checked(wire::client_body x) {
  return core::check_request(x);
}

wire::send text(std::string_view body) {
  return {{1, 1}, {}, 1, 0, {{}, body, {}}};
}

wire::send with(wire::content_extra x) {
  auto result = text("");
  result.content.extra = std::make_shared<const wire::content_extra>(std::move(x));
  return result;
}

bool from_the_first(const wire::client_body& x) {
  return core::needed_format(x) == record::format_without_bursts;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_text_is_utf8_and_not_empty_and_not_too_long) {
  std::string longest(limits::text_bytes, 'x');
  BOOST_TEST((checked(text(longest)) == ec::none));
  BOOST_TEST((checked(text(longest + "x")) == ec::too_large));
  BOOST_TEST((checked(text("")) == ec::bad_text));
  BOOST_TEST((checked(text("\xc3")) == ec::bad_text));
}

BOOST_AUTO_TEST_CASE(a_custom_body_may_be_anything) {
  auto x = text("\xc3");
  x.content.kind = "game/move";
  BOOST_TEST((checked(x) == ec::none));
  x.content.kind = "\xc3";
  BOOST_TEST((checked(x) == ec::bad_text));
}

BOOST_AUTO_TEST_CASE(a_send_counts_from_one) {
  auto x = text("hello");
  x.counter = 0;
  BOOST_TEST((checked(x) == ec::malformed));
}

BOOST_AUTO_TEST_CASE(names_are_names_and_not_too_many) {
  std::vector<std::string_view> many(limits::names_per_request, "bob");
  BOOST_TEST((checked(wire::invite{{1, 1}, many}) == ec::none));
  many.push_back("bob");
  BOOST_TEST((checked(wire::invite{{1, 1}, many}) == ec::too_large));
  BOOST_TEST((checked(wire::kick{{1, 1}, {"not a name"}}) == ec::bad_name));
}

BOOST_AUTO_TEST_CASE(a_location_is_on_earth) {
  BOOST_TEST((checked(with({.thing = wire::location{52.5, 13.4, "Berlin"}})) == ec::none));
  BOOST_TEST((checked(with({.thing = wire::location{91, 0, ""}})) == ec::malformed));
  auto nowhere = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST((checked(with({.thing = wire::location{0, nowhere, ""}})) == ec::malformed));
}

BOOST_AUTO_TEST_CASE(a_room_may_not_lose_its_title) {
  wire::change_room x;
  x.what = wire::room_change::title;
  BOOST_TEST((checked(x) == ec::bad_text));
  x.what = wire::room_change::announcement;
  BOOST_TEST((checked(x) == ec::none));
}

BOOST_AUTO_TEST_CASE(greetings_and_remarks_are_utf8_and_not_too_long) {
  using how = wire::contact_change;
  std::string greeting(limits::greeting_bytes, 'x');
  std::string remark(limits::remark_bytes, 'x');
  BOOST_TEST((checked(wire::change_contact{"bob", how::request, greeting}) == ec::none));
  BOOST_TEST((checked(wire::change_contact{"bob", how::request, ""}) == ec::none));
  BOOST_TEST((checked(wire::change_contact{"bob", how::remark, remark}) == ec::none));
  greeting += "x";
  remark += "x";
  BOOST_TEST((checked(wire::change_contact{"bob", how::request, greeting}) == ec::too_large));
  BOOST_TEST((checked(wire::change_contact{"bob", how::remark, remark}) == ec::too_large));
  BOOST_TEST((checked(wire::change_contact{"bob", how::request, "\xc3"}) == ec::bad_text));
  BOOST_TEST((checked(wire::change_contact{"no name", how::block}) == ec::bad_name));
}

BOOST_AUTO_TEST_CASE(a_list_is_of_a_known_kind_and_a_mute_ends_after_1970) {
  wire::list_conversations x;
  x.which = wire::conversation_list::hidden;
  BOOST_TEST((checked(x) == ec::none));
  x.which = static_cast<wire::conversation_list>(3);
  BOOST_TEST((checked(x) == ec::malformed));
  wire::change_conversation y{{}, wire::conversation_change::mute, false, wire::for_ever};
  BOOST_TEST((checked(y) == ec::none));
  y.until = -1;
  BOOST_TEST((checked(y) == ec::malformed));
}

BOOST_AUTO_TEST_CASE(what_earlier_nodes_do_not_keep_is_known) {
  BOOST_TEST(core::needed_format(wire::change_conversation{}) == record::format_with_list);
  BOOST_TEST(core::needed_format(wire::list_conversations{{}, 0, wire::conversation_list::shown})
             == record::format_with_list);
  BOOST_TEST(from_the_first(wire::list_conversations{}));
  BOOST_TEST(core::needed_format(wire::read_history{{}, 0, 0, 0, true})
             == record::format_with_list);
  BOOST_TEST(core::needed_format(wire::read_history{{}, 0, 0, 0, false, 1})
             == record::format_with_list);
  BOOST_TEST(core::needed_format(wire::read_history{{}, 0, 0, 0, false, 0, 1})
             == record::format_with_list);
  BOOST_TEST(from_the_first(wire::read_history{{}, 1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(what_earlier_nodes_cannot_read_is_known) {
  BOOST_TEST(from_the_first(text("hello")));
  BOOST_TEST(from_the_first(wire::create_room{1, "room", {}, true}));
  wire::create_room by_request{1, "room", {}, false, wire::room_access::by_request};
  for (auto& x : {wire::client_body{with({.thing = wire::location{}})},
                  {wire::revise{}},
                  {wire::change_room{}},
                  {wire::change_members{}},
                  {by_request}})
    BOOST_TEST(core::needed_format(x) == record::format_with_revisions);
  for (auto& x : {wire::client_body{wire::put_file{}}, {wire::get_file{}}, {wire::keep_file{}}})
    BOOST_TEST(core::needed_format(x) == record::format_with_files);
  BOOST_TEST(core::needed_format(wire::change_contact{}) == record::format_with_contacts);
  for (auto& x : {wire::client_body{wire::set_presence{}}, {wire::ask_presence{}}})
    BOOST_TEST(core::needed_format(x) == record::format_with_presence);
  for (auto& x : {wire::client_body{wire::list_devices{}},
                  {wire::revoke{}},
                  {wire::set_profile{}},
                  {wire::ask_profile{}},
                  {wire::read_online_times{}},
                  {wire::search{}}})
    BOOST_TEST(core::needed_format(x) == record::format_with_devices);
  BOOST_TEST(core::needed_format(wire::login{"ada", {}, {}, {}, {}, {}, "a.b.c"})
             == record::format_with_devices);
  BOOST_TEST(core::needed_format(wire::login{"ada", {}, "token"}) == record::format_without_bursts);
  wire::create_room live{1, "room", {}, true};
  live.live = true;
  BOOST_TEST(core::needed_format(live) == record::format_with_live_rooms);
}

BOOST_AUTO_TEST_CASE(what_a_device_says_of_itself_is_short_text_and_a_kind_that_there_is) {
  using kind = wire::device_kind;
  auto login = [](kind what, std::string_view label) {
    return checked(wire::login{"ada", {}, "token", {}, what, label});
  };
  std::string longest(limits::device_label_bytes, 'x');
  BOOST_TEST((login(kind::bot, longest) == ec::none));
  BOOST_TEST((login(kind::bot, longest + "x") == ec::too_large));
  BOOST_TEST((login(kind::bot, "\xff") == ec::bad_text));
  BOOST_TEST((login(kind{5}, {}) == ec::malformed));
  std::vector<uint64_t> all(limits::devices_per_user);
  BOOST_TEST((checked(wire::revoke{all}) == ec::none));
  all.push_back(1);
  BOOST_TEST((checked(wire::revoke{all}) == ec::too_large));
}

BOOST_AUTO_TEST_CASE(what_is_searched_for_is_short_text) {
  std::string text(limits::search_bytes, 'x');
  BOOST_TEST((checked(wire::search{{1, 2}, text}) == ec::none));
  BOOST_TEST((checked(wire::search{{1, 2}, text + "x"}) == ec::too_large));
  BOOST_TEST((checked(wire::search{{1, 2}, ""}) == ec::bad_text));
  BOOST_TEST((checked(wire::search{{1, 2}, "\xff"}) == ec::bad_text));
}

BOOST_AUTO_TEST_CASE(a_broadcast_is_plain) {
  auto with = [](wire::content_extra extra) {
    return wire::broadcast{
      1, 0, {{}, "to all", std::make_shared<const wire::content_extra>(std::move(extra))}};
  };
  BOOST_TEST((core::check_request(wire::broadcast{1, 0, {{}, "to all"}}) == ec::none));
  BOOST_TEST((core::check_request(wire::broadcast{0, 0, {{}, "to all"}}) == ec::malformed));
  BOOST_TEST((core::check_request(wire::broadcast{1, 0, {{}, ""}}) == ec::bad_text));
  BOOST_TEST((core::check_request(with({.reply_to = 1})) == ec::unsupported));
  BOOST_TEST((core::check_request(with({.mentions = {"bob"}})) == ec::unsupported));
  BOOST_TEST((core::check_request(with({wire::location{1, 2, "here"}})) == ec::none));
  BOOST_TEST(
    (core::check_request(with({wire::file{"a.png", "", 7, "a hash of thirty-two bytes ....."}}))
     == ec::unsupported));
}

BOOST_AUTO_TEST_CASE(notices_are_of_one_shard_that_there_is) {
  BOOST_TEST((core::check_request(wire::read_notices{63, 0}) == ec::none));
  BOOST_TEST((core::check_request(wire::read_notices{64, 0}) == ec::malformed));
  user_id one{1, 1};
  user_id far{uint64_t{9} << 58, 1};
  BOOST_TEST(
    (core::check_request(wire::confirm_notices{{{1, one, {}}, {2, one, {}}}}) == ec::none));
  BOOST_TEST(
    (core::check_request(wire::confirm_notices{{{1, one, {}}, {2, far, {}}}}) == ec::malformed));
  BOOST_TEST((core::check_request(wire::confirm_notices{}) == ec::none));
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_for_longer_than_a_century_but_for_ever) {
  wire::change_room what{{1, 1}, wire::room_change::keep};
  BOOST_TEST((core::check_request(what) == ec::none));
  what.keep = {limits::retention_seconds_max, UINT64_MAX};
  BOOST_TEST((core::check_request(what) == ec::none));
  ++what.keep.seconds;
  BOOST_TEST((core::check_request(what) == ec::malformed));
}

BOOST_AUTO_TEST_CASE(a_profile_is_short_text) {
  std::string name(limits::display_name_bytes, 'x');
  std::string avatar(limits::avatar_bytes, 'x');
  BOOST_TEST((checked(wire::set_profile{{name, avatar}}) == ec::none));
  BOOST_TEST((checked(wire::set_profile{}) == ec::none));
  BOOST_TEST((checked(wire::set_profile{{name + "x"}}) == ec::too_large));
  BOOST_TEST((checked(wire::set_profile{{name, avatar + "x"}}) == ec::too_large));
  BOOST_TEST((checked(wire::set_profile{{"\xff"}}) == ec::bad_text));
  BOOST_TEST((checked(wire::set_profile{{"x", "\xff"}}) == ec::bad_text));
  BOOST_TEST((checked(wire::ask_profile{"no name"}) == ec::bad_name));
}

BOOST_AUTO_TEST_CASE(online_times_are_of_somebody_and_from_earlier_to_later) {
  BOOST_TEST((checked(wire::read_online_times{{}, 5, 5}) == ec::none));
  BOOST_TEST((checked(wire::read_online_times{"bob", 5, 0}) == ec::none));
  BOOST_TEST((checked(wire::read_online_times{"no name"}) == ec::bad_name));
  BOOST_TEST((checked(wire::read_online_times{{}, 5, 4}) == ec::malformed));
  BOOST_TEST((checked(wire::read_online_times{{}, -1, 4}) == ec::malformed));
}

BOOST_AUTO_TEST_CASE(presence_is_asked_of_names_and_shown_to_some_that_there_are) {
  using wish = wire::presence_wish;
  BOOST_TEST((checked(wire::ask_presence{{}, wish::ask}) == ec::none));
  BOOST_TEST((checked(wire::ask_presence{{"bob"}, wish::unwatch}) == ec::none));
  BOOST_TEST((checked(wire::ask_presence{{"bob"}, wish{3}}) == ec::malformed));
  BOOST_TEST((checked(wire::ask_presence{{"no name"}, wish::ask}) == ec::bad_name));
  std::vector<std::string_view> names(limits::names_per_request + 1, "bob");
  BOOST_TEST((checked(wire::ask_presence{names, wish::ask}) == ec::too_large));
  wire::set_presence shown{wire::presence_change::visibility, wire::visibility::nobody};
  BOOST_TEST((checked(shown) == ec::none));
  shown.visibility = wire::visibility{3};
  BOOST_TEST((checked(shown) == ec::malformed));
}
