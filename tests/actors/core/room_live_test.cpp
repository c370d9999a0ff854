#define BOOST_TEST_MODULE room_live

#include "tests/actors/core/room_on_disk.hpp"

#include "schema/limits.hpp"

#include <algorithm>

using namespace parley;
using namespace parley::testing;
using namespace std::chrono_literals;

namespace {

/// A live room of olga with mia and max, all of them online.
struct fixture : room_on_disk {
  fixture() {
    wire::create_room what{1, "room", {"mia", "max"}, true};
    what.live = true;
    say("olga", what);
    enter({"olga", "mia", "max"});
  }

  void enter(const std::vector<std::string>& names) {
    for (auto& x : names)
      step(room_event{subscribe{user_of(x), 1, 1}});
    tells.clear();
  }

  /// What `who` was told since the last call, in words: a text, or "-N" for N that
  /// were dropped.
  std::vector<std::string> told(const std::string& who) {
    std::vector<std::string> result;
    for (auto& x : std::exchange(tells, {})) {
      auto shown = std::get_if<show>(&x.what);
      if (shown == nullptr || std::find(x.to.begin(), x.to.end(), user_of(who)) == x.to.end())
        continue;
      BOOST_TEST(shown->live);
      auto decoded = wire::decode_server(shown->bytes);
      if (auto message = std::get_if<wire::live_message>(&decoded->body))
        result.emplace_back(std::get<wire::content>(message->what.body).body);
      else
        result.push_back("-" + std::to_string(std::get<wire::dropped>(decoded->body).count));
    }
    return result;
  }

  /// As many as one request invites.
  void bring_crowd() {
    std::vector<std::string> names;
    for (size_t i = 0; i < limits::names_per_request; ++i)
      names.push_back("guest" + std::to_string(i));
    say("olga", wire::invite{id, {names.begin(), names.end()}});
    for (auto& x : names)
      step(room_event{subscribe{user_of(x), 1, 2}});
    tells.clear();
  }

  /// Until something is dropped; how many were told.
  uint64_t write_until_dropped() {
    uint64_t result = 0;
    while (result < limits::live_deliveries) {
      write("mia", "x");
      if (told("max").empty())
        break;
      ++result;
    }
    return result;
  }
};

using words = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_live_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_written_is_told_to_all_who_are_online_in_one_order) {
  BOOST_TEST(write("mia", "one") == 0u);
  BOOST_TEST(write("max", "two") == 0u);
  auto before = tells;
  BOOST_TEST(told("olga") == (words{"one", "two"}));
  tells = before;
  BOOST_TEST(told("mia") == (words{"one", "two"}));
}

BOOST_AUTO_TEST_CASE(nothing_of_it_is_stored_and_the_answer_waits_for_no_disk) {
  auto head = history("olga").size();
  holds_commits = true;
  BOOST_TEST(write("mia", "gone") == 0u);
  BOOST_TEST(held.empty());
  release_commits();
  BOOST_TEST(history("olga").size() == head);
  wake();
  BOOST_TEST(history("olga").size() == head);
}

BOOST_AUTO_TEST_CASE(members_and_roles_outlive_the_room) {
  wake();
  enter({"olga", "mia", "max"});
  BOOST_TEST(write("mia", "still in") == 0u);
  BOOST_TEST(told("max") == (words{"still in"}));
  BOOST_TEST(refusal("eve", text("eve", "a stranger")) == ec::not_member);
}

BOOST_AUTO_TEST_CASE(who_may_not_write_is_refused_as_in_any_room) {
  wire::change_room quiet{id, wire::room_change::quiet};
  quiet.quiet = true;
  say("olga", quiet);
  tells.clear();
  BOOST_TEST(refusal("mia", text("mia", "hush")) == ec::muted);
  BOOST_TEST(write("olga", "I may") == 0u);
  BOOST_TEST(told("mia") == (words{"I may"}));
}

BOOST_AUTO_TEST_CASE(a_repeat_is_answered_and_told_once) {
  auto what = text("mia", "once");
  auto again = what;
  ask("mia", what);
  BOOST_TEST(seq_of(ask("mia", again)) == 0u);
  BOOST_TEST(told("max") == (words{"once"}));
  again.content.body = "other words";
  BOOST_TEST(refusal("mia", again) == ec::conflict);
}

BOOST_AUTO_TEST_CASE(a_file_is_refused_for_nothing_would_name_it) {
  auto what = text("mia", "");
  auto extra = std::make_shared<wire::content_extra>();
  extra->thing = wire::file{"a.png", "image/png", 77, "a hash of thirty-two bytes ....."};
  what.content.extra = extra;
  BOOST_TEST(refusal("mia", what) == ec::forbidden);
  BOOST_TEST(told("max").empty());
}

BOOST_AUTO_TEST_CASE(what_is_more_than_a_node_tells_is_dropped_and_counted) {
  bring_crowd();
  auto online = limits::names_per_request + 3;
  auto fit = limits::live_deliveries / online;
  auto written = write_until_dropped();
  BOOST_TEST(written >= fit);
  BOOST_TEST(written <= fit + 2);
  write("max", "y");
  BOOST_TEST(told("mia").empty());
  now.steady += 10ms;
  write("mia", "z");
  BOOST_TEST(told("max") == (words{"-2", "z"}));
}

BOOST_AUTO_TEST_CASE(who_was_shown_less_is_told_so_though_nothing_more_comes) {
  bring_crowd();
  write_until_dropped();
  BOOST_TEST((room->next_deadline() <= now.steady + limits::live_dropped_after));
  now.steady += limits::live_dropped_after;
  step(room_event{tick{}});
  BOOST_TEST(told("max") == (words{"-1"}));
  step(room_event{tick{}});
  BOOST_TEST(told("max").empty());
}

BOOST_AUTO_TEST_CASE(many_who_write_are_not_all_remembered) {
  for (size_t i = 0; i < limits::client_id_devices + 10; ++i) {
    auto name = "w" + std::to_string(i);
    say(name, wire::join{id});
    now.steady += 1ms;
    BOOST_TEST(write(name, "x") == 0u);
  }
  BOOST_TEST(write("mia", "still") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
