#define BOOST_TEST_MODULE room_revisions

#include "tests/actors/core/room_on_disk.hpp"

#include "schema/limits.hpp"
#include "tests/support/read_row.hpp"

#include <algorithm>

using namespace parley;
using namespace parley::testing;
using namespace std::chrono_literals;

namespace {

using kind = wire::revision_kind;

/// A room of ada, who owns it, and bob; the first message is #2.
struct fixture : room_on_disk {
  fixture() {
    make("ada", {"bob"});
  }

  ec edit(const std::string& who, seq_t seq, std::string_view words) {
    return refusal(who, change(who, {seq, kind::edit, {{}, words}}));
  }

  ec recall(const std::string& who, seq_t seq) {
    return refusal(who, change(who, {seq, kind::recall}));
  }

  ec react(const std::string& who, seq_t seq, std::string_view with, kind how = kind::react) {
    return refusal(who, change(who, {seq, how, {}, with}));
  }

  /// What is shown in the place of a message.
  template <class T>
  T shown_as(const std::string& who, seq_t seq) {
    auto x = shown(who, seq);
    BOOST_REQUIRE(std::holds_alternative<T>(x.body));
    return std::get<T>(x.body);
  }

  std::string text_shown(seq_t seq) {
    return std::string{shown_as<wire::revised>("bob", seq).content.body};
  }

  std::string reactions_of(seq_t seq) {
    std::string words;
    for (auto& x : shown_as<wire::revised>("bob", seq).reactions)
      words += std::string{x.what} + std::to_string(x.count) + " ";
    return words;
  }

  /// Whether these words are anywhere on disk.
  bool on_disk(std::string_view words) {
    auto found = false;
    key_range all{key{}.byte(0), key{}.byte(keys::node_range)};
    (void)disk.scan(all, [&](auto, std::string_view value) {
      found = found || value.find(words) != std::string_view::npos;
      return true;
    });
    return found;
  }

  void pass(std::chrono::microseconds x) {
    now.wall += x.count();
    now.steady += x;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_revisions_test, fixture)

// -- edits --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_edit_has_a_place_of_its_own_and_history_shows_the_newest_words) {
  auto seq = write("ada", "helo");
  write("bob", "what?");
  BOOST_TEST(edit("ada", seq, "hallo") == ec::none);
  BOOST_TEST(edit("ada", seq, "hello") == ec::none);
  auto all = history("bob");
  BOOST_REQUIRE(all.size() == 5u);
  BOOST_TEST(text_shown(seq) == "hello");
  BOOST_TEST(shown_as<wire::revised>("bob", seq).edited == seq + 3);
  auto record = shown_as<wire::revision>("bob", seq + 2);
  BOOST_TEST(record.target == seq);
  BOOST_TEST(record.content.body == "hallo");
}

BOOST_AUTO_TEST_CASE(members_can_ask_what_it_said_before) {
  auto seq = write("ada", "helo");
  edit("ada", seq, "hallo");
  edit("ada", seq, "hello");
  auto number = say("bob", wire::read_versions{id, seq});
  auto page = std::get<wire::versions_page>(answer_to(number));
  BOOST_REQUIRE(page.records.size() == 3u);
  auto first = wire::decode_server(page.records[0]);
  BOOST_TEST(std::get<wire::content>(std::get<wire::message>(first->body).body).body == "helo");
  auto second = wire::decode_server(page.records[1]);
  BOOST_TEST(std::get<wire::revision>(std::get<wire::message>(second->body).body).content.body
             == "hallo");
  BOOST_TEST(refusal("eve", wire::read_versions{id, seq}) == ec::not_member);
  BOOST_TEST(refusal("bob", wire::read_versions{id, seq + 9}) == ec::unknown_message);
}

BOOST_AUTO_TEST_CASE(changes_are_not_counted_as_messages) {
  auto seq = write("ada", "one");
  edit("ada", seq, "two");
  react("bob", seq, "+1");
  recall("ada", seq);
  write("ada", "three");
  BOOST_TEST(history("bob").back().ordinal == 2u);
}

BOOST_AUTO_TEST_CASE(who_did_not_write_it_neither_edits_nor_recalls_it) {
  auto seq = write("ada", "mine");
  BOOST_TEST(edit("bob", seq, "yours") == ec::forbidden);
  BOOST_TEST(recall("bob", seq) == ec::forbidden);
  BOOST_TEST(edit("eve", seq, "ours") == ec::not_member);
}

BOOST_AUTO_TEST_CASE(what_is_old_is_changed_no_more) {
  auto seq = write("ada", "mine");
  pass(limits::edit_within);
  BOOST_TEST(edit("ada", seq, "just in time") == ec::none);
  pass(1us);
  BOOST_TEST(edit("ada", seq, "late") == ec::too_late);
  pass(limits::recall_within - limits::edit_within);
  BOOST_TEST(recall("ada", seq) == ec::too_late);
  BOOST_TEST(react("ada", seq, "+1") == ec::none);
}

BOOST_AUTO_TEST_CASE(a_message_is_edited_so_many_times) {
  auto seq = write("ada", "0");
  for (size_t i = 0; i < limits::edits_per_message; ++i)
    BOOST_TEST(edit("ada", seq, "again") == ec::none);
  BOOST_TEST(edit("ada", seq, "once more") == ec::too_many);
}

BOOST_AUTO_TEST_CASE(events_changes_and_what_is_not_there_cannot_be_changed) {
  auto seq = write("ada", "mine");
  edit("ada", seq, "still mine");
  BOOST_TEST(edit("ada", 1, "an event") == ec::unknown_message);
  BOOST_TEST(edit("ada", seq + 1, "an edit") == ec::unknown_message);
  BOOST_TEST(edit("ada", seq + 100, "nothing") == ec::unknown_message);
  BOOST_TEST(react("bob", 0, "+1") == ec::unknown_message);
}

BOOST_AUTO_TEST_CASE(who_came_later_changes_nothing_from_before) {
  auto seq = write("ada", "old");
  say("eve", wire::join{id});
  BOOST_TEST(react("eve", seq, "+1") == ec::unknown_message);
  BOOST_TEST(refusal("eve", wire::read_versions{id, seq}) == ec::unknown_message);
}

// -- once -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_repeated_change_is_stored_once_and_answered_alike) {
  auto seq = write("ada", "mine");
  wire::revise what{id, 77, 0, {seq, kind::react, {}, "+1"}};
  auto first = seq_of(ask("ada", what));
  BOOST_TEST(seq_of(ask("ada", what)) == first);
  wake();
  BOOST_TEST(seq_of(ask("ada", what)) == first);
  what.what.reaction = "-1";
  BOOST_TEST(refusal("ada", what) == ec::conflict);
  BOOST_TEST(reactions_of(seq) == "+11 ");
}

