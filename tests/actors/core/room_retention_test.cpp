#define BOOST_TEST_MODULE room_retention

#include "tests/actors/core/room_on_disk.hpp"

#include "schema/limits.hpp"

using namespace parley;
using namespace parley::testing;
using namespace std::chrono_literals;

namespace {

const file_ref plan = *file_ref::of("a hash of thirty-two bytes .....", 77);

/// A room of ada and bob; the event that made it is #1.
struct fixture : room_on_disk {
  fixture() {
    rules.check_files = true;
    keep({});
    make("ada", {"bob"});
  }

  /// From now on, for the whole deployment.
  void keep(wire::retention x) {
    rules.keep = x;
    wake();
  }

  /// So many more messages, a second after the other; the last one's number.
  seq_t write_more(size_t count) {
    seq_t last = 0;
    for (size_t i = 0; i < count; ++i) {
      pass(1s);
      last = write("ada", "words");
    }
    return last;
  }

  void pass(std::chrono::microseconds time) {
    now.wall += time.count();
    now.steady += time;
  }

  /// Until the room looks, and is done with it.
  void look() {
    pass(limits::retention_every);
    step(room_event{tick{}});
  }

  wire::history_page page(seq_t from = 1) {
    auto number = say("bob", wire::read_history{id, from, 0, 0});
    return std::get<wire::history_page>(answer_to(number));
  }

  /// The numbers that bob is shown.
  std::vector<seq_t> shown() {
    std::vector<seq_t> result;
    for (auto& x : history("bob"))
      result.push_back(x.seq);
    return result;
  }

  size_t messages_on_disk() {
    std::vector<row> found;
    BOOST_REQUIRE(run_query(disk, {keys::messages(id, 0, UINT64_MAX)}, found).ok());
    return found.size();
  }

  ec set(const std::string& who, wire::retention x) {
    wire::change_room what{id, wire::room_change::keep};
    what.keep = x;
    return refusal(who, what);
  }
};

using seqs = std::vector<seq_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_retention_test, fixture)

BOOST_AUTO_TEST_CASE(without_a_limit_everything_stays) {
  write_more(20);
  pass(std::chrono::hours{24 * 365});
  look();
  BOOST_TEST(shown().size() == 21u);
  BOOST_TEST(page().first == 0u);
}

BOOST_AUTO_TEST_CASE(of_a_limited_number_the_last_ones_stay) {
  keep({0, 5});
  BOOST_TEST(write_more(20) == 21u);
  look();
  BOOST_TEST((shown() == seqs{17, 18, 19, 20, 21}));
  BOOST_TEST(page().first == 17u);
  BOOST_TEST(page().head == 21u);
}

BOOST_AUTO_TEST_CASE(what_is_too_old_goes_and_what_is_not_stays) {
  keep({60, 0});
  write_more(30);
  pass(45s);
  look();
  auto left = shown();
  BOOST_REQUIRE(!left.empty());
  BOOST_TEST(left.back() == 31u);
  BOOST_TEST(left.size() <= 15u); // 60 seconds before, but for the 45 and ten that passed.
  BOOST_TEST(left.size() >= 4u);
  look();
  BOOST_TEST(shown().size() < left.size());
}

BOOST_AUTO_TEST_CASE(a_room_that_slept_shows_nothing_that_became_too_old_meanwhile) {
  keep({60, 0});
  write_more(5);
  pass(1h);
  wake();
  BOOST_TEST(shown().empty());
  BOOST_TEST(page().head == 6u);
}

BOOST_AUTO_TEST_CASE(when_all_is_gone_from_disk_the_next_message_has_the_next_number) {
  keep({60, 0});
  write_more(5);
  pass(1h);
  wake();
  disk.compact();
  BOOST_TEST(messages_on_disk() == 1u); // By which the room knows how far it goes.
  wake();
  BOOST_TEST(write("ada", "again") == 7u);
  BOOST_TEST((shown() == seqs{7}));
}

BOOST_AUTO_TEST_CASE(what_is_let_go_is_gone_from_disk_with_what_belongs_to_it) {
  rules.search = true;
  keep({});
  auto seq = write("ada", "secret words");
  BOOST_TEST(refusal("bob", change("bob", {seq, wire::revision_kind::react, {}, "+1"}))
             == ec::none);
  BOOST_TEST(refusal("ada", change("ada", {seq, wire::revision_kind::edit, {{}, "edited"}}))
             == ec::none);
  BOOST_TEST(refusal("bob", wire::hide{id, {seq}}) == ec::none);
  wire::content_extra extra{.mentions = {"bob"}};
  auto mention = text("ada", "@bob");
  mention.content.extra = std::make_shared<const wire::content_extra>(extra);
  BOOST_TEST(refusal("ada", mention) == ec::none);
  keep({60, 0});
  pass(1h);
  wake();
  disk.compact();
  std::vector<row> left;
  BOOST_REQUIRE(run_query(disk, {keys::everything(shard_of(id))}, left).ok());
  for (auto& x : left)
    if (auto of = keys::place_of(x.key.bytes()))
      BOOST_TEST(of->seq + 1 >= page().first, "a row of kind " << x.key.bytes()[1] << " is left");
}

