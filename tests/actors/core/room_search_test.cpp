#define BOOST_TEST_MODULE room_search

#include "tests/actors/core/room_on_disk.hpp"

#include "schema/limits.hpp"

using namespace parley;
using namespace parley::testing;

namespace {

struct fixture : room_on_disk {
  fixture() {
    rules.search = true;
    wake();
    make("ada", {"bob", "eve"});
  }

  wire::found page(const std::string& who, std::string_view text, seq_t before = 0,
                   uint32_t limit = 0) {
    number = say(who, wire::search{id, text, before, limit});
    return std::get<wire::found>(answer_to(number));
  }

  /// Places, newest first, over all pages.
  std::vector<seq_t> found(const std::string& who, std::string_view text, uint32_t limit = 0) {
    std::vector<seq_t> result;
    seq_t before = 0;
    do {
      auto x = page(who, text, before, limit);
      for (auto bytes : x.records)
        result.push_back(std::get<wire::message>(wire::decode_server(bytes)->body).seq);
      before = x.next;
    } while (before != 0);
    return result;
  }

  using seqs = std::vector<seq_t>;
  uint64_t number = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_search_test, fixture)

BOOST_AUTO_TEST_CASE(finds_what_has_all_words_newest_first) {
  auto a = write("ada", "The red house");
  auto b = write("bob", "a house, red or not");
  write("ada", "a house");
  write("bob", "redhouse");
  BOOST_TEST(found("eve", "house red") == (seqs{b, a}));
  BOOST_TEST(found("eve", "HOUSE").size() == 3u);
  BOOST_TEST(found("eve", "nowhere").empty());
  wake();
  BOOST_TEST(found("eve", "house red") == (seqs{b, a}));
}

BOOST_AUTO_TEST_CASE(finds_where_there_are_no_spaces) {
  auto a = write("ada", "昨日東京都に行った");
  write("ada", "京都と東京");
  BOOST_TEST(found("bob", "東京都") == seqs{a});
}

BOOST_AUTO_TEST_CASE(pages_go_on_where_the_last_one_ended) {
  seqs all;
  for (int i = 0; i < 23; ++i)
    all.insert(all.begin(), write("ada", "one of many"));
  auto first = page("bob", "many", 0, 10);
  BOOST_TEST(first.records.size() == 10u);
  BOOST_TEST(first.next == all[9]);
  BOOST_TEST(found("bob", "many", 10) == all);
  BOOST_TEST(page("bob", "many", all.back(), 10).next == 0u);
}

BOOST_AUTO_TEST_CASE(a_frequent_word_does_not_hide_a_rare_one) {
  auto rare = write("ada", "the needle");
  for (size_t i = 0; i < limits::postings_per_page + 10; ++i)
    write("ada", "the hay");
  BOOST_TEST(found("bob", "the needle") == seqs{rare});
  BOOST_TEST(found("bob", "needle the") == seqs{rare});
  BOOST_TEST(found("bob", "the").size() == limits::postings_per_page + 11);
}

BOOST_AUTO_TEST_CASE(a_message_is_found_by_what_it_says_now) {
  auto a = write("ada", "before");
  ask("ada", change("ada", {a, wire::revision_kind::edit, {{}, "after"}}));
  BOOST_TEST(found("bob", "after") == seqs{a});
  BOOST_TEST(found("bob", "before").empty());
  auto bytes = page("bob", "after").records.at(0);
  auto message = std::get<wire::message>(wire::decode_server(bytes)->body);
  BOOST_TEST(std::get<wire::revised>(message.body).content.body == "after");
  ask("ada", change("ada", {a, wire::revision_kind::recall}));
  BOOST_TEST(found("bob", "after").empty());
}

BOOST_AUTO_TEST_CASE(what_one_hid_is_not_found) {
  auto a = write("ada", "word");
  ask("bob", wire::hide{id, {a}});
  BOOST_TEST(found("bob", "word").empty());
  BOOST_TEST(found("eve", "word") == seqs{a});
}

BOOST_AUTO_TEST_CASE(nobody_finds_what_they_may_not_see) {
  write("ada", "before");
  BOOST_TEST(refusal("zoe", wire::search{id, "before"}) == ec::not_member);
  say("ada", wire::invite{id, {"zoe"}});
  BOOST_TEST(found("zoe", "before").empty());
  auto seen = write("ada", "during");
  say("ada", wire::kick{id, {"zoe"}});
  write("ada", "during, and after");
  BOOST_TEST(found("zoe", "during") == seqs{seen});
}

BOOST_AUTO_TEST_CASE(names_of_files_are_found_and_bodies_of_others_are_not) {
  auto named = text("ada", "look");
  auto extra = std::make_shared<wire::content_extra>();
  std::string hash(limits::file_hash_bytes, 'h');
  extra->thing = wire::file{"Plan of the house.pdf", "application/pdf", 3, hash};
  named.content.extra = extra;
  auto a = seq_of(ask("ada", named));
  auto custom = text("ada", "plan");
  custom.content.kind = "x-plan";
  ask("ada", custom);
  BOOST_TEST(found("bob", "plan") == seqs{a});
}

BOOST_AUTO_TEST_CASE(what_is_indexed_goes_into_entries_that_fit) {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += std::to_string(i) + " ";
  std::vector<wire::client_body> burst;
  for (size_t i = 0; i < limits::credit_sends; ++i)
    burst.emplace_back(this->text("ada", text));
  largest_append = 0;
  say_at_once("ada", std::move(burst));
  BOOST_TEST(largest_append > 0u);
  BOOST_TEST(largest_append <= limits::raft_entry_bytes);
}

BOOST_AUTO_TEST_CASE(there_must_be_something_to_look_for) {
  BOOST_TEST(refusal("bob", wire::search{id, "?!"}) == ec::bad_text);
}

BOOST_AUTO_TEST_CASE(who_does_not_index_does_not_search) {
  rules.search = false;
  wake();
  auto a = write("ada", "word");
  BOOST_TEST(refusal("bob", wire::search{id, "word"}) == ec::unsupported);
  rules.search = true;
  wake();
  BOOST_TEST(found("bob", "word").empty());
  auto b = write("ada", "word");
  BOOST_TEST(found("bob", "word") == seqs{b});
  BOOST_TEST(a < b);
}

BOOST_AUTO_TEST_SUITE_END()