BOOST_AUTO_TEST_CASE(a_change_waits_for_what_it_changes) {
  holds_commits = true;
  auto numbers = say_at_once("ada", {text("ada", "helo"), change("ada", {2, kind::recall})});
  BOOST_TEST(!answers.contains(numbers[1]));
  release_commits();
  BOOST_TEST(seq_of(answer_to(numbers[1])) == 3u);
  BOOST_TEST(!on_disk("helo"));
}

BOOST_AUTO_TEST_CASE(changes_that_are_not_durable_yet_count_for_the_next) {
  auto seq = write("ada", "mine");
  react("bob", seq, "+1");
  holds_commits = true;
  auto numbers = say_at_once("ada", {change("ada", {seq, kind::react, {}, "+1"}),
                                     change("ada", {seq, kind::react, {}, "+1"}),
                                     change("ada", {seq, kind::unreact, {}, "+1"}),
                                     change("ada", {seq, kind::react, {}, "+1"})});
  release_commits();
  BOOST_TEST(std::get<wire::error>(answer_to(numbers[1])).code == ec::unchanged);
  BOOST_TEST(seq_of(answer_to(numbers[3])) == seq + 4);
  BOOST_TEST(reactions_of(seq) == "+12 ");
}

// -- recalls ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_recall_leaves_tombstones_and_no_words) {
  auto seq = write("ada", "secret one");
  edit("ada", seq, "secret two");
  edit("ada", seq, "secret three");
  BOOST_TEST(on_disk("secret"));
  BOOST_TEST(recall("ada", seq) == ec::none);
  BOOST_TEST(!on_disk("secret"));
  for (auto at : {seq, seq + 1, seq + 2}) {
    auto grave = shown_as<wire::tombstone>("bob", at);
    BOOST_TEST((grave.why == wire::tombstone_kind::recalled));
    BOOST_TEST(grave.by == seq + 3);
  }
  BOOST_TEST(edit("ada", seq, "back") == ec::unknown_message);
  BOOST_TEST(react("bob", seq, "+1") == ec::unknown_message);
  BOOST_TEST(recall("ada", seq) == ec::unknown_message);
  BOOST_TEST(refusal("bob", wire::read_versions{id, seq}) == ec::unknown_message);
  wake();
  BOOST_TEST(edit("ada", seq, "back") == ec::unknown_message);
}

