#define BOOST_TEST_MODULE room_notices

#include "tests/actors/core/room_on_disk.hpp"

#include "schema/limits.hpp"

#include <algorithm>

using namespace parley;
using namespace parley::testing;

namespace {

/// A room of ada, bob and eve; ada is there.
struct fixture : room_on_disk {
  fixture() {
    rules.notices = true;
    wake();
    say("ada", wire::create_room{1, "room", {"bob", "eve"}});
    comes("ada");
    outbox.clear();
  }

  void comes(const std::string& who) {
    step(room_event{subscribe{user_of(who), 1, 1}});
  }

  void goes(const std::string& who) {
    step(room_event{unsubscribe{user_of(who), 1}});
  }

  /// Who was noted to be away, since it was asked last.
  std::vector<user_id> noted() {
    std::vector<user_id> result;
    for (auto& row : outbox)
      for (auto& user : row.absence.users)
        result.push_back(user.id);
    outbox.clear();
    std::sort(result.begin(), result.end());
    return result;
  }

  static std::vector<user_id> users(std::vector<std::string> names) {
    std::vector<user_id> result;
    for (auto& x : names)
      result.push_back(user_of(x));
    std::sort(result.begin(), result.end());
    return result;
  }

  seq_t mention(const std::string& who, std::string_view whom) {
    auto what = text(who, "you");
    what.content.extra =
      std::make_shared<const wire::content_extra>(wire::content_extra{.mentions = {whom}});
    return seq_of(ask(who, what));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_notices_test, fixture)

BOOST_AUTO_TEST_CASE(who_is_away_is_noted_once_until_they_come) {
  write("ada", "one");
  BOOST_TEST((noted() == users({"bob", "eve"})));
  write("ada", "two");
  BOOST_TEST(noted().empty());
  comes("bob");
  write("ada", "three");
  BOOST_TEST(noted().empty());
  goes("bob");
  write("ada", "four");
  BOOST_TEST((noted() == users({"bob"})));
}

BOOST_AUTO_TEST_CASE(the_row_says_what_was_written_and_by_whom) {
  auto seq = write("ada", "one");
  BOOST_REQUIRE(outbox.size() == 1u);
  auto& x = outbox[0].absence;
  BOOST_TEST(x.seq == seq);
  BOOST_TEST(x.sender == "ada");
  BOOST_TEST(x.ordinal == 1u);
  BOOST_TEST(x.time == now.wall);
}

BOOST_AUTO_TEST_CASE(a_clock_that_went_back_hides_no_row_behind_another) {
  write("ada", "hello");
  for (int i = 0; i < 3; ++i) {
    wake(); // As a room that knows nothing, at the same time.
    mention("ada", "bob");
  }
  std::vector<row> found;
  BOOST_REQUIRE(run_query(disk, {keys::outbox(id)}, found).ok());
  BOOST_TEST(
    std::count_if(found.begin(), found.end(),
                  [](auto& x) {
                    return !record::decode<record::outbox>(x.value.bytes())->absence.users.empty();
                  })
    == 4);
}

BOOST_AUTO_TEST_CASE(a_mention_is_noted_again) {
  write("ada", "one");
  noted();
  mention("ada", "bob");
  BOOST_REQUIRE(outbox.size() == 1u);
  BOOST_REQUIRE(outbox[0].absence.users.size() == 1u);
  BOOST_TEST(outbox[0].absence.users[0].mentioned);
  BOOST_TEST((noted() == users({"bob"})));
}

BOOST_AUTO_TEST_CASE(in_a_while_the_same_is_noted_again) {
  write("ada", "one");
  noted();
  now.steady += limits::note_again_after;
  write("ada", "two");
  BOOST_TEST((noted() == users({"bob", "eve"})));
}

BOOST_AUTO_TEST_CASE(who_was_thought_to_be_there_and_has_not_got_the_message_is_noted_on_going) {
  comes("bob");
  comes("eve");
  auto seq = write("ada", "one");
  BOOST_TEST(noted().empty());
  step(room_event{receipt{user_of("eve"), seq, 0}});
  goes("eve");
  BOOST_TEST(noted().empty()); // Has it.
  goes("bob");
  BOOST_REQUIRE(outbox.size() == 1u);
  BOOST_TEST(outbox[0].absence.seq == seq);
  BOOST_TEST(outbox[0].absence.sender == "ada");
  BOOST_TEST((noted() == users({"bob"})));
  goes("bob");
  BOOST_TEST(noted().empty());
}

BOOST_AUTO_TEST_CASE(who_writes_is_not_told_so) {
  goes("ada");
  write("bob", "from afar"); // As over a link that broke.
  BOOST_TEST((noted() == users({"ada", "eve"})));
}

BOOST_AUTO_TEST_CASE(in_large_rooms_those_are_noted_who_are_mentioned) {
  std::vector<std::string> names;
  for (size_t i = 0; i < limits::noticed_members; ++i)
    names.push_back("member" + std::to_string(i));
  for (auto at = names.begin(); at != names.end(); at += 64)
    say("ada", wire::invite{id, {at, at + 64}});
  outbox.clear();
  write("ada", "to many");
  BOOST_TEST(noted().empty());
  mention("ada", "member7");
  BOOST_TEST((noted() == users({"member7"})));
}

BOOST_AUTO_TEST_CASE(nobody_is_noted_where_nobody_asks_for_it) {
  rules.notices = false;
  wake();
  write("ada", "one");
  BOOST_TEST(noted().empty());
}

BOOST_AUTO_TEST_SUITE_END()
