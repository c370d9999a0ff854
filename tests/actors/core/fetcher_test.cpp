#define BOOST_TEST_MODULE fetcher

#include "actors/core/fetcher.hpp"

#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace parley;
using namespace parley::core;
using namespace std::chrono_literals;

namespace {

const conversation_id here{1, 1};
const conversation_id there{uint64_t{9} << 58, 1};

/// Asks for the messages of two conversations, one of them elsewhere.
struct fixture {
  node_id leader{2};
  fetcher known{[this](shard_id x) {
    return row_place{x == shard_of(here), false, x == shard_of(here) ? node_id{} : leader};
  }};
  fetcher::time now = 1h;
  fetcher_actions out;

  void begin() {
    load what{{5}, 77, {{keys::messages(here, 1, 9)}, {keys::messages(there, 1, 9)}}};
    known.begin(1, what, now, out);
  }

  uint64_t token_asked_for() const {
    return decode_read_request(out.letters.back().second.bytes.bytes())->token;
  }

  static rows one_row(uint64_t token, conversation_id of) {
    return {token, ec::none, {{{keys::message(of, 1), frame{"12345678"}}}}};
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(fetcher_test, fixture)

BOOST_AUTO_TEST_CASE(parts_are_answered_together_in_the_order_of_the_questions) {
  begin();
  BOOST_REQUIRE(out.loads.size() == 1u);
  BOOST_REQUIRE(out.letters.size() == 1u);
  BOOST_TEST((out.letters[0].first == leader));
  known.add(one_row(token_asked_for(), there), out);
  BOOST_TEST(out.answers.empty());
  known.add(one_row(out.loads[0].second.token, here), out);
  BOOST_REQUIRE(out.answers.size() == 1u);
  auto& [ticket, found] = out.answers[0];
  BOOST_TEST(ticket == 1u);
  BOOST_TEST(found.token == 77u);
  BOOST_TEST((found.results.at(0).at(0).key == keys::message(here, 1)));
  BOOST_TEST((found.results.at(1).at(0).key == keys::message(there, 1)));
}

BOOST_AUTO_TEST_CASE(a_part_that_is_refused_is_asked_of_who_leads_then) {
  begin();
  known.add({token_asked_for(), ec::retry, {}}, out);
  BOOST_TEST(out.answers.empty());
  leader = {3};
  known.tick(now + limits::fetch_again_after, out);
  BOOST_REQUIRE(out.letters.size() == 2u);
  BOOST_TEST((out.letters[1].first == leader));
  known.add(one_row(token_asked_for(), there), out);
  known.add(one_row(out.loads[0].second.token, here), out);
  BOOST_REQUIRE(out.answers.size() == 1u);
  BOOST_TEST((out.answers[0].second.code == ec::none));
}

BOOST_AUTO_TEST_CASE(what_does_not_come_in_time_is_given_up_once) {
  leader = {};
  begin();
  BOOST_TEST(out.letters.empty());
  known.tick(now + limits::fetch_within, out);
  BOOST_REQUIRE(out.answers.size() == 1u);
  BOOST_TEST((out.answers[0].second.code == ec::retry));
  known.add(one_row(out.loads[0].second.token, here), out);
  known.tick(now + 2 * limits::fetch_within, out);
  BOOST_TEST(out.answers.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
