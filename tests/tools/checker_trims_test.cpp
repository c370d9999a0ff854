#include <boost/test/unit_test.hpp>

#include "tests/tools/checker_histories.hpp"

using namespace parley;
using namespace parley::checker;

namespace {

trimmed from(device_id d, seq_t first) {
  return {d, chat, first};
}

may_go old(seq_t before) {
  return {chat, before};
}

/// Ada writes four messages; Bob gets the first one, is away, and gets the last one.
history away() {
  return {
    in(ada),          in(bob),           sends(ada, 1), stored(ada, 1, 1), gets(bob, 1, ada, 1),
    sends(ada, 2),    stored(ada, 2, 2), sends(ada, 3), stored(ada, 3, 3), sends(ada, 4),
    stored(ada, 4, 4)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(finds_gaps)

BOOST_AUTO_TEST_CASE(that_nobody_spoke_of) {
  auto x = check(with(away(), {old(4), gets(bob, 4, ada, 4)}));
  BOOST_TEST(x.lost == 2u);
  BOOST_TEST(x.faults() == 2u);
}

BOOST_AUTO_TEST_CASE(behind_the_place_that_was_named) {
  auto x = check(with(away(), {old(4), from(bob, 3), gets(bob, 4, ada, 4)}));
  BOOST_TEST(x.lost == 1u);
  BOOST_TEST(x.faults() == 1u);
}

BOOST_AUTO_TEST_CASE(in_what_must_be_kept) {
  auto x = check(with(away(), {old(3), from(bob, 4), gets(bob, 4, ada, 4)}));
  BOOST_TEST(x.lost == 1u);
  BOOST_TEST(x.faults() == 1u);
}

BOOST_AUTO_TEST_CASE(where_everything_is_kept) {
  BOOST_TEST(check(with(away(), {from(bob, 4), gets(bob, 4, ada, 4)})).lost == 2u);
}

BOOST_AUTO_TEST_CASE(of_which_only_another_device_was_told) {
  BOOST_TEST(check(with(away(), {old(4), from(ada, 4), gets(bob, 4, ada, 4)})).lost == 2u);
}

BOOST_AUTO_TEST_CASE(that_came_to_nobody) {
  auto x =
    check({in(bob), sends(ada, 1), stored(ada, 1, 4), old(3), from(bob, 3), gets(bob, 4, ada, 1)});
  BOOST_TEST(x.gaps == 1u);
  BOOST_TEST(x.faults() == 1u);
}

BOOST_AUTO_TEST_CASE(that_are_filled_after_all) {
  BOOST_TEST(
    !check(with(away(), {old(4), from(bob, 4), gets(bob, 3, ada, 3), gets(bob, 4, ada, 4)})).ok());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(allows_gaps)

BOOST_AUTO_TEST_CASE(of_what_was_let_go) {
  BOOST_TEST(check(with(away(), {old(4), from(bob, 4), gets(bob, 4, ada, 4)})).ok());
}

BOOST_AUTO_TEST_CASE(that_are_named_after_what_is_left) {
  BOOST_TEST(check(with(away(), {old(4), gets(bob, 4, ada, 4), from(bob, 4)})).ok());
}

BOOST_AUTO_TEST_CASE(whose_receipt_goes_up_to_what_is_left) {
  BOOST_TEST(check(with(away(), {old(4), from(bob, 4), receipt{ada, chat, bob_himself, 3, 0},
                                 gets(bob, 4, ada, 4)}))
               .ok());
}

BOOST_AUTO_TEST_SUITE_END()
