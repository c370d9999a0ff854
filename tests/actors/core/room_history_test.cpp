#define BOOST_TEST_MODULE room_history

#include "schema/limits.hpp"
#include "tests/actors/core/room_on_disk.hpp"

using namespace parley;
using namespace parley::testing;

namespace {

using places = std::vector<seq_t>;

struct fixture : room_on_disk {
  fixture() {
    make("ada", {"bob"}); // #1
  }

  /// Valid until the next question.
  wire::history_page page(const std::string& who, wire::read_history what) {
    what.conversation = id;
    return std::get<wire::history_page>(ask(who, what));
  }

  static places places_of(const wire::history_page& x) {
    places result;
    for (auto bytes : x.records)
      result.push_back(std::get<wire::message>(wire::decode_server(bytes)->body).seq);
    return result;
  }

  /// All pages, from the last one back to the first one.
  places all_back(const std::string& who, uint32_t limit) {
    places result;
    wire::read_history next{{}, 0, 0, limit, true};
    for (auto more = true; more;) {
      auto found = page(who, next);
      auto some = places_of(found);
      BOOST_REQUIRE(!some.empty());
      BOOST_TEST(std::is_sorted(some.begin(), some.end()));
      result.insert(result.begin(), some.begin(), some.end());
      next.to = some.front() - 1;
      more = found.more;
    }
    return result;
  }

  places from_one_to(seq_t head) const {
    places result;
    for (seq_t seq = 1; seq <= head; ++seq)
      result.push_back(seq);
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_history_test, fixture)

BOOST_AUTO_TEST_CASE(the_last_ones_come_oldest_first_and_pages_meet_on_the_way_back) {
  for (int i = 0; i < 40; ++i)
    write("ada", "hello");
  BOOST_TEST((places_of(page("bob", {{}, 0, 0, 3, true})) == places{39, 40, 41}));
  BOOST_TEST((places_of(page("bob", {{}, 0, 7, 3, true})) == places{5, 6, 7}));
  BOOST_TEST((places_of(page("bob", {{}, 6, 7, 3, true})) == places{6, 7}));
  BOOST_TEST(!page("bob", {{}, 6, 7, 3, true}).more);
  for (auto limit : {1u, 7u, 20u, 41u, 0u})
    BOOST_TEST((all_back("bob", limit) == from_one_to(41)));
}

BOOST_AUTO_TEST_CASE(long_texts_make_short_pages_that_end_where_asked) {
  for (int i = 0; i < 40; ++i)
    write("ada", std::string(i % 3 == 0 ? limits::text_bytes : 1000, 'x'));
  auto last = page("bob", {{}, 0, 0, 0, true});
  BOOST_TEST(last.more);
  BOOST_TEST(places_of(last).back() == 41u);
  BOOST_TEST(places_of(last).size() > 3u);
  BOOST_TEST((all_back("bob", 0) == from_one_to(41)));
}

BOOST_AUTO_TEST_CASE(many_edits_make_short_pages_that_end_where_asked) {
  for (seq_t i = 0; i < 40; ++i)
    write("ada", "hello");
  for (seq_t seq = 2; seq <= 41; ++seq)
    ask("ada", change("ada", {seq, wire::revision_kind::edit, {{}, "hello!"}}));
  BOOST_TEST((all_back("bob", 0) == from_one_to(81)));
  auto found = page("bob", {{}, 0, 41, 0, true});
  BOOST_TEST(found.records.size() == limits::edited_per_page);
  auto last = wire::decode_server(found.records.back());
  BOOST_TEST(std::get<wire::revised>(std::get<wire::message>(last->body).body).edited == 81u);
}

BOOST_AUTO_TEST_CASE(times_bound_a_page_to_the_microsecond) {
  std::vector<time_us> times{now.wall};
  for (int i = 0; i < 12; ++i) {
    now.wall += i % 4 == 0 ? 0 : 10; // Some at the same time.
    write("ada", "hello");
    times.push_back(now.wall);
  }
  for (auto since = times.front() - 1; since <= times.back() + 1; ++since)
    for (auto until : {since - 1, since, since + 7, since + 10, since + 40, wire::for_ever})
      for (auto back : {false, true}) {
        places wanted;
        for (seq_t seq = 1; seq <= times.size(); ++seq)
          if (since <= times[seq - 1] && times[seq - 1] <= until)
            wanted.push_back(seq);
        wire::read_history what{{}, 0, 0, 0, back, since, until};
        BOOST_REQUIRE((places_of(page("bob", what)) == wanted));
      }
}

BOOST_AUTO_TEST_CASE(back_passes_over_what_was_said_without_the_user) {
  write("ada", "hello");               // #2
  say("ada", wire::kick{id, {"bob"}}); // #3
  write("ada", "he is gone");
  say("ada", wire::invite{id, {"bob"}}); // #5
  write("ada", "hello again");
  places seen{1, 2, 3, 5, 6};
  for (auto limit : {1u, 2u, 3u, 0u})
    BOOST_TEST((all_back("bob", limit) == seen));
}

BOOST_AUTO_TEST_CASE(a_store_that_is_read_anew_finds_the_same_times) {
  write("ada", "hello");
  now.wall -= 1'000'000; // A clock that was set back.
  auto seq = write("ada", "hello again");
  wake();
  now.wall -= 1'000'000;
  write("ada", "and again");
  BOOST_TEST((places_of(page("bob", {{}, 0, 0, 0, false, now.wall + 2'000'000}))
              == places{1, 2, seq, seq + 1}));
}

BOOST_AUTO_TEST_SUITE_END()
