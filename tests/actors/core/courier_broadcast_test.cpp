#define BOOST_TEST_MODULE courier_broadcast

#include "actors/core/courier.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/query.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tests/support/read_row.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace parley;
using namespace std::chrono_literals;

namespace {

/// The courier of a shard with a room that has a broadcast, over rows of all shards.
struct fixture {
  const conversation_id room = room_conversation(user_of("service"), {}, 0);
  const shard_id shard = shard_of(room);
  memory_store disk;
  moment now{1'700'000'000'000'000, 1h};
  std::optional<core::courier> courier;
  uint64_t lives = 0;
  std::map<user_id, std::vector<dispatch>> sent;
  std::set<user_id> mute; ///< Whose rooms say nothing.
  size_t at_once = 0;     ///< Most that was on its way.
  size_t on_its_way = 0;
  bool fails_loads = false;
  bool confirms_twice = false;

  fixture() {
    effect what;
    what.put(
      keys::message(room, 1),
      wire::encode_answer(
        0, wire::message{
             room, 1, 1, 1, user_of("service"), "service", {9}, 1, wire::content{{}, "to all"}}));
    record::outbox row{room, 1, wire::conversation_kind::room, {}};
    row.walk = {user_of("service"), "service", {}, {}};
    what.put(keys::outbox(room, 1), record::encode(row));
    add_account(what, "service", record::role::service);
    write(what);
  }

  static void add_account(effect& to, const std::string& name,
                          record::role role = record::role::person) {
    to.put(keys::account(user_of(name)), record::encode(record::account{name, role, {}, {}, 1}));
  }

  void add_people(size_t count) {
    effect what;
    for (size_t i = 0; i < count; ++i)
      add_account(what, "user" + std::to_string(i));
    write(what);
  }

  void write(const effect& what) {
    BOOST_REQUIRE(disk.write({&what, 1}).ok());
  }

  void start() {
    courier.emplace(shard, writer_id{++lives}, 1);
    actions out;
    courier->start(out);
    carry(std::move(out));
  }

  void carry(actions&& out) {
    for (auto& x : out.appends) {
      write(x.what);
      actions more;
      courier->step(committed{x.number, ec::none}, writer_id{lives}, now, more);
      carry(std::move(more));
    }
    for (auto& x : out.loads) {
      rows found{x.token, fails_loads ? ec::retry : ec::none, {}};
      for (auto& query : x.queries)
        BOOST_REQUIRE(run_query(disk, query, found.results.emplace_back()).ok());
      actions more;
      courier->step(found, now, more);
      carry(std::move(more));
    }
    std::vector<outbox_confirmed> done;
    for (auto& x : out.rooms) {
      auto& what = std::get<dispatch>(x.what);
      auto user = what.confirms.user;
      BOOST_TEST((x.to == direct_conversation(user_of("service"), user)));
      sent[user].push_back(what);
      if (!mute.contains(user))
        done.push_back(what.confirms);
    }
    at_once = std::max(at_once, done.size());
    if (confirms_twice)
      done.insert(done.end(), done.begin(), done.end());
    for (auto& x : std::vector<outbox_confirmed>{done}) {
      actions more;
      courier->step(courier_event{x}, now, more);
      carry(std::move(more));
    }
  }

  /// Until nothing is due for long, or so many ticks have passed.
  void run(size_t ticks = 1000) {
    while (ticks-- > 0 && courier->next_deadline() < now.steady + 10s) {
      now.steady = std::max(now.steady, courier->next_deadline());
      actions out;
      courier->step(courier_event{tick{}}, now, out);
      carry(std::move(out));
    }
  }

  bool row_is_left() {
    return read_row(disk, keys::outbox(room, 1)).has_value();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(courier_broadcast_test, fixture)

BOOST_AUTO_TEST_CASE(everybody_is_sent_it_once_and_the_row_goes) {
  add_people(1000);
  start();
  run();
  BOOST_TEST(sent.size() == 1000u);
  for (auto& [user, all] : sent)
    BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST(!sent.contains(user_of("service")));
  BOOST_TEST(!row_is_left());
  BOOST_TEST(courier->undelivered() == 0u);
}

BOOST_AUTO_TEST_CASE(it_is_a_send_of_the_service_with_the_place_as_its_counter) {
  add_people(1);
  start();
  run();
  auto& one = sent[user_of("user0")].front();
  BOOST_TEST((one.what.from->role == record::role::service));
  BOOST_TEST((one.what.from->user == user_of("service")));
  auto& body = std::get<wire::send>(one.what.items.front().body);
  BOOST_TEST(body.user == "user0");
  BOOST_TEST(body.counter == 1u);
  BOOST_TEST(body.content.body == "to all");
}

BOOST_AUTO_TEST_CASE(no_more_than_a_page_is_on_its_way) {
  add_people(40'000); // More than two pages in each shard.
  start();
  run(100'000);
  BOOST_TEST(sent.size() == 40'000u);
  BOOST_TEST(at_once <= limits::broadcast_page);
}

BOOST_AUTO_TEST_CASE(it_takes_its_time) {
  add_people(40'000);
  auto began = now.steady;
  start();
  run(100'000);
  auto least = limits::broadcast_page_every * (40'000 / limits::broadcast_page - 1);
  BOOST_TEST((now.steady - began >= least));
}

BOOST_AUTO_TEST_CASE(who_does_not_confirm_is_sent_it_again_and_others_are_not) {
  add_people(10);
  mute.insert(user_of("user3"));
  start();
  run(200);
  BOOST_TEST(sent[user_of("user3")].size() > 1u);
  BOOST_TEST(row_is_left());
  mute.clear();
  now.steady += limits::outbox_repeat_max * 2;
  run();
  BOOST_TEST(!row_is_left());
  for (auto& [user, all] : sent)
    if (user != user_of("user3"))
      BOOST_REQUIRE(all.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_later_life_goes_on_with_the_page_that_was_not_done) {
  add_people(2000);
  start();
  run(30);
  auto before = sent.size();
  BOOST_TEST(before > 0u);
  BOOST_TEST(before < 2000u);
  start();
  run();
  BOOST_TEST(sent.size() == 2000u);
  size_t again = 0;
  for (auto& [user, all] : sent)
    again += all.size() > 1;
  BOOST_TEST(again <= limits::broadcast_page);
  BOOST_TEST(!row_is_left());
}

BOOST_AUTO_TEST_CASE(a_later_broadcast_waits_for_the_one_before) {
  add_people(10);
  effect what;
  what.put(
    keys::message(room, 2),
    wire::encode_answer(
      0, wire::message{
           room, 2, 2, 1, user_of("service"), "service", {9}, 2, wire::content{{}, "more"}}));
  record::outbox row{room, 2, wire::conversation_kind::room, {}};
  row.walk = {user_of("service"), "service", {}, {}};
  what.put(keys::outbox(room, 2), record::encode(row));
  write(what);
  mute.insert(user_of("user3"));
  start();
  run(200);
  for (auto& [user, all] : sent)
    for (auto& x : all)
      BOOST_REQUIRE(x.confirms.version == 1u);
  mute.clear();
  now.steady += limits::outbox_repeat_max * 2;
  run();
  for (auto& [user, all] : sent) {
    BOOST_REQUIRE(all.size() >= 2u);
    BOOST_TEST(all.back().confirms.version == 2u);
  }
  BOOST_TEST(!read_row(disk, keys::outbox(room, 2)).has_value());
}

BOOST_AUTO_TEST_CASE(a_confirmation_that_comes_twice_skips_nobody) {
  add_people(2000);
  confirms_twice = true;
  start();
  run();
  BOOST_TEST(sent.size() == 2000u);
  for (auto& [user, all] : sent)
    BOOST_REQUIRE(all.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_broadcast_whose_message_is_gone_ends) {
  add_people(10);
  effect what;
  what.erase(keys::message(room, 1));
  write(what);
  start();
  run();
  BOOST_TEST(sent.empty());
  BOOST_TEST(!row_is_left());
}

BOOST_AUTO_TEST_CASE(rows_that_cannot_be_read_are_read_later) {
  add_people(10);
  start();
  fails_loads = true;
  run(5);
  fails_loads = false;
  now.steady += limits::outbox_repeat_after;
  run();
  BOOST_TEST(sent.size() == 10u);
}

BOOST_AUTO_TEST_SUITE_END()
