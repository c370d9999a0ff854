#include <boost/test/unit_test.hpp>

#include "tests/tools/checker_histories.hpp"

using namespace parley;
using namespace parley::checker;

namespace {

counted says(device_id d, seq_t head, seq_t read, uint64_t unread) {
  return {d, chat, head, read, unread};
}

/// Ada writes, edits, is renamed and writes again; Bob has read the first message.
history lively() {
  return {in(ada),
          in(bob),
          sends(ada, 1),
          stored(ada, 1, 1),
          revises{ada, chat, 2, body(2), {1, change::edit, 5}},
          stored(ada, 2, 2),
          sends(ada, 3),
          stored(ada, 3, 4),
          gets(bob, 1, ada, 1),
          gets(bob, 2, ada, 2),
          gets(bob, 3, ada, 0),
          gets(bob, 4, ada, 3),
          gets(ada, 3, ada, 0),
          reads{bob, chat, 1},
          has_read{bob, chat, 1}};
}

uint64_t miscounts(const history& x) {
  auto judged = check(x);
  BOOST_TEST(judged.faults() == judged.unread);
  return judged.unread;
}

} // namespace

BOOST_AUTO_TEST_SUITE(finds_unread_counts)

BOOST_AUTO_TEST_CASE(that_are_too_low) {
  BOOST_TEST(miscounts(with(lively(), {says(bob, 4, 1, 0)})) == 1u);
}

BOOST_AUTO_TEST_CASE(with_a_change_of_a_message) {
  BOOST_TEST(miscounts(with(lively(), {says(bob, 2, 1, 1)})) == 1u);
}

BOOST_AUTO_TEST_CASE(with_an_event) {
  BOOST_TEST(miscounts(with(lively(), {says(bob, 4, 1, 2)})) == 1u);
}

BOOST_AUTO_TEST_CASE(with_what_was_read) {
  BOOST_TEST(miscounts(with(lively(), {rest{}, says(bob, 4, 1, 2)})) == 1u);
}

BOOST_AUTO_TEST_CASE(of_a_head_that_nobody_has_come_to_yet) {
  BOOST_TEST(miscounts(with(lively(), {sends(ada, 4), says(bob, 5, 1, 1), stored(ada, 4, 5),
                                       gets(bob, 5, ada, 4)}))
             == 1u);
}

BOOST_AUTO_TEST_CASE(beyond_all_that_is_there) {
  BOOST_TEST(miscounts(with(lively(), {says(bob, 5, 1, 3)})) == 1u);
}

BOOST_AUTO_TEST_CASE(long_after_everybody_has_read_what_was_before) {
  parley::checker::checker uut;
  uut.joined(ada, chat, 1);
  uut.joined(bob, chat, 1);
  for (uint64_t i = 1; i <= 1000; ++i) {
    uut.invoked(ada, chat, i, body(i));
    uut.acknowledged(ada, chat, i, i);
    uut.delivered(bob, chat, i, ada, i, body(i));
    if (i == 900) {
      uut.reads(bob, chat, i);
      uut.has_read(bob, chat, i);
    }
  }
  uut.counted(bob, chat, 1000, 900, 100);
  BOOST_TEST(uut.so_far().ok());
  uut.counted(bob, chat, 1000, 900, 99);
  BOOST_TEST(uut.so_far().unread == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(allows_unread_counts)

BOOST_AUTO_TEST_CASE(of_messages_alone) {
  BOOST_TEST(
    check(with(lively(), {says(bob, 4, 1, 1), says(bob, 3, 1, 0), rest{}, says(bob, 4, 1, 1)}))
      .ok());
}

BOOST_AUTO_TEST_CASE(of_a_head_that_the_device_has_not_got_yet) {
  BOOST_TEST(check(with(lively(), {sends(ada, 4), says(bob, 5, 1, 2), stored(ada, 4, 5),
                                   gets(bob, 5, ada, 4)}))
               .ok());
}

BOOST_AUTO_TEST_CASE(of_who_has_written_last) {
  BOOST_TEST(check(with(lively(), {sends(bob, 1), stored(bob, 1, 5), gets(ada, 5, bob, 1),
                                   says(bob, 5, 5, 0), says(ada, 5, 4, 1)}))
               .ok());
}

BOOST_AUTO_TEST_CASE(with_or_without_what_nobody_ever_saw) {
  BOOST_TEST(check({in(ada), sends(ada, 1), says(ada, 1, 0, 1)}).ok());
  BOOST_TEST(check({in(ada), sends(ada, 1), says(ada, 1, 0, 0)}).ok());
}

BOOST_AUTO_TEST_SUITE_END()
