#define BOOST_TEST_MODULE room_words

#include "tools/parley/room_words.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using chat::room_request;
using chat::room_words;

namespace {

const conversation_id room{1, 2};

template <class Body>
Body request(std::string_view word, const room_words& with) {
  auto made = room_request(word, with, room, 1000);
  BOOST_REQUIRE(made.has_value());
  return std::get<Body>(*made);
}

bool is_understood(std::string_view word, const room_words& with = {}) {
  return room_request(word, with, room, 0).has_value();
}

} // namespace

BOOST_AUTO_TEST_SUITE(room_words_test)

BOOST_AUTO_TEST_CASE(a_room_is_made_with_a_title_and_members) {
  room_words with{{"general", "bob", "eve"}};
  auto made = request<wire::create_room>("create", with);
  BOOST_TEST(made.title == "general");
  BOOST_TEST((made.members == std::vector<std::string_view>{"bob", "eve"}));
  BOOST_TEST(made.nonce != 0u);
  BOOST_TEST(!made.live);
  with.live = true;
  BOOST_TEST(request<wire::create_room>("create", with).live);
  BOOST_TEST(!is_understood("create"));
}

BOOST_AUTO_TEST_CASE(people_come_and_go) {
  room_words bob{{"bob"}};
  BOOST_TEST((request<wire::invite>("invite", bob).room == room));
  BOOST_TEST(request<wire::kick>("kick", bob).members.size() == 1u);
  BOOST_TEST((request<wire::join>("join", {}).room == room));
  BOOST_TEST((request<wire::leave>("leave", {}).room == room));
  for (auto word : {"invite", "kick", "ban", "mute", "promote"})
    BOOST_TEST(!is_understood(word));
  for (auto word : {"join", "leave", "dissolve"})
    BOOST_TEST(!is_understood(word, bob));
}

BOOST_AUTO_TEST_CASE(members_are_changed) {
  room_words bob{{"bob"}, 5};
  BOOST_TEST((request<wire::change_members>("ban", bob).what == wire::member_change::ban));
  BOOST_TEST((request<wire::change_members>("promote", bob).role == wire::room_role::admin));
  BOOST_TEST((request<wire::change_members>("demote", bob).role == wire::room_role::member));
  BOOST_TEST(request<wire::change_members>("mute", bob).until == 1000 + 5 * 60'000'000);
  BOOST_TEST(request<wire::change_members>("unmute", bob).until == 0);
  bob.minutes = 0;
  BOOST_TEST(!is_understood("mute", bob));
}

BOOST_AUTO_TEST_CASE(the_room_is_changed) {
  room_words one{{"news"}};
  BOOST_TEST(request<wire::change_room>("rename", one).text == "news");
  BOOST_TEST((request<wire::change_room>("announce", one).what == wire::room_change::announcement));
  BOOST_TEST((request<wire::change_room>("transfer", one).what == wire::room_change::transfer));
  BOOST_TEST(request<wire::change_room>("quiet", {{"on"}}).quiet);
  BOOST_TEST(!is_understood("quiet", one));
  BOOST_TEST((request<wire::change_room>("entrance", {{"request"}}).access
              == wire::room_access::by_request));
  BOOST_TEST(!is_understood("entrance", one));
  BOOST_TEST((request<wire::change_room>("dissolve", {}).what == wire::room_change::dissolve));
  room_words kept{{}, 0, {60, 7}};
  BOOST_TEST((request<wire::change_room>("keep", kept).keep == wire::retention{60, 7}));
  BOOST_TEST(!is_understood("paint", one));
}

BOOST_AUTO_TEST_SUITE_END()