BOOST_AUTO_TEST_CASE(nothing_refers_to_what_was_let_go) {
  auto old = write("ada", "old");
  write_more(10);
  keep({0, 5});
  auto reply = text("bob", "why?");
  reply.content.extra =
    std::make_shared<const wire::content_extra>(wire::content_extra{.reply_to = old});
  BOOST_TEST(refusal("bob", reply) == ec::unknown_message);
  BOOST_TEST(refusal("ada", change("ada", {old, wire::revision_kind::edit, {{}, "new"}}))
             == ec::unknown_message);
  BOOST_TEST(refusal("ada", change("ada", {old, wire::revision_kind::recall}))
             == ec::unknown_message);
  BOOST_TEST(refusal("bob", wire::hide{id, {old}}) == ec::unknown_message);
  BOOST_TEST(refusal("bob", wire::get_file{id, old, 0}) == ec::unknown_file);
  BOOST_TEST(refusal("bob", wire::read_versions{id, old}) == ec::unknown_message);
}

BOOST_AUTO_TEST_CASE(files_of_old_messages_are_named_no_more) {
  kept.insert({user_of("ada"), plan});
  auto what = text("ada", "");
  what.content.extra = std::make_shared<const wire::content_extra>(
    wire::content_extra{wire::file{"plan.pdf", "", plan.size, plan.hash_bytes()}});
  auto seq = seq_of(ask("ada", what));
  auto named = outbox.back();
  write_more(3 * limits::page_rows);
  outbox.clear();
  keep({0, 5});
  std::erase_if(outbox, [](auto& x) { return x.namings.empty() || x.namings[0].named; });
  BOOST_REQUIRE(outbox.size() == 1u);
  BOOST_TEST((outbox[0].keeper == user_of("ada")));
  BOOST_REQUIRE(outbox[0].namings.size() == 1u);
  BOOST_TEST(outbox[0].namings[0].seq == seq);
  BOOST_TEST(outbox[0].version > named.version); // Or it would be ignored.
}

BOOST_AUTO_TEST_CASE(all_is_reclaimed_before_the_room_sleeps_however_slow_the_disk_is) {
  write_more(4000);
  holds_commits = true;
  keep({0, 5});
  pass(1h);
  BOOST_TEST(!room->idle(now));
  for (auto i = 0; i < 100 && !held.empty(); ++i)
    for (auto number : std::exchange(held, {}))
      step(committed{number, ec::none});
  BOOST_TEST(room->idle(now));
  disk.compact();
  BOOST_TEST(messages_on_disk() <= 6u);
}

BOOST_AUTO_TEST_CASE(a_disk_that_takes_nothing_may_drop_what_is_found_again) {
  write_more(20);
  droppable = 0;
  keep({0, 5});
  BOOST_TEST(droppable == 2u); // What is out of sight, and how much may go.
  write("ada", "words");
  BOOST_TEST(droppable == 2u);
}

BOOST_AUTO_TEST_CASE(an_empty_chat_is_not_written_again_and_again) {
  keep({60, 0});
  write_more(5);
  pass(1h);
  wake();
  auto writes = disk.writes();
  for (auto i = 0; i < 5; ++i) {
    pass(1h);
    step(room_event{tick{}});
    wake();
  }
  BOOST_TEST(disk.writes() == writes);
  BOOST_TEST(write("ada", "again") == 7u);
  pass(1h);
  step(room_event{tick{}});
  BOOST_TEST(shown().empty());
}

BOOST_AUTO_TEST_CASE(a_room_lets_go_sooner_than_the_deployment_but_not_later) {
  keep({0, 10});
  BOOST_TEST(set("ada", {0, 4}) == ec::none);
  write_more(20);
  look();
  BOOST_TEST(shown().size() == 4u);
  BOOST_TEST(set("ada", {0, 1000}) == ec::none);
  write_more(20);
  look();
  BOOST_TEST(shown().size() == 10u);
}

BOOST_AUTO_TEST_CASE(what_was_let_go_does_not_come_back) {
  keep({0, 5});
  write_more(20);
  look();
  keep({});
  BOOST_TEST(shown().size() == 5u);
}

BOOST_AUTO_TEST_CASE(only_the_owner_says_how_long_and_all_are_told) {
  BOOST_TEST(set("bob", {0, 4}) == ec::forbidden);
  BOOST_TEST(set("ada", {3600, 4}) == ec::none);
  auto event = std::get<wire::event>(history("bob").back().body);
  BOOST_TEST((event.kind == wire::event_kind::keep_changed));
  BOOST_TEST((event.keep == wire::retention{3600, 4}));
  auto page = ask("bob", wire::list_members{id, {}, 0});
  BOOST_TEST((std::get<wire::members_page>(page).keep == wire::retention{3600, 4}));
}

BOOST_AUTO_TEST_CASE(nothing_is_let_go_before_all_nodes_know_of_it) {
  rules.let_go = false;
  keep({0, 5});
  write_more(20);
  look();
  BOOST_TEST(shown().size() == 21u);
}

BOOST_AUTO_TEST_CASE(history_by_time_begins_with_what_is_left) {
  write_more(20);
  keep({0, 5});
  disk.compact();
  wire::read_history what{id, 1, 0, 0};
  what.since = now.wall - 3'000'000;
  auto number = say("bob", what);
  auto page = std::get<wire::history_page>(answer_to(number));
  BOOST_TEST(page.records.size() == 4u);
  what.since = 1;
  number = say("bob", what);
  page = std::get<wire::history_page>(answer_to(number));
  BOOST_TEST(page.records.size() == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
