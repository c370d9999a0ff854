#include <boost/test/unit_test.hpp>

#include "tests/tools/checker_histories.hpp"

using namespace parley;
using namespace parley::checker;

namespace {

member_list has(std::vector<user_id> all) {
  return {chat, std::move(all)};
}

room_list is_in(device_id d) {
  return {d, {chat}};
}

room_list is_in_none(device_id d) {
  return {d, {}};
}

uint64_t members(const history& x) {
  auto judged = check(x);
  BOOST_TEST(judged.faults() == judged.members);
  return judged.members;
}

} // namespace

BOOST_AUTO_TEST_SUITE(finds_members)

BOOST_AUTO_TEST_CASE(who_do_not_have_the_room) {
  BOOST_TEST(members({has({ada_herself, bob_himself}), is_in(ada), is_in_none(bob)}) == 1u);
}

BOOST_AUTO_TEST_CASE(who_have_a_room_that_does_not_have_them) {
  BOOST_TEST(members({has({ada_herself}), is_in(ada), is_in(bob)}) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(allows_members)

BOOST_AUTO_TEST_CASE(on_whom_both_lists_agree) {
  BOOST_TEST(
    check({has({ada_herself, bob_himself}), is_in(ada), is_in(bob), is_in_none(eve)}).ok());
}

BOOST_AUTO_TEST_CASE(who_said_nothing_in_the_end) {
  BOOST_TEST(check({has({ada_herself, bob_himself}), is_in(ada)}).ok());
}

BOOST_AUTO_TEST_CASE(of_rooms_that_said_nothing_in_the_end) {
  BOOST_TEST(check({is_in(ada)}).ok());
}

BOOST_AUTO_TEST_SUITE_END()
