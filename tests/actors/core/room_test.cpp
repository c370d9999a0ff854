#define BOOST_TEST_MODULE room

#include "actors/core/room.hpp"

#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>

using namespace parley;
using namespace std::chrono_literals;

namespace {

const conversation_id id{1, 2};
const user_id ada = user_of("ada");
const user_id bob = user_of("bob");

/// A room of ada, who owns it, and bob; both are online.
struct fixture {
  core::room room{id, {1}, 1};
  moment now{1'000'000, 1h};
  origin_ptr from =
    std::make_shared<const origin>(origin{make_session({1}, 1), ada, {7}, {}, "ada"});
  uint64_t requests_made = 0;
  std::vector<user_id> told;             ///< Of the last message, event or receipt.
  std::optional<record::member> written; ///< Ada's row, as last written.

  fixture() {
    actions out;
    room.start(now, out);
    rows found{out.loads.front().token, ec::none, {{}, {}, {}, {}}};
    record::conversation row{wire::conversation_kind::room, "room", false, now.wall};
    found.results[0].push_back({keys::conversation(id), record::encode(row)});
    auto member = [&](user_id who, const char* name, bool owner) {
      record::member x;
      x.name = name;
      x.owner = owner;
      x.joined = 1;
      found.results[1].push_back({keys::member(id, who), record::encode(x)});
    };
    member(ada, "ada", true);
    member(bob, "bob", false);
    step(found);
    step(room_event{subscribe{ada, 1, 1}});
    step(room_event{subscribe{bob, 1, 1}});
  }

  template <class Event>
  void step(Event&& x) {
    actions out;
    room.step(std::forward<Event>(x), now, out);
    carry(std::move(out));
  }

  /// Everything is committed at once and everybody exists.
  void carry(actions&& out) {
    if (!out.tells.empty())
      told.clear();
    for (auto& x : out.tells)
      told.insert(told.end(), x.to.begin(), x.to.end());
    for (auto& x : out.inboxes)
      if (std::holds_alternative<check_user>(x.what))
        step(room_event{user_checked{x.to, true, false}});
    for (auto& x : out.loads)
      step(rows{x.token, ec::none, std::vector<std::vector<row>>(x.queries.size())});
    for (auto& x : out.appends) {
      for (auto& row : x.what.rows)
        if (row.key == keys::member(id, ada))
          written = record::decode<record::member>(row.value.bytes());
      step(committed{x.number, ec::none});
    }
  }

  void ask(wire::client_body body) {
    step(room_event{requests{from, {{++requests_made, std::move(body), {}}}}});
  }

  void say(uint64_t counter) {
    ask(wire::send{id, {}, counter, counter - 1, {{}, "text"}});
  }

  bool bob_is_told() const {
    return std::count(told.begin(), told.end(), bob) != 0;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_test, fixture)

BOOST_AUTO_TEST_CASE(who_was_let_out_and_in_again_is_told_nothing_before_their_shard_knows) {
  say(1);
  BOOST_TEST(bob_is_told());
  ask(wire::kick{id, {"bob"}}); // Seq 2.
  BOOST_TEST(bob_is_told());    // Of that, and nothing more.
  say(2);
  BOOST_TEST(!bob_is_told());
  ask(wire::invite{id, {"bob"}}); // Seq 4.
  BOOST_TEST(!bob_is_told());
  step(room_event{subscribe{bob, 1, 1}}); // His shard knows of the first stay only.
  say(3);
  BOOST_TEST(!bob_is_told());
  step(room_event{subscribe{bob, 1, 4}});
  say(4);
  BOOST_TEST(bob_is_told());
}

BOOST_AUTO_TEST_CASE(a_receipt_is_told_to_all_but_who_gave_it) {
  say(1);
  step(room_event{receipt{bob, 1, 0}});
  BOOST_TEST((told == std::vector{ada}));
  told.clear();
  step(room_event{receipt{bob, 1, 0}}); // No news.
  BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_CASE(a_message_is_its_senders_receipt) {
  say(1);
  say(2);
  told.clear();
  step(room_event{receipt{ada, 2, 2}});
  BOOST_TEST(told.empty()); // Known already.
  now.steady += limits::cursor_write_after;
  step(room_event{tick{}});
  BOOST_REQUIRE(written.has_value());
  BOOST_TEST(written->delivered == 2u);
  BOOST_TEST(written->read == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
