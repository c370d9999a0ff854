#define BOOST_TEST_MODULE room_readers

#include "schema/limits.hpp"
#include "tests/actors/core/room_on_disk.hpp"

using namespace parley;
using namespace parley::testing;

namespace {

struct fixture : room_on_disk {
  fixture() {
    make("ada", {"bob", "cyd", "dot"}); // #1
  }

  void reads(const std::string& who, seq_t seq, seq_t delivered = 0) {
    step(room_event{receipt{user_of(who), std::max(seq, delivered), seq}});
  }

  /// Valid until the next question.
  wire::readers_page readers(const std::string& who, wire::list_readers what) {
    what.conversation = id;
    return std::get<wire::readers_page>(ask(who, what));
  }

  std::set<std::string> names(const std::string& who, seq_t seq) {
    std::set<std::string> result;
    for (auto& x : readers(who, {{}, seq}).readers)
      result.emplace(x.name);
    return result;
  }

  using words = std::set<std::string>;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_readers_test, fixture)

BOOST_AUTO_TEST_CASE(readers_are_those_whose_cursor_is_there_but_for_the_sender) {
  auto seq = write("ada", "hello");
  BOOST_TEST(names("ada", seq).empty());
  reads("bob", seq);
  reads("cyd", seq - 1, seq);
  BOOST_TEST((names("ada", seq) == words{"bob"}));
  BOOST_TEST((names("bob", seq) == words{"bob"}));
  auto page = readers("ada", {{}, seq});
  BOOST_TEST(page.members == 3u);
  BOOST_TEST(page.delivered == 2u);
  BOOST_TEST(page.read == 1u);
}

BOOST_AUTO_TEST_CASE(who_reads_or_writes_a_later_one_has_read_this_one) {
  auto seq = write("ada", "hello");
  auto later = write("bob", "hi");
  reads("cyd", later);
  BOOST_TEST((names("ada", seq) == words{"bob", "cyd"}));
  BOOST_TEST((names("ada", later) == words{"cyd"}));
}

BOOST_AUTO_TEST_CASE(who_left_and_who_came_later_do_not_count) {
  auto seq = write("ada", "hello");
  reads("bob", seq);
  reads("cyd", seq);
  say("bob", wire::leave{id});
  say("ada", wire::invite{id, {"eve"}});
  auto head = write("ada", "hello, eve");
  reads("eve", head);
  BOOST_TEST((names("ada", seq) == words{"cyd"}));
  BOOST_TEST(readers("ada", {{}, seq}).members == 2u);
  BOOST_TEST((names("ada", head) == words{"eve"}));
}

BOOST_AUTO_TEST_CASE(pages_meet) {
  auto seq = write("ada", "hello");
  for (auto who : {"bob", "cyd", "dot"})
    reads(who, seq);
  words seen;
  wire::list_readers next{{}, seq, {}, 1};
  for (auto more = true; more;) {
    auto page = readers("ada", next);
    BOOST_TEST(page.read == 3u);
    BOOST_REQUIRE(page.readers.size() == 1u);
    BOOST_TEST(seen.emplace(page.readers[0].name).second);
    next.after = page.readers[0].user;
    more = page.more;
  }
  BOOST_TEST((seen == words{"bob", "cyd", "dot"}));
}

BOOST_AUTO_TEST_CASE(who_cannot_see_the_message_is_told_nothing) {
  auto seq = write("ada", "hello");
  BOOST_TEST(refusal("eve", wire::list_readers{id, seq}) == ec::not_member);
  say("ada", wire::invite{id, {"eve"}});
  BOOST_TEST(refusal("eve", wire::list_readers{id, seq}) == ec::unknown_message);
  BOOST_TEST(refusal("ada", wire::list_readers{id, seq + 9}) == ec::unknown_message);
}

BOOST_AUTO_TEST_CASE(another_life_of_the_room_knows_who_has_read) {
  auto seq = write("ada", "hello");
  reads("bob", seq);
  now.steady += std::chrono::seconds{2};
  step(room_event{tick{}});
  wake();
  BOOST_TEST((names("ada", seq) == words{"bob"}));
}

BOOST_AUTO_TEST_CASE(who_wakes_the_room_by_reading_has_read) {
  auto seq = write("ada", "hello");
  room = std::make_unique<core::room>(id, writer_id{++lives}, 1);
  actions loading;
  room->start(now, loading);
  reads("bob", seq);
  reads("bob", seq - 1);
  carry(std::move(loading));
  BOOST_TEST((names("ada", seq) == words{"bob"}));
}

BOOST_AUTO_TEST_CASE(a_room_of_too_many_does_not_say) {
  auto seq = write("ada", "hello");
  std::vector<std::string> names;
  for (size_t i = 4; i <= limits::readers_members; ++i)
    names.push_back("user" + std::to_string(i));
  for (size_t i = 0; i < names.size(); i += 100)
    say("ada",
        wire::invite{id,
                     {names.begin() + static_cast<ptrdiff_t>(i),
                      names.begin() + static_cast<ptrdiff_t>(std::min(i + 100, names.size()))}});
  BOOST_TEST(refusal("ada", wire::list_readers{id, seq}) == ec::too_many_members);
  say("ada", wire::kick{id, {"user4"}});
  BOOST_TEST(refusal("ada", wire::list_readers{id, seq}) == ec::none);
}

BOOST_AUTO_TEST_SUITE_END()
