#define BOOST_TEST_MODULE room_files

#include "tests/actors/core/room_on_disk.hpp"

#include "schema/limits.hpp"

#include <algorithm>

using namespace parley;
using namespace parley::testing;
using namespace std::chrono_literals;

namespace {

using kind = wire::revision_kind;

const file_ref plan = *file_ref::of("a hash of thirty-two bytes .....", 77);
const file_ref other = *file_ref::of("another hash of thirty-two bytes", 78);

wire::content naming(const file_ref& file) {
  wire::content x;
  x.extra = std::make_shared<const wire::content_extra>(
    wire::content_extra{wire::file{"plan.pdf", "", file.size, file.hash_bytes()}});
  return x;
}

/// A room of ada, who has a file, and bob; the first message is #2.
struct fixture : room_on_disk {
  fixture() {
    rules.check_files = true;
    wake();
    make("ada", {"bob"});
    kept.insert({user_of("ada"), plan});
    kept.insert({user_of("ada"), other});
    outbox.clear();
  }

  wire::send send(const std::string& who, const file_ref& file) {
    return {id, {}, ++counters[who], 0, naming(file)};
  }

  ec edit(const std::string& who, seq_t seq, const file_ref& file) {
    return refusal(who, change(who, {seq, kind::edit, naming(file)}));
  }

  ec recall(const std::string& who, seq_t seq) {
    return refusal(who, change(who, {seq, kind::recall}));
  }

