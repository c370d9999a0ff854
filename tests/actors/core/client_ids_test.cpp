#define BOOST_TEST_MODULE client_ids

#include "actors/core/client_ids.hpp"

#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

namespace {

using verdict = client_ids::verdict;

client_ids after(std::initializer_list<uint64_t> counters) {
  client_ids result;
  for (auto counter : counters)
    result.add({result.next_index(), counter, counter * 10, 0, 0, counter + 1000});
  return result;
}

bool is(const client_ids& ids, uint64_t counter, uint64_t previous, uint64_t digest,
        verdict expected) {
  return ids.check(counter, previous, digest).verdict == expected;
}

} // namespace

BOOST_AUTO_TEST_CASE(takes_what_is_higher_than_the_highest) {
  BOOST_TEST(is(client_ids{}, 1, 0, 7, verdict::fresh));
  BOOST_TEST(is(after({5}), 900, 5, 7, verdict::fresh));
  BOOST_TEST(is(after({5}), 900, 0, 7, verdict::fresh));
}

BOOST_AUTO_TEST_CASE(answers_a_repeat_with_the_first_result) {
  auto found = after({5, 9}).check(5, 0, 1005);
  BOOST_TEST((found.verdict == verdict::duplicate));
  BOOST_TEST(found.found.seq == 50u);
}

BOOST_AUTO_TEST_CASE(refuses_the_same_id_with_another_body) {
  BOOST_TEST(is(after({5, 9}), 5, 0, 1, verdict::conflict));
}

BOOST_AUTO_TEST_CASE(refuses_what_overtook_its_predecessor) {
  BOOST_TEST(is(after({5}), 7, 6, 1, verdict::out_of_order));
  BOOST_TEST(is(client_ids{}, 7, 6, 1, verdict::out_of_order));
}

BOOST_AUTO_TEST_CASE(forgets_beyond_the_window_and_says_so) {
  client_ids ids;
  for (uint64_t counter = 1; counter <= limits::client_id_window + 10; ++counter)
    ids.add({ids.next_index(), counter, counter, 0, 0, counter});
  BOOST_TEST(is(ids, 10, 0, 10, verdict::too_old));
  BOOST_TEST(is(ids, 11, 0, 11, verdict::duplicate));
  BOOST_TEST(ids.highest() == limits::client_id_window + 10);
}

BOOST_AUTO_TEST_CASE(refuses_a_counter_that_was_skipped) {
  BOOST_TEST(is(after({5, 9}), 7, 0, 1, verdict::too_old));
}
