#define BOOST_TEST_MODULE room_contacts

#include "tests/actors/core/room_on_disk.hpp"

#include "schema/limits.hpp"

// What is between two users, decided in the room of their direct chat.

using namespace parley;
using namespace parley::testing;

namespace {

using how = wire::contact_change;
using state = wire::contact_state;

struct fixture : room_on_disk {
  ec does(const std::string& who, std::string_view whom, how what, std::string_view words = {}) {
    auto number = say(who, wire::change_contact{whom, what, words});
    if (!answers.contains(number))
      return ec::none; // Waits for the lists of both.
    auto body = answer_to(number);
    auto error = std::get_if<wire::error>(&body);
    return error ? error->code : ec::none;
  }

  void befriend() {
    does("ada", "bob", how::request, "hi");
    does("bob", "ada", how::accept);
  }

  ec writes(const std::string& who, std::string_view whom) {
    return refusal(who, wire::send{{}, whom, ++counters[who], 0, {{}, "words"}});
  }

  void restart() {
    outbox.clear();
    wake();
  }

  std::vector<std::string> told(const std::string& whose) const {
    std::vector<std::string> result;
    for (auto& x : outbox)
      for (auto& y : x.contacts)
        if (y.user == user_of(whose))
          result.push_back(y.what.name);
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_contacts_test, fixture)

BOOST_AUTO_TEST_CASE(a_request_is_for_the_lists_of_both_and_makes_no_conversation) {
  does("ada", "bob", how::request, "hi");
  BOOST_REQUIRE(outbox.size() == 1u);
  BOOST_TEST(outbox[0].members.empty());
  BOOST_REQUIRE(outbox[0].contacts.size() == 2u);
  BOOST_TEST((outbox[0].contacts[0].what.state == state::asking));
  BOOST_TEST((outbox[0].contacts[1].what.state == state::asked));
  BOOST_TEST(outbox[0].contacts[1].what.name == "ada");
  BOOST_TEST(outbox[0].contacts[1].what.greeting == "hi");
  BOOST_TEST((refusal("ada", wire::read_history{id, 1, 0, 0}) == ec::unknown_conversation));
}

BOOST_AUTO_TEST_CASE(to_accept_makes_the_conversation_of_both_and_says_hello_once) {
  befriend();
  BOOST_REQUIRE(outbox.size() == 3u);
  BOOST_TEST(outbox[1].members.size() == 2u);
  BOOST_TEST(outbox[2].contacts.size() == 2u);
  auto all = history("bob");
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].sender_name == "ada");
  BOOST_TEST(std::get<wire::content>(all[0].body).body == "hi");
  restart();
  does("bob", "ada", how::accept);
  BOOST_TEST(history("bob").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_request_outlives_the_room) {
  does("ada", "bob", how::request, "hi");
  restart();
  BOOST_TEST((does("bob", "ada", how::accept) == ec::none));
  BOOST_TEST(history("ada").size() == 1u);
  restart();
  BOOST_TEST((does("ada", "bob", how::withdraw) == ec::no_request));
}

BOOST_AUTO_TEST_CASE(what_the_lists_did_not_get_is_given_out_again) {
  does("ada", "bob", how::request, "hi");
  restart();
  BOOST_REQUIRE(outbox.size() == 1u);
  BOOST_TEST(outbox[0].contacts.size() == 2u);
}

BOOST_AUTO_TEST_CASE(nothing_is_answered_or_told_before_it_is_durable) {
  holds_commits = true;
  auto number = say("ada", wire::change_contact{"bob", how::request, "hi"});
  BOOST_TEST(outbox.empty());
  BOOST_TEST(!answers.contains(number));
  release_commits();
  BOOST_TEST(outbox.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_greeting_goes_to_a_chat_that_is_there_already) {
  BOOST_TEST((writes("ada", "bob") == ec::none));
  befriend();
  BOOST_TEST(history("bob").size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_block_holds_both_ways_and_for_what_was_there_before) {
  befriend();
  does("bob", "ada", how::block);
  restart();
  BOOST_TEST((writes("ada", "bob") == ec::blocked));
  BOOST_TEST((writes("bob", "ada") == ec::blocked));
  BOOST_TEST((refusal("ada", text("ada", "words")) == ec::blocked));
  BOOST_TEST(
    (refusal("ada", change("ada", {1, wire::revision_kind::react, {}, "+1"})) == ec::blocked));
  BOOST_TEST((refusal("ada", change("ada", {1, wire::revision_kind::recall})) == ec::none));
  does("bob", "ada", how::unblock);
  BOOST_TEST((writes("ada", "bob") == ec::none));
}

BOOST_AUTO_TEST_CASE(what_was_refused_for_good_stays_refused) {
  befriend();
  does("bob", "ada", how::block);
  auto words = text("ada", "words");
  auto plus = change("ada", {1, wire::revision_kind::react, {}, "+1"});
  auto more = text("ada", "more words");
  BOOST_TEST((refusal("ada", words) == ec::blocked));
  BOOST_TEST((refusal("ada", plus) == ec::blocked));
  does("bob", "ada", how::unblock);
  auto length = history("bob").size();
  restart();
  BOOST_TEST((refusal("ada", words) == ec::blocked)); // Came late, over a connection that broke.
  BOOST_TEST((refusal("ada", plus) == ec::blocked));
  more.previous = plus.counter;
  BOOST_TEST((refusal("ada", more) == ec::none));
  BOOST_TEST((refusal("ada", words) == ec::blocked));
  BOOST_TEST(history("bob").size() == length + 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_answered_when_it_will_be_remembered) {
  befriend();
  does("bob", "ada", how::block);
  holds_commits = true;
  auto number = say("ada", text("ada", "words"));
  BOOST_TEST(!answers.contains(number));
  release_commits();
  BOOST_TEST(answers.contains(number));
}

BOOST_AUTO_TEST_CASE(refusals_are_kept_once_all_nodes_know_such_rows) {
  befriend();
  rules.keep_refusals = false;
  restart();
  does("bob", "ada", how::block);
  auto words = text("ada", "words");
  BOOST_TEST((refusal("ada", words) == ec::blocked));
  does("bob", "ada", how::unblock);
  BOOST_TEST((refusal("ada", words) == ec::none));
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_of_a_stranger_who_is_refused) {
  befriend();
  BOOST_TEST((refusal("eve", text("eve", "words")) == ec::not_member));
  auto rows = 0;
  auto count = [&rows](std::string_view, std::string_view) { return ++rows, true; };
  BOOST_TEST(disk.scan(keys::client_ids(id, user_of("eve")), count).ok());
  BOOST_TEST(rows == 0);
}

BOOST_AUTO_TEST_CASE(who_is_blocked_before_the_first_word_makes_no_conversation) {
  does("bob", "ada", how::block);
  BOOST_TEST((writes("ada", "bob") == ec::blocked));
  BOOST_TEST((does("ada", "bob", how::request) == ec::blocked));
  BOOST_TEST((refusal("ada", wire::read_history{id, 1, 0, 0}) == ec::unknown_conversation));
}

BOOST_AUTO_TEST_CASE(who_is_blocked_is_not_told) {
  does("bob", "ada", how::block);
  BOOST_TEST((told("bob") == std::vector<std::string>{"ada"}));
  BOOST_TEST(told("ada").empty());
}

BOOST_AUTO_TEST_CASE(where_only_contacts_write_others_are_refused) {
  rules.writing = parley::writing::contacts;
  restart();
  BOOST_TEST((writes("ada", "bob") == ec::not_contact));
  befriend();
  BOOST_TEST((writes("ada", "bob") == ec::none));
  BOOST_TEST((writes("bob", "ada") == ec::none));
  does("ada", "bob", how::remove);
  BOOST_TEST((writes("bob", "ada") == ec::not_contact));
}

BOOST_AUTO_TEST_CASE(where_only_contacts_write_one_writes_to_oneself) {
  rules.writing = parley::writing::contacts;
  restart();
  BOOST_TEST((writes("ada", "ada") == ec::none));
  BOOST_TEST((refusal("ada", text("ada", "words")) == ec::none));
}

BOOST_AUTO_TEST_CASE(full_lists_refuse_before_anything_changes) {
  full.asked_full = true;
  BOOST_TEST((does("ada", "bob", how::request) == ec::too_many_requests));
  full = {};
  does("ada", "bob", how::request);
  full.contacts_full = true;
  BOOST_TEST((does("bob", "ada", how::accept) == ec::too_many_contacts));
  full = {};
  full.full = true;
  BOOST_TEST((does("bob", "ada", how::accept) == ec::too_many_conversations));
  full = {};
  full.blocks_full = true;
  BOOST_TEST((does("bob", "ada", how::block) == ec::too_many_contacts));
  full = {};
  BOOST_TEST((does("bob", "ada", how::accept) == ec::none));
}

BOOST_AUTO_TEST_CASE(nobody_asks_themselves_or_somebody_who_is_not_there) {
  BOOST_TEST((does("ada", "ada", how::request) == ec::forbidden));
  nobody = user_of("nobody");
  BOOST_TEST((does("ada", "nobody", how::request) == ec::unknown_user));
  BOOST_TEST((does("ada", "nobody", how::block) == ec::unknown_user));
}

BOOST_AUTO_TEST_SUITE_END()