  /// The file that bob is given for this message; the code if he is not.
  ec get(const std::string& who, seq_t seq, file_ref& out) {
    files.clear();
    auto number = say(who, wire::get_file{id, seq, 5});
    if (files.empty()) {
      auto body = answer_to(number);
      return std::get<wire::error>(body).code;
    }
    auto& job = std::get<get_piece>(files[0]);
    BOOST_TEST(job.offset == 5u);
    BOOST_TEST(job.from.request == number);
    BOOST_TEST((job.home == shard_of(user_of("ada"))));
    out = job.file;
    return ec::none;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_files_test, fixture)

BOOST_AUTO_TEST_CASE(only_who_has_a_file_can_name_it) {
  BOOST_TEST(refusal("bob", send("bob", plan)) == ec::unknown_file);
  BOOST_TEST(refusal("ada", send("ada", plan)) == ec::none);
  auto shorter = plan;
  shorter.size = 76;
  BOOST_TEST(refusal("ada", send("ada", shorter)) == ec::unknown_file);
}

BOOST_AUTO_TEST_CASE(an_edit_cannot_name_what_its_writer_has_not_got) {
  auto seq = write("bob", "look");
  BOOST_TEST(edit("bob", seq, plan) == ec::unknown_file);
  kept.insert({user_of("bob"), plan});
  BOOST_TEST(edit("bob", seq, plan) == ec::none);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_gone_is_asked_for_each_time) {
  BOOST_TEST(refusal("ada", send("ada", plan)) == ec::none);
  kept.clear();
  BOOST_TEST(refusal("ada", send("ada", plan)) == ec::unknown_file);
}

BOOST_AUTO_TEST_CASE(a_room_does_not_wait_for_ever_for_somebody_who_cannot_be_asked) {
  answers_checks = false;
  auto file = say("ada", send("ada", plan));
  auto words = say("bob", text("bob", "meanwhile"));
  BOOST_TEST(!answers.contains(words));
  now.steady += limits::answer_within;
  step(room_event{tick{}});
  auto refused = answer_to(file);
  BOOST_TEST(std::get<wire::error>(refused).code == ec::retry);
  BOOST_TEST(seq_of(answer_to(words)) == 2u);
}

BOOST_AUTO_TEST_CASE(a_repeat_is_answered_alike_although_the_file_is_gone) {
  auto what = send("ada", plan);
  auto seq = seq_of(ask("ada", what));
  kept.clear();
  BOOST_TEST(seq_of(ask("ada", what)) == seq);
  BOOST_TEST(outbox.size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_has_the_file_is_told_of_its_name_in_the_batch_of_the_message) {
  auto seq = seq_of(ask("ada", send("ada", plan)));
  BOOST_REQUIRE(outbox.size() == 1u);
  BOOST_TEST((outbox[0].keeper == user_of("ada")));
  BOOST_TEST(outbox[0].members.empty());
  BOOST_REQUIRE(outbox[0].namings.size() == 1u);
  BOOST_TEST(outbox[0].namings[0].seq == seq);
  BOOST_TEST((outbox[0].namings[0].file == plan));
  BOOST_TEST(outbox[0].namings[0].named);
  outbox.clear();
  wake(); // After a crash the row is found and told again.
  BOOST_TEST(
    std::count_if(outbox.begin(), outbox.end(), [](auto& x) { return x.namings.size() == 1; })
    == 1);
}

BOOST_AUTO_TEST_CASE(a_recall_takes_the_names_of_the_message_and_of_its_edits_back) {
  auto seq = seq_of(ask("ada", send("ada", plan)));
  BOOST_TEST(edit("ada", seq, other) == ec::none);
  outbox.clear();
  BOOST_TEST(recall("ada", seq) == ec::none);
  BOOST_REQUIRE(outbox.size() == 1u);
  BOOST_TEST((outbox[0].keeper == user_of("ada")));
  BOOST_REQUIRE(outbox[0].namings.size() == 2u);
  for (auto& x : outbox[0].namings)
    BOOST_TEST(!x.named);
  BOOST_TEST(outbox[0].namings[0].seq == seq);
  BOOST_TEST((outbox[0].namings[1].file == other));
}

BOOST_AUTO_TEST_CASE(an_admin_who_recalls_takes_the_name_of_the_writers_file_back) {
  kept.insert({user_of("bob"), plan});
  auto seq = seq_of(ask("bob", send("bob", plan)));
  outbox.clear();
  BOOST_TEST(recall("ada", seq) == ec::none);
  BOOST_REQUIRE(outbox.size() == 1u);
  BOOST_TEST((outbox[0].keeper == user_of("bob")));
}

BOOST_AUTO_TEST_CASE(a_file_is_given_to_who_can_see_a_message_that_names_it) {
  auto seq = seq_of(ask("ada", send("ada", plan)));
  file_ref found;
  BOOST_TEST(get("bob", seq, found) == ec::none);
  BOOST_TEST((found == plan));
  BOOST_TEST(get("eve", seq, found) == ec::not_member);
  BOOST_TEST(get("bob", 1, found) == ec::unknown_file); // An event.
  BOOST_TEST(get("bob", seq + 1, found) == ec::unknown_file);
  BOOST_TEST(get("bob", 0, found) == ec::unknown_file);
  auto words = write("ada", "words");
  BOOST_TEST(get("bob", words, found) == ec::unknown_file);
}

BOOST_AUTO_TEST_CASE(a_file_is_not_given_for_what_was_before_or_after_a_stay) {
  auto before = seq_of(ask("ada", send("ada", plan)));
  say("ada", wire::invite{id, {"eve"}});
  auto during = seq_of(ask("ada", send("ada", plan)));
  say("ada", wire::kick{id, {"eve"}});
  auto after = seq_of(ask("ada", send("ada", plan)));
  file_ref found;
  BOOST_TEST(get("eve", before, found) == ec::unknown_file);
  BOOST_TEST(get("eve", during, found) == ec::none);
  BOOST_TEST(get("eve", after, found) == ec::unknown_file);
}

BOOST_AUTO_TEST_CASE(what_was_recalled_or_hidden_gives_no_file) {
  auto seq = seq_of(ask("ada", send("ada", plan)));
  auto edited = write("ada", "look");
  BOOST_TEST(edit("ada", edited, other) == ec::none);
  file_ref found;
  BOOST_TEST(get("bob", edited + 1, found) == ec::none); // The edit names it.
  BOOST_TEST((found == other));
  BOOST_TEST(recall("ada", seq) == ec::none);
  BOOST_TEST(recall("ada", edited) == ec::none);
  BOOST_TEST(get("bob", seq, found) == ec::unknown_file);
  BOOST_TEST(get("bob", edited + 1, found) == ec::unknown_file);
  auto third = seq_of(ask("ada", send("ada", plan)));
  say("bob", wire::hide{id, {third}});
  BOOST_TEST(get("bob", third, found) == ec::unknown_file);
  BOOST_TEST(get("ada", third, found) == ec::none);
}

BOOST_AUTO_TEST_CASE(who_keeps_a_file_is_told_where_it_is) {
  auto seq = seq_of(ask("ada", send("ada", plan)));
  mails.clear();
  auto number = say("bob", wire::keep_file{id, seq});
  BOOST_REQUIRE(mails.size() == 1u);
  BOOST_TEST((mails[0].to == user_of("bob")));
  auto& taken = std::get<take_file>(mails[0].what);
  BOOST_TEST((taken.file == plan));
  BOOST_TEST(taken.to.request == number);
  BOOST_TEST((taken.home == shard_of(user_of("ada"))));
  BOOST_TEST(refusal("eve", wire::keep_file{id, seq}) == ec::not_member);
}

BOOST_AUTO_TEST_CASE(while_nodes_of_earlier_builds_are_there_names_are_only_words) {
  rules.check_files = false;
  wake();
  outbox.clear();
  BOOST_TEST(refusal("bob", send("bob", plan)) == ec::none);
  BOOST_TEST(outbox.empty());
}

BOOST_AUTO_TEST_SUITE_END()
