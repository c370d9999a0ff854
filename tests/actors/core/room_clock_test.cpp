#define BOOST_TEST_MODULE room_clock

#include "tests/actors/core/room_on_disk.hpp"
#include "tests/actors/core/with_clocks.hpp"

#include "schema/limits.hpp"

#include <algorithm>

// What a room does while the wall clock is set forward and back, by hours or years.

using namespace parley;
using namespace parley::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::microseconds day = 24h;
constexpr auto year = 365 * day;

struct fixture : with_clocks<room_on_disk> {
  fixture() {
    make("ada", {"bob"});
  }

  void tick() {
    step(room_event{parley::tick{}});
  }

  ec edit(seq_t seq) {
    return refusal("ada", change("ada", {seq, wire::revision_kind::edit, {{}, "edited"}}));
  }

  ec recall(seq_t seq) {
    return refusal("ada", change("ada", {seq, wire::revision_kind::recall}));
  }

  void keep(wire::retention x) {
    rules.keep = x;
    wake();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_clock_test, fixture)

BOOST_AUTO_TEST_CASE(numbers_and_times_never_go_back_whatever_the_clock_does) {
  seq_t last = 1;
  for (auto by : {0us, day, -2 * day, 10 * year, -20 * year, std::chrono::microseconds{1h}}) {
    set(by);
    for (int i = 0; i < 3; ++i) {
      pass(1s);
      BOOST_TEST(write("ada", "words") == ++last);
    }
    wake(); // From what is on disk.
    BOOST_TEST(write("bob", "words") == ++last);
  }
  auto all = history("bob");
  BOOST_TEST(all.size() == last);
  BOOST_TEST(
    std::is_sorted(all.begin(), all.end(), [](auto& x, auto& y) { return x.time < y.time; }));
}

BOOST_AUTO_TEST_CASE(history_by_time_finds_all_that_was_written_while_the_clock_was_behind) {
  write("ada", "before");
  auto before = now.wall;
  set(-2 * day);
  for (int i = 0; i < 5; ++i)
    write("ada", "behind");
  wire::read_history what{id, 1, 0, 0};
  what.since = before;
  auto page = std::get<wire::history_page>(ask("bob", what));
  BOOST_TEST(page.records.size() == 6u + 1u); // The event that made the room is of that time.
}

BOOST_AUTO_TEST_CASE(a_send_that_is_repeated_is_the_same_whatever_the_clock_does) {
  auto what = text("ada", "words");
  auto first = seq_of(ask("ada", what));
  for (auto by : {day, -2 * day, 10 * year, -20 * year}) {
    set(by);
    BOOST_TEST(seq_of(ask("ada", what)) == first);
    wake();
    BOOST_TEST(seq_of(ask("ada", what)) == first);
  }
}

BOOST_AUTO_TEST_CASE(a_leap_ends_no_time_in_which_one_may_edit_and_recall) {
  auto one = write("ada", "words");
  auto other = write("ada", "words");
  leap(year);
  auto ahead = write("ada", "words");
  BOOST_TEST((edit(one) == ec::none));
  BOOST_TEST((edit(ahead) == ec::none));
  BOOST_TEST((recall(other) == ec::none));
  leap(-year);
  BOOST_TEST((edit(ahead) == ec::none));
  BOOST_TEST((recall(one) == ec::none));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_for_good_ends_them) {
  auto one = write("ada", "words");
  set(2 * day + 1s);
  BOOST_TEST((edit(one) == ec::too_late));
  BOOST_TEST((recall(one) == ec::too_late));
  set(-2 * day);
  BOOST_TEST((edit(one) == ec::none));
}

BOOST_AUTO_TEST_CASE(a_mute_lasts_through_a_leap_and_through_a_clock_that_goes_back) {
  wire::change_members mute{id, {"bob"}, wire::member_change::mute};
  mute.until = now.wall + std::chrono::microseconds{1h}.count();
  BOOST_TEST((refusal("ada", mute) == ec::none));
  leap(day);
  BOOST_TEST((refusal("bob", text("bob", "words")) == ec::muted));
  leap(-day);
  BOOST_TEST((refusal("bob", text("bob", "words")) == ec::muted));
  set(-day);
  BOOST_TEST((refusal("bob", text("bob", "words")) == ec::muted));
  set(day);
  pass(1h);
  BOOST_TEST((refusal("bob", text("bob", "words")) == ec::none));
}

// -- retention ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nothing_is_let_go_for_a_leap) {
  keep({static_cast<uint64_t>((30 * day).count() / 1'000'000), 0});
  for (int i = 0; i < 5; ++i)
    write("ada", "words");
  leap(10 * year);
  for (int i = 0; i < 10; ++i) {
    pass(limits::retention_every);
    tick();
    wake();
    write("ada", "words");
  }
  leap(-10 * year);
  tick();
  wake();
  BOOST_TEST(history("bob").size() == 16u);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_for_good_is_heeded_soon_in_a_room_that_is_awake) {
  keep({static_cast<uint64_t>((30 * day).count() / 1'000'000), 0});
  write("ada", "words");
  set(31 * day);
  write("ada", "words");
  pass(limits::wall_looked_at_every);
  tick();
  BOOST_TEST(history("bob").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_room_does_not_look_more_often_because_the_clock_was_set) {
  keep({60, 0});
  step(room_event{subscribe{user_of("ada"), 1, 1}}); // So it stays awake.
  write("ada", "words");
  for (auto by : {day, -2 * day, 10 * year, -20 * year}) {
    set(by);
    for (int i = 0; i < 100; ++i) {
      tick();
      BOOST_TEST(room->next_deadline() > now.steady);
      pass(limits::retention_every / 10);
    }
    write("ada", "words");
  }
  BOOST_TEST(droppable <= 10u);
}

BOOST_AUTO_TEST_SUITE_END()
