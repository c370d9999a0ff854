#include "persistence/reclaiming.hpp"

#include "persistence/memory_store.hpp"
#include "persistence/rocks_metrics.hpp"
#include "persistence/rocks_store.hpp"
#include "tests/persistence/rows.hpp"
#include "tests/support/deadline.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <random>

// What compactions drop: the same for the store on disk and its twin in memory.

using namespace parley;
using namespace parley::testing;

namespace data = boost::unit_test::data;

namespace {

const conversation_id room = conversation_in(3);
const conversation_id other = conversation_in(3, 2);
const user_id ada{5, 5};

struct place {
  temporary_directory dir;
  std::unique_ptr<store> rows;

  explicit place(bool on_disk, rocks_options options = {}) {
    if (!on_disk) {
      rows = std::make_unique<memory_store>();
      return;
    }
    options.reserve_bytes = 0;
    BOOST_REQUIRE(open_rocks_store(dir.path() / "data", options, rows).ok());
  }

  void add(const key& at, const frame& row) {
    effect change;
    change.put(at, row);
    BOOST_REQUIRE(write(*rows, change).ok());
  }

  void add_messages(conversation_id to, seq_t first, seq_t last) {
    add(keys::message(to, first), row_of_messages(first, last));
  }

  void reclaim(conversation_id of, seq_t upto) {
    BOOST_REQUIRE(write(*rows, put(keys::reclaimed(of), upto)).ok());
    if (auto twin = dynamic_cast<memory_store*>(rows.get()))
      twin->compact();
    else
      BOOST_REQUIRE(compact(*rows).ok());
  }

  /// The first numbers of the rows that are left.
  std::vector<seq_t> left(conversation_id of) {
    std::vector<seq_t> result;
    BOOST_REQUIRE(rows
                    ->scan(keys::messages(of, 0, UINT64_MAX),
                           [&](auto key, auto) {
                             result.push_back(keys::seq_at_end(key));
                             return true;
                           })
                    .ok());
    return result;
  }

  bool has(const key& at) {
    auto found = false;
    BOOST_REQUIRE(rows->get(at, [&](auto, auto) { return found = true; }).ok());
    return found;
  }
};

using seqs = std::vector<seq_t>;

} // namespace

BOOST_AUTO_TEST_SUITE(reclaiming_test)

BOOST_DATA_TEST_CASE(rows_go_when_all_of_their_messages_may, data::make({false, true}), on_disk) {
  place at{on_disk};
  for (auto [first, last] : {std::pair{1, 1}, {2, 4}, {5, 5}, {6, 9}})
    at.add_messages(room, static_cast<seq_t>(first), static_cast<seq_t>(last));
  at.add_messages(other, 1, 9);
  at.reclaim(room, 4);
  BOOST_TEST((at.left(room) == seqs{2, 5, 6}));
  at.reclaim(room, 7);
  BOOST_TEST((at.left(room) == seqs{6}));
  BOOST_TEST((at.left(other) == seqs{1}));
}

BOOST_DATA_TEST_CASE(the_last_of_a_conversation_stays, data::make({false, true}), on_disk) {
  place at{on_disk};
  at.add_messages(room, 1, 3);
  at.add_messages(room, 4, 5);
  at.reclaim(room, 6); // All of it.
  BOOST_TEST((at.left(room) == seqs{4}));
}

BOOST_DATA_TEST_CASE(what_is_said_of_a_message_goes_with_it, data::make({false, true}), on_disk) {
  place at{on_disk};
  auto of = [](seq_t seq) {
    return std::vector<key>{keys::revised(room, seq), keys::reacted(room, seq, ada),
                            keys::mention(room, ada, seq), keys::hidden(room, ada, seq),
                            keys::posting(room, 77, seq)};
  };
  for (seq_t seq : {3, 4})
    for (auto& x : of(seq))
      BOOST_REQUIRE(write(*at.rows, put(x, 1)).ok());
  at.reclaim(room, 4);
  for (auto& x : of(3))
    BOOST_TEST(!at.has(x));
  for (auto& x : of(4))
    BOOST_TEST(at.has(x));
}

