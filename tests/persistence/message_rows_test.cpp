#include "persistence/message_rows.hpp"

#include "persistence/memory_store.hpp"
#include "tests/persistence/rows.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

namespace {

const conversation_id room{1, 2};

uint64_t number_in(std::string_view bytes) {
  uint64_t result = 0;
  std::memcpy(&result, bytes.data() + 8, sizeof result);
  return result;
}

/// Messages 1 to 9 in rows of one, three, one and four, and another room's.
struct fixture {
  memory_store rows;

  fixture() {
    for (auto [first, last] : {std::pair{1, 1}, {2, 4}, {5, 5}, {6, 9}})
      add(room, static_cast<seq_t>(first), static_cast<seq_t>(last));
    add({room.high, room.low - 1}, 1, 20);
    add({room.high, room.low + 1}, 1, 20);
  }

  void add(conversation_id to, seq_t first, seq_t last) {
    effect change;
    change.put(keys::message(to, first), testing::row_of_messages(first, last));
    BOOST_REQUIRE(rows.write({&change, 1}).ok());
  }

  /// What is shown of a range, each under the key of its own.
  std::vector<uint64_t> scan(seq_t from, seq_t to, size_t most = SIZE_MAX) const {
    std::vector<uint64_t> seen;
    auto done = scan_messages(rows, keys::messages(room, from, to), [&](auto key, auto bytes) {
      BOOST_TEST((key == keys::message(room, number_in(bytes)).bytes()));
      BOOST_TEST(bytes.size() == 16u);
      seen.push_back(number_in(bytes));
      return seen.size() < most;
    });
    BOOST_TEST(done.ok());
    return seen;
  }

  std::vector<uint64_t> last(seq_t from, seq_t to) const {
    std::vector<uint64_t> seen;
    auto done = last_message(rows, keys::messages(room, from, to), [&](auto, auto bytes) {
      seen.push_back(number_in(bytes));
      return false;
    });
    BOOST_TEST(done.ok());
    return seen;
  }
};

using numbers = std::vector<uint64_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(message_rows_test, fixture)

BOOST_AUTO_TEST_CASE(every_range_shows_its_messages_and_no_others) {
  for (seq_t from = 0; from <= 11; ++from)
    for (seq_t to = from; to <= 11; ++to) {
      numbers wanted;
      for (auto i = std::max<seq_t>(from, 1); i <= std::min<seq_t>(to, 9); ++i)
        wanted.push_back(i);
      BOOST_TEST(scan(from, to) == wanted, boost::test_tools::per_element());
      if (!wanted.empty())
        wanted = {wanted.back()};
      BOOST_TEST(last(from, to) == wanted, boost::test_tools::per_element());
    }
  BOOST_TEST(last(0, UINT64_MAX) == numbers{9});
  BOOST_TEST(scan(8, UINT64_MAX) == (numbers{8, 9}));
}

BOOST_AUTO_TEST_CASE(who_has_seen_enough_is_shown_no_more) {
  BOOST_TEST(scan(3, 9, 1) == numbers{3});
  BOOST_TEST(scan(3, 9, 4) == (numbers{3, 4, 5, 6}));
}

BOOST_AUTO_TEST_CASE(the_row_of_a_message_is_shown_as_it_is) {
  for (auto [seq, first, size] : {std::tuple{1, 1, 1}, {3, 2, 3}, {5, 5, 1}, {9, 6, 4}}) {
    auto shown = 0;
    auto done = row_of_message(rows, keys::message(room, static_cast<seq_t>(seq)),
                               [&, first = first, size = size](auto at, auto bytes) {
                                 ++shown;
                                 BOOST_TEST(keys::seq_at_end(at) == static_cast<seq_t>(first));
                                 BOOST_TEST(bytes.size() == static_cast<size_t>(16 * size));
                                 return false;
                               });
    BOOST_TEST(done.ok());
    BOOST_TEST(shown == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_an_error_and_shows_what_stands_before) {
  auto whole = testing::row_of_messages(1, 1);
  std::string bytes{whole.bytes()};
  bytes += std::string(8, '\7');
  effect change;
  change.put(keys::message(room, 6), frame{bytes});
  BOOST_REQUIRE(rows.write({&change, 1}).ok());
  size_t seen = 0;
  auto count = [&seen](auto, auto) { return ++seen != 0; };
  BOOST_TEST(!scan_messages(rows, keys::messages(room, 6, 9), count).ok());
  BOOST_TEST(seen == 1u);
  BOOST_TEST(!last_message(rows, keys::messages(room, 6, 9), count).ok());
  BOOST_TEST(seen == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