BOOST_AUTO_TEST_CASE(neighbours_in_the_row_of_what_is_recalled_stay) {
  rules.share_rows = true;
  wake();
  std::vector<wire::client_body> burst;
  for (auto words : {"first", "second", "third", "fourth"})
    burst.push_back(text("ada", words));
  say_at_once("ada", burst);
  say_at_once("ada", {change("ada", {3, kind::recall}), change("ada", {4, kind::recall})});
  auto all = history("bob");
  BOOST_REQUIRE(all.size() == 7u);
  BOOST_TEST(std::get<wire::content>(all[1].body).body == "first");
  BOOST_TEST((std::get<wire::tombstone>(all[2].body).by == 6));
  BOOST_TEST((std::get<wire::tombstone>(all[3].body).by == 7));
  BOOST_TEST(std::get<wire::content>(all[4].body).body == "fourth");
  BOOST_TEST(all[2].ordinal == 2u); // It counts as it did.
  BOOST_TEST(!on_disk("second"));
  BOOST_TEST(!on_disk("third"));
}

BOOST_AUTO_TEST_CASE(a_recall_of_the_longest_texts_fits_into_a_log_entry) {
  std::string longest(limits::text_bytes, 'x');
  auto seq = write("ada", longest);
  for (size_t i = 0; i < limits::edits_per_message; ++i)
    edit("ada", seq, longest);
  BOOST_TEST(recall("ada", seq) == ec::none);
  BOOST_TEST(!on_disk("xxxxxxxx"));
}

// -- reactions --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reactions_are_counted_once_for_each_member) {
  auto seq = write("ada", "good news");
  BOOST_TEST(react("ada", seq, "+1") == ec::none);
  BOOST_TEST(react("bob", seq, "+1") == ec::none);
  BOOST_TEST(react("bob", seq, "-1") == ec::none);
  BOOST_TEST(reactions_of(seq) == "+12 -11 ");
  BOOST_TEST(react("bob", seq, "+1") == ec::unchanged);
  BOOST_TEST(react("ada", seq, "-1", kind::unreact) == ec::unchanged);
  BOOST_TEST(react("bob", seq, "-1", kind::unreact) == ec::none);
  BOOST_TEST(reactions_of(seq) == "+12 ");
  auto record = shown_as<wire::revision>("bob", seq + 2);
  BOOST_TEST(record.count == 2u);
  wake();
  BOOST_TEST(react("bob", seq, "+1") == ec::unchanged);
  BOOST_TEST(react("bob", seq, "+1", kind::unreact) == ec::none);
  BOOST_TEST(reactions_of(seq) == "+11 ");
}

BOOST_AUTO_TEST_CASE(reactions_have_their_limits) {
  auto seq = write("ada", "good news");
  for (size_t i = 0; i < limits::reactions_per_member; ++i)
    BOOST_TEST(react("ada", seq, "ada" + std::to_string(i)) == ec::none);
  BOOST_TEST(react("ada", seq, "more") == ec::too_many);
  std::vector<std::string> crowd;
  for (size_t i = 1; i * limits::reactions_per_member < limits::reactions_per_message; ++i) {
    crowd.push_back("user" + std::to_string(i));
    say(crowd.back(), wire::join{id});
  }
  auto later = write("ada", "more news");
  for (auto& who : crowd)
    for (size_t i = 0; i < limits::reactions_per_member; ++i)
      BOOST_TEST(react(who, later, who + std::to_string(i)) == ec::none);
  for (size_t i = 0; i < limits::reactions_per_member; ++i)
    BOOST_TEST(react("ada", later, "ada" + std::to_string(i)) == ec::none);
  BOOST_TEST(react("bob", later, "one more") == ec::too_many);
  BOOST_TEST(react("bob", later, "ada0") == ec::none);
}

BOOST_AUTO_TEST_CASE(what_is_not_remembered_any_more_is_read_again) {
  std::vector<seq_t> seqs;
  for (size_t i = 0; i < limits::revised_in_memory + 10; ++i)
    seqs.push_back(write("ada", "text"));
  for (auto way : {kind::react, kind::unreact})
    for (auto seq : seqs) {
      now.steady += 1ms;
      BOOST_REQUIRE(react("bob", seq, "+1", way) == ec::none);
    }
}

