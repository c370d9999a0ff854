#define BOOST_TEST_MODULE subscriptions

#include "actors/core/subscriptions.hpp"

#include "schema/codec.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using namespace parley::core;

namespace {

const conversation_id room{1, 2};
const user_id ada{3, 4};

struct fixture {
  subscriptions known;

  /// What ada is told whose inbox knows the stay that begins at `joined`, while
  /// the room goes to `last` and has `member`; nothing if she is told nothing.
  std::optional<seq_t> head_for(seq_t joined, const record::member& member, seq_t last) {
    actions out;
    known.ask({{room, {ada, 1, joined}}}, out);
    wire::message message{room, last, last, 5, ada, "ada", device_id{8}, 9, wire::content{{}, "x"}};
    rows found{out.loads.front().token, ec::none, {}};
    found.results.push_back({{keys::message(room, last), wire::encode_answer(0, message)}});
    found.results.push_back({{keys::member(room, ada), record::encode(member)}});
    actions told;
    known.answered(found, told);
    if (told.inboxes.empty())
      return std::nullopt;
    auto& answer = std::get<head>(told.inboxes.front().what);
    BOOST_TEST(answer.ordinal == last);
    BOOST_TEST(answer.time == 5);
    return answer.seq;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(subscriptions_test, fixture)

BOOST_AUTO_TEST_CASE(the_end_of_an_earlier_epoch_ends_nothing_of_a_later_one) {
  BOOST_TEST(known.add(room, {ada, 7}));
  BOOST_TEST(!known.remove(room, {ada, 6}));
  BOOST_TEST(known.of(room).size() == 1u);
  BOOST_TEST(known.remove(room, {ada, 7}));
  BOOST_TEST(known.of(room).empty());
}

BOOST_AUTO_TEST_CASE(a_wish_of_an_earlier_epoch_comes_too_late) {
  BOOST_TEST(known.add(room, {ada, 7, 20}));
  BOOST_TEST(!known.add(room, {ada, 6, 10}));
  BOOST_REQUIRE(known.of(room).size() == 1u);
  BOOST_TEST(known.of(room).front().joined == 20u);
}

BOOST_AUTO_TEST_CASE(the_newest_stay_is_what_a_room_that_wakes_is_told) {
  BOOST_TEST(known.add(room, {ada, 7, 10}));
  BOOST_TEST(known.add(room, {ada, 7, 20}));
  BOOST_REQUIRE(known.of(room).size() == 1u);
  BOOST_TEST(known.of(room).front().joined == 20u);
}

BOOST_AUTO_TEST_CASE(who_does_not_know_of_the_newest_stay_is_told_nothing_before) {
  record::member back{.name = "ada", .joined = 20, .earlier = {{1, 10}}};
  BOOST_CHECK(head_for(20, back, 30) == 30u);
  BOOST_CHECK(!head_for(1, back, 30));
  BOOST_CHECK(!head_for(12, back, 30));
}

BOOST_AUTO_TEST_CASE(who_does_not_know_that_they_were_let_out_is_told_nothing_before) {
  record::member gone{.name = "ada", .joined = 1, .left = 10, .earlier = {}};
  BOOST_CHECK(!head_for(1, gone, 30));
}

BOOST_AUTO_TEST_SUITE_END()