BOOST_DATA_TEST_CASE(what_is_of_no_message_stays, data::make({false, true}), on_disk) {
  place at{on_disk};
  std::vector<key> others{
    keys::conversation(room),   keys::member(room, ada),       keys::client_id(room, ada, {1}, 1),
    keys::outbox(room, 1),      keys::outsider(room, ada),     keys::account({room.high, room.low}),
    keys::naming(ada, room, 1), keys::notice(1, ada, room, 1), keys::mailbox(ada, room)};
  for (auto& x : others)
    BOOST_REQUIRE(write(*at.rows, put(x, 1)).ok());
  at.reclaim(room, 1000);
  for (auto& x : others)
    BOOST_TEST(at.has(x));
  BOOST_TEST(at.has(keys::reclaimed(room)));
}

BOOST_DATA_TEST_CASE(large_rows_go_like_others, data::make({false, true}), on_disk) {
  place at{on_disk};
  std::mt19937_64 dice{1};
  for (seq_t seq = 1; seq <= 5; ++seq)
    at.add(keys::message(room, seq), row_of_large_message(64 << 10, dice));
  at.reclaim(room, 4);
  BOOST_TEST((at.left(room) == seqs{3, 4, 5}));
}

BOOST_AUTO_TEST_CASE(the_disk_has_room_again_once_large_rows_went) {
  place at{true};
  constexpr uint64_t size = 64 << 10;
  std::mt19937_64 dice{1};
  for (seq_t seq = 1; seq <= 32; ++seq)
    at.add(keys::message(room, seq), row_of_large_message(size, dice));
  at.reclaim(room, 1);
  auto before = metrics_of(*at.rows).file_bytes;
  BOOST_TEST(before > 32 * size);
  at.reclaim(room, 17);
  auto after = metrics_of(*at.rows).file_bytes;
  BOOST_TEST(after > 16 * size);
  BOOST_TEST(after < 18 * size);
  for (seq_t seq = 16; seq <= 32; ++seq)
    BOOST_TEST(at.has(keys::message(room, seq)));
}

/// Each file has some that stay, so none goes by itself.
BOOST_AUTO_TEST_CASE(holes_among_large_rows_are_closed_while_others_are_written) {
  constexpr uint64_t size = 64 << 10;
  rocks_options small;
  small.memtable_bytes = 1 << 20;
  place at{true, small};
  std::mt19937_64 dice{1};
  for (seq_t seq = 1; seq <= 160; ++seq)
    at.add(keys::message(room, seq), row_of_large_message(size, dice));
  for (seq_t seq = 1; seq <= 160; ++seq)
    if (seq % 8 != 0)
      BOOST_REQUIRE(write(*at.rows, erase(keys::message(room, seq))).ok());
  wait_until("what is left is most of what is there", [&] {
    for (seq_t seq = 1; seq <= 16; ++seq)
      at.add(keys::message(other, seq), row_of_large_message(size, dice));
    return metrics_of(*at.rows).file_bytes < 2 * (20 + 16) * size;
  });
  BOOST_TEST(at.left(room).size() == 20u);
}

BOOST_AUTO_TEST_CASE(a_store_that_was_opened_again_goes_on_reclaiming) {
  place at{true};
  at.add_messages(room, 1, 1);
  at.add_messages(room, 2, 2);
  at.add_messages(room, 3, 3);
  at.rows.reset();
  rocks_options options;
  options.reserve_bytes = 0;
  BOOST_REQUIRE(open_rocks_store(at.dir.path() / "data", options, at.rows).ok());
  at.reclaim(room, 3);
  BOOST_TEST((at.left(room) == seqs{2, 3}));
}

BOOST_AUTO_TEST_SUITE_END()