// -- pages ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_page_has_so_many_edited_messages_and_the_next_one_goes_on) {
  std::vector<seq_t> seqs;
  for (size_t i = 0; i < limits::edited_per_page + 2; ++i)
    seqs.push_back(write("ada", "text"));
  for (auto seq : seqs)
    edit("ada", seq, "new " + std::to_string(seq));
  auto first = history("bob");
  BOOST_TEST(more);
  BOOST_TEST(first.back().seq == seqs[limits::edited_per_page - 1]);
  BOOST_TEST(text_shown(first.back().seq) == "new " + std::to_string(first.back().seq));
  auto second = history("bob", first.back().seq + 1);
  BOOST_TEST(!more);
  BOOST_TEST(second.front().seq == first.back().seq + 1);
  BOOST_TEST(text_shown(seqs.back()) == "new " + std::to_string(seqs.back()));
}

BOOST_AUTO_TEST_CASE(edits_make_no_page_larger_than_pages_are) {
  std::vector<seq_t> seqs;
  for (size_t i = 0; i < 8; ++i)
    seqs.push_back(write("ada", "short"));
  std::string longest(limits::text_bytes, 'x');
  for (auto seq : seqs)
    edit("ada", seq, longest);
  auto page = history("bob");
  BOOST_TEST(more);
  BOOST_TEST(page.size() <= 1 + limits::page_bytes / limits::text_bytes);
  BOOST_TEST(page.size() > 2u);
}

// -- for oneself --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_one_hides_others_see) {
  auto seq = write("ada", "boring");
  tells.clear();
  auto done = ask("bob", wire::hide{id, {seq}});
  BOOST_TEST(std::holds_alternative<wire::done>(done));
  BOOST_REQUIRE(tells.size() == 1u);
  BOOST_TEST((tells[0].to == std::vector{user_of("bob")}));
  auto grave = shown_as<wire::tombstone>("bob", seq);
  BOOST_TEST((grave.why == wire::tombstone_kind::hidden));
  BOOST_TEST(shown_as<wire::content>("ada", seq).body == "boring");
  BOOST_TEST(refusal("bob", wire::hide{id, {seq, seq + 1}}) == ec::unknown_message);
  BOOST_TEST(refusal("eve", wire::hide{id, {seq}}) == ec::not_member);
}

BOOST_AUTO_TEST_CASE(who_writes_is_shown_to_the_others_now_and_then) {
  tells.clear();
  BOOST_TEST(refusal("ada", wire::typing{id, {}}) == ec::none);
  BOOST_REQUIRE(tells.size() == 1u);
  BOOST_TEST((tells[0].to == std::vector{user_of("bob")}));
  BOOST_TEST(std::get<show>(tells[0].what).droppable);
  BOOST_TEST(refusal("ada", wire::typing{id, {}}) == ec::none);
  BOOST_TEST(tells.size() == 1u);
  pass(limits::typing_every);
  ask("ada", wire::typing{id, {}});
  BOOST_TEST(tells.size() == 2u);
  BOOST_TEST(refusal("eve", wire::typing{id, {}}) == ec::not_member);
  BOOST_TEST(history("bob").size() == 1u);
}

BOOST_AUTO_TEST_CASE(answers_are_to_what_one_can_see) {
  auto answer = [this](seq_t to) {
    auto x = text("ada", "answer");
    x.content.extra =
      std::make_shared<const wire::content_extra>(wire::content_extra{{}, to, {}, {}});
    return refusal("ada", x);
  };
  auto seq = write("bob", "question");
  BOOST_TEST(answer(seq) == ec::none);
  BOOST_TEST(answer(seq + 2) == ec::unknown_message);
}

BOOST_AUTO_TEST_CASE(mentions_of_other_members_have_rows) {
  auto x = text("ada", "hear");
  x.content.extra = std::make_shared<const wire::content_extra>(
    wire::content_extra{{}, 0, {"bob", "BOB", "ada", "eve"}, {}});
  auto seq = seq_of(ask("ada", x));
  auto mentioned = [&](const std::string& who) {
    return read_row(disk, keys::mention(id, user_of(who), seq)).has_value();
  };
  BOOST_TEST(mentioned("bob"));
  BOOST_TEST(!mentioned("ada"));
  BOOST_TEST(!mentioned("eve"));
}

BOOST_AUTO_TEST_SUITE_END()
