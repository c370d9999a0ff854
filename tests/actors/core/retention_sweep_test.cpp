#define BOOST_TEST_MODULE retention_sweep

#include "actors/core/retention_sweep.hpp"

#include "actors/core/retention.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/query.hpp"
#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace parley;

namespace {

constexpr time_us second = 1'000'000;

struct fixture {
  static constexpr shard_id shard{3};

  memory_store disk;
  moment now{1'700'000'000 * second, std::chrono::hours{5}};
  core::retention_sweep sweep{shard};
  wire::retention general;

  fixture() {
    sweep.lead(now);
  }

  static conversation_id room(uint64_t i) {
    return {uint64_t{shard.value} << 58 | 7, i};
  }

  void add(uint64_t i, record::conversation what, seq_t head) {
    effect change;
    change.put(keys::conversation(room(i)), record::encode(what));
    if (head != 0)
      change.put(
        keys::message(room(i), head),
        wire::encode_answer(
          0, wire::message{room(i), head, head, 1, {}, "", {}, 1, wire::content{{}, "x"}}));
    BOOST_REQUIRE(disk.write({&change, 1}).ok());
  }

  record::conversation made(time_us ago) const {
    record::conversation x;
    x.kind = wire::conversation_kind::room;
    x.created = now.wall - ago * second;
    return x;
  }

  bool rests() const {
    return sweep.next_deadline() > now.steady + std::chrono::minutes{30};
  }

  /// A whole round, and who is to be woken.
  std::vector<uint64_t> woken() {
    std::vector<uint64_t> result;
    for (auto rounds = 0; rounds < 20; ++rounds) {
      if (rounds > 0 && rests())
        break;
      now.steady = sweep.next_deadline();
      actions out;
      sweep.tick(now, out);
      while (!out.loads.empty()) {
        auto asked = std::exchange(out.loads, {});
        for (auto& x : asked) {
          rows found{x.token, ec::none, {}};
          for (auto& query : x.queries)
            BOOST_REQUIRE(run_query(disk, query, found.results.emplace_back()).ok());
          for (auto id : sweep.answered(found, general, now, out))
            result.push_back(id.low);
        }
      }
    }
    std::sort(result.begin(), result.end());
    return result;
  }
};

using ids = std::vector<uint64_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(retention_sweep_test, fixture)

BOOST_AUTO_TEST_CASE(conversations_with_old_messages_are_woken) {
  general = {60, 0};
  add(1, made(100), 5);
  add(2, made(30), 5);
  auto cut = made(100);
  cut.first = 4;
  cut.first_time = now.wall - 10 * second;
  add(3, cut, 5);
  effect done;
  done.put(keys::reclaimed(room(3)), record::encode(record::counter{4}));
  BOOST_REQUIRE(disk.write({&done, 1}).ok());
  BOOST_TEST((woken() == ids{1}));
}

BOOST_AUTO_TEST_CASE(nobody_is_woken_for_a_clock_that_leaps) {
  general = {60, 0};
  add(1, made(30), 5);
  now.wall += 3600 * second;
  now.leap = 3600 * second;
  BOOST_TEST((woken() == ids{}));
  now.leap = 0;
  BOOST_TEST((woken() == ids{1}));
}

BOOST_AUTO_TEST_CASE(conversations_with_too_many_messages_are_woken) {
  general = {0, 10};
  add(1, made(1), 11);
  add(2, made(1), 10);
  auto cut = made(1);
  cut.first = 5;
  add(3, cut, 14);
  add(4, cut, 15);
  effect done;
  for (auto i : {3u, 4u})
    done.put(keys::reclaimed(room(i)), record::encode(record::counter{5}));
  BOOST_REQUIRE(disk.write({&done, 1}).ok());
  BOOST_TEST((woken() == ids{1, 4}));
}

BOOST_AUTO_TEST_CASE(conversations_with_something_to_reclaim_are_woken) {
  auto cut = made(1);
  cut.first = 5;
  add(1, cut, 14);
  add(2, cut, 14);
  effect done;
  done.put(keys::reclaimed(room(2)), record::encode(record::counter{5}));
  BOOST_REQUIRE(disk.write({&done, 1}).ok());
  BOOST_TEST((woken() == ids{1}));
}

BOOST_AUTO_TEST_CASE(where_nothing_is_left_nothing_is_over) {
  general = {60, 0};
  auto empty = made(100);
  empty.first = 6;
  empty.first_time = core::nothing_left;
  add(1, empty, 5);
  effect done;
  done.put(keys::reclaimed(room(1)), record::encode(record::counter{6}));
  BOOST_REQUIRE(disk.write({&done, 1}).ok());
  BOOST_TEST(woken().empty());
}

BOOST_AUTO_TEST_CASE(the_largest_number_is_no_limit) {
  general = {0, UINT64_MAX};
  add(1, made(1), 11);
  BOOST_TEST(woken().empty());
}

BOOST_AUTO_TEST_CASE(a_room_has_rules_of_its_own) {
  auto strict = made(100);
  strict.keep = {60, 0};
  add(1, strict, 5);
  add(2, made(100), 5);
  BOOST_TEST((woken() == ids{1}));
}

BOOST_AUTO_TEST_CASE(all_pages_are_read_and_then_it_rests) {
  general = {60, 0};
  for (uint64_t i = 1; i <= 3 * limits::retention_page; ++i)
    add(i, made(100), 0);
  BOOST_TEST(woken().size() == 3 * limits::retention_page);
  BOOST_TEST(rests());
}

BOOST_AUTO_TEST_CASE(who_does_not_lead_looks_at_nothing) {
  sweep.rest();
  BOOST_TEST((sweep.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_late_counts_no_more) {
  general = {60, 0};
  add(1, made(100), 5);
  now.steady = sweep.next_deadline();
  actions out;
  sweep.tick(now, out);
  BOOST_REQUIRE(out.loads.size() == 1u);
  rows found{out.loads[0].token, ec::none, {{}}};
  BOOST_REQUIRE(run_query(disk, out.loads[0].queries[0], found.results[0]).ok());
  sweep.rest();
  sweep.lead(now);
  BOOST_TEST(sweep.answered(found, general, now, out).empty());
}

BOOST_AUTO_TEST_SUITE_END()
