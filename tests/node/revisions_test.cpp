#define BOOST_TEST_MODULE revisions

#include "schema/limits.hpp"
#include "tests/support/files.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>

// Edits, recalls, reactions, replies, mentions, files and places, over sockets.

using namespace parley;
using namespace parley::testing;

namespace {

using kind = wire::revision_kind;

struct one_node {
  node_process node;
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");
  conversation_id chat = ada.with("bob");
  uint64_t counters = 1000;

  wire::revise change(seq_t seq, kind how, std::string_view words = {}) {
    wire::revision what{seq, how};
    if (how == kind::edit)
      what.content.body = words;
    else
      what.reaction = words;
    return {chat, ++counters, 0, what};
  }

  wire::send content(wire::content_extra extra, std::string_view words = {}) {
    wire::content what{{}, words};
    what.extra = std::make_shared<const wire::content_extra>(std::move(extra));
    return {{}, "bob", ++counters, 0, what};
  }

  wire::conversation listed(device& who) {
    auto page = who.ask<wire::conversations_page>(wire::list_conversations{{}, 0});
    BOOST_REQUIRE(page->conversations.size() == 1u);
    auto result = page->conversations[0];
    result.title = result.last = {};
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(revisions_test, one_node)

BOOST_AUTO_TEST_CASE(a_node_says_what_it_takes) {
  raw_client kit{node.port()};
  auto welcome = kit.ask<wire::welcome>(wire::hello{});
  auto& features = welcome->features;
  BOOST_TEST(std::count(features.begin(), features.end(), wire::feature_revisions) == 1);
  BOOST_TEST(std::count(features.begin(), features.end(), wire::feature_contacts) == 1);
  BOOST_TEST(std::count(features.begin(), features.end(), wire::feature_presence) == 1);
}

BOOST_AUTO_TEST_CASE(who_was_away_gets_message_and_changes_in_their_order) {
  ada.text_stored("bob", "first");
  bob.message();
  bob.ack(chat, 1);
  bob.settle();
  bob.close();
  ada.text_stored("bob", "helo");
  ada.ask<wire::sent>(change(2, kind::edit, "hello"));
  ada.ask<wire::sent>(change(1, kind::react, "+1"));
  bob.reconnect(node);
  BOOST_TEST(text_of(*bob.message()) == "helo");
  auto edit = bob.message();
  BOOST_TEST(edit->seq == 3u);
  BOOST_TEST(std::get<wire::revision>(edit->body).content.body == "hello");
  auto reaction = bob.message();
  BOOST_TEST(std::get<wire::revision>(reaction->body).reaction == "+1");
  BOOST_TEST(std::get<wire::revision>(reaction->body).count == 1u);
  BOOST_TEST(listed(bob).unread == 2u); // Changes do not count.
}

BOOST_AUTO_TEST_CASE(who_was_away_is_not_told_what_was_recalled) {
  ada.text_stored("bob", "first");
  bob.message();
  bob.ack(chat, 1);
  bob.settle();
  bob.close();
  ada.text_stored("bob", "secret");
  ada.ask<wire::sent>(change(2, kind::recall));
  bob.reconnect(node);
  BOOST_TEST((std::get<wire::tombstone>(bob.message()->body).by == 3));
  BOOST_TEST((std::get<wire::revision>(bob.message()->body).kind == kind::recall));
}

BOOST_AUTO_TEST_CASE(changes_survive_a_crash_and_a_repeat_is_answered_alike) {
  ada.text_stored("bob", "helo");
  auto what = change(1, kind::edit, "hello");
  auto first = ada.ask<wire::sent>(what)->seq;
  node.kill();
  node.start();
  ada.reconnect(node);
  BOOST_TEST(ada.ask<wire::sent>(what)->seq == first);
  auto all = ada.history(chat);
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST(std::get<wire::revised>(all[0]->body).content.body == "hello");
}

BOOST_AUTO_TEST_CASE(mentions_are_counted_beside_what_is_unread) {
  ada.text_stored("bob", "one");
  ada.ask<wire::sent>(content({.mentions = {"bob"}}, "@bob two"));
  ada.ask<wire::sent>(content({.mentions = {"bob", "ada"}}, "@bob three"));
  BOOST_TEST(listed(bob).unread == 3u);
  BOOST_TEST(listed(bob).mentions == 2u);
  BOOST_TEST(listed(ada).mentions == 0u);
  auto after = bob.ask<wire::conversation>(wire::read{{chat, 2}});
  BOOST_TEST(after->unread == 1u);
  BOOST_TEST(after->mentions == 1u);
  BOOST_TEST(bob.ask<wire::conversation>(wire::read{{chat, 1}})->mentions == 1u);
  BOOST_TEST(bob.ask<wire::conversation>(wire::read{{chat, 3}})->mentions == 0u);
}

BOOST_AUTO_TEST_CASE(files_places_answers_and_what_is_sent_on_come_as_they_were_sent) {
  auto bytes = bytes_of_file(12345);
  put(ada, bytes);
  std::string hash{ref_of(bytes).hash_bytes()};
  ada.ask<wire::sent>(content({wire::file{"plan.pdf", "application/pdf", 12345, hash}}));
  ada.ask<wire::sent>(content({wire::location{48.1, -11.5, "home"}, 1, {}, "eve"}));
  auto first = bob.message();
  auto file = std::get<wire::file>(std::get<wire::content>(first->body).extra->thing);
  BOOST_TEST(file.name == "plan.pdf");
  BOOST_TEST(file.type == "application/pdf");
  BOOST_TEST(file.size == 12345u);
  BOOST_TEST(file.hash == hash);
  auto second = bob.message();
  auto& extra = *std::get<wire::content>(second->body).extra;
  BOOST_TEST(std::get<wire::location>(extra.thing).longitude == -11.5);
  BOOST_TEST(extra.reply_to == 1u);
  BOOST_TEST(extra.forwarded == "eve");
}

BOOST_AUTO_TEST_CASE(what_is_hidden_is_hidden_on_all_devices_of_one_user) {
  auto bob2 = import_person(node, "bob");
  ada.text_stored("bob", "boring");
  bob2.message();
  bob.ask<wire::done>(wire::hide{chat, {1}});
  BOOST_TEST((bob2.push<wire::hidden>()->seqs == std::vector<seq_t>{1}));
  auto all = bob2.history(chat);
  BOOST_TEST((std::get<wire::tombstone>(all[0]->body).why == wire::tombstone_kind::hidden));
  BOOST_TEST(text_of(*ada.history(chat)[0]) == "boring");
}

BOOST_AUTO_TEST_CASE(who_is_writing_is_shown_to_the_other) {
  ada.text_stored("bob", "hi");
  bob.message();
  ada.ask<wire::done>(wire::typing{chat, {}});
  BOOST_TEST((bob.push<wire::typing>()->user == ada.user()));
  BOOST_TEST(!ada.has_push<wire::typing>());
}

BOOST_AUTO_TEST_CASE(what_is_out_of_bounds_is_refused) {
  ada.text_stored("bob", "hi");
  std::string hash(limits::file_hash_bytes, 'h');
  std::string long_text(limits::text_bytes + 1, 'x');
  std::string long_name(limits::file_name_bytes + 1, 'x');
  std::string long_label(limits::title_bytes + 1, 'x');
  std::string long_reaction(limits::reaction_bytes + 1, 'x');
  std::vector<std::string_view> crowd(limits::mentions_per_message + 1, "bob");
  constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST(ada.refusal(content({wire::file{long_name, "", 1, hash}})) == ec::too_large);
  BOOST_TEST(ada.refusal(content({wire::file{"", "", 1, hash}})) == ec::bad_text);
  BOOST_TEST(ada.refusal(content({wire::file{"x", "", 1, "short"}})) == ec::malformed);
  BOOST_TEST(ada.refusal(content({wire::location{91, 0, ""}})) == ec::malformed);
  BOOST_TEST(ada.refusal(content({wire::location{0, nan, ""}})) == ec::malformed);
  BOOST_TEST(ada.refusal(content({wire::location{0, 0, long_label}})) == ec::too_large);
  BOOST_TEST(ada.refusal(content({wire::location{0, 0, "\xff"}})) == ec::bad_text);
  BOOST_TEST(ada.refusal(content({.mentions = crowd}, "hi")) == ec::too_large);
  BOOST_TEST(ada.refusal(content({.mentions = {"no name"}}, "hi")) == ec::bad_name);
  BOOST_TEST(ada.refusal(content({.forwarded = "no name"}, "hi")) == ec::bad_name);
  BOOST_TEST(ada.refusal(content({.reply_to = 1})) == ec::bad_text);
  BOOST_TEST(ada.refusal(content({.reply_to = 99}, "hi")) == ec::unknown_message);
  BOOST_TEST(ada.refusal(change(1, kind::edit, long_text)) == ec::too_large);
  BOOST_TEST(ada.refusal(change(1, kind::edit, "")) == ec::bad_text);
  BOOST_TEST(ada.refusal(change(1, kind::react, long_reaction)) == ec::too_large);
  BOOST_TEST(ada.refusal(change(1, kind::react, "\xff")) == ec::bad_text);
  BOOST_TEST(ada.refusal(change(1, kind::react, "")) == ec::bad_text);
  auto forged = change(1, kind::react, "+1");
  forged.what.count = 7;
  BOOST_TEST(ada.refusal(forged) == ec::malformed);
  forged.what.count = 0;
  forged.counter = 0;
  BOOST_TEST(ada.refusal(forged) == ec::malformed);
  std::vector<seq_t> many(limits::hidden_per_request + 1, 1);
  BOOST_TEST(ada.refusal(wire::hide{chat, many}) == ec::too_large);
  BOOST_TEST(ada.refusal(wire::hide{{1, 2}, {1}}) == ec::unknown_conversation);
  BOOST_TEST(ada.refusal(wire::typing{{1, 2}, {}}) == ec::unknown_conversation);
  BOOST_TEST(ada.refusal(wire::read_versions{chat, 0}) == ec::unknown_message);
  auto elsewhere = change(1, kind::recall);
  elsewhere.conversation = {1, 2};
  BOOST_TEST(ada.refusal(elsewhere) == ec::unknown_conversation);
}

BOOST_AUTO_TEST_SUITE_END()
