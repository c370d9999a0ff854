#include "persistence/memory_store.hpp"
#include "tests/persistence/rows.hpp"
#include "tests/support/read_row.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using namespace parley::testing;

namespace {

struct fixture {
  memory_store rows;
  key at = keys::starts();

  fixture() {
    BOOST_REQUIRE(write(rows, put(at, 1)).ok());
  }

  uint64_t value() const {
    return number_in(read_row(rows, at).value());
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(memory_store_test, fixture)

BOOST_AUTO_TEST_CASE(a_full_disk_changes_nothing_and_recovers) {
  rows.fill();
  BOOST_TEST((write(rows, put(at, 2)).code == ec::storage_full));
  BOOST_TEST(value() == 1u);
  rows.drain();
  BOOST_TEST(write(rows, put(at, 3)).ok());
  BOOST_TEST(value() == 3u);
}

BOOST_AUTO_TEST_CASE(a_failed_write_poisons) {
  rows.tear(memory_store::torn::lost);
  BOOST_TEST((write(rows, put(at, 2)).code == ec::storage_failed));
  BOOST_TEST((write(rows, put(at, 3)).code == ec::storage_failed));
  BOOST_TEST(value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_lost_write_stays_lost_after_a_crash) {
  rows.tear(memory_store::torn::lost);
  BOOST_TEST(!write(rows, put(at, 2)).ok());
  rows.crash();
  BOOST_TEST(value() == 1u);
  BOOST_TEST(write(rows, put(at, 3)).ok());
}

BOOST_AUTO_TEST_CASE(a_torn_write_may_appear_after_a_crash_but_not_before) {
  rows.tear(memory_store::torn::applied);
  BOOST_TEST(!write(rows, put(at, 2)).ok());
  BOOST_TEST(value() == 1u);
  rows.crash();
  BOOST_TEST(value() == 2u);
}

BOOST_AUTO_TEST_CASE(a_crash_keeps_what_was_acknowledged) {
  BOOST_TEST(write(rows, put(keys::format(), 5)).ok());
  rows.crash();
  BOOST_TEST(value() == 1u);
  BOOST_TEST(rows.rows() == 2u);
  BOOST_TEST(rows.writes() == 2u);
}

BOOST_AUTO_TEST_CASE(a_crash_loses_what_was_written_behind_since_the_last_flush) {
  auto room = conversation_in(3);
  auto row = [&](uint64_t i) { return keys::message(room, i); };
  BOOST_TEST(write_behind(rows, put(row(1), 1)).ok());
  BOOST_TEST(write_behind(rows, put(row(2), 2)).ok());
  rows.flush({3});
  effect later;
  later.erase(row(1));
  later.put(row(2), number(20));
  later.put(row(3), number(3));
  BOOST_TEST(write_behind(rows, later).ok());
  rows.flush({4});
  rows.crash();
  BOOST_TEST(number_in(read_row(rows, row(1)).value()) == 1u);
  BOOST_TEST(number_in(read_row(rows, row(2)).value()) == 2u);
  BOOST_TEST(!read_row(rows, row(3)));
}

BOOST_AUTO_TEST_CASE(a_durable_write_outlives_what_was_written_behind_before_it) {
  auto room = conversation_in(3);
  effect gone;
  gone.cleared.push_back(keys::everything({3}));
  BOOST_TEST(write_behind(rows, put(keys::message(room, 1), 1)).ok());
  rows.flush({3});
  effect behind;
  behind.erase(keys::message(room, 1));
  BOOST_TEST(write_behind(rows, behind).ok());
  BOOST_TEST(write(rows, gone).ok());
  rows.crash();
  BOOST_TEST(!read_row(rows, keys::message(room, 1)));
}

BOOST_AUTO_TEST_CASE(a_clone_goes_its_own_way) {
  rows.fill();
  auto other = rows.clone();
  BOOST_TEST(write(*other, put(at, 9)).ok());
  BOOST_TEST(value() == 1u);
  BOOST_TEST(number_in(read_row(*other, at).value()) == 9u);
}

BOOST_AUTO_TEST_SUITE_END()
