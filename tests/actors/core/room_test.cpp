#define BOOST_TEST_MODULE room

#include "actors/core/room.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "schema/message_row.hpp"
#include "tests/actors/core/room_on_disk.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

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
  std::vector<row> stored;               ///< Messages and results of sends.
  std::map<key, frame> ring;             ///< The results of sends that are on disk.
  ec refused = ec::none;                 ///< The last answer, if it was an error.

  fixture() {
    actions out;
    room.start(now, out);
    rows found{out.loads.front().token, ec::none, {{}, {}, {}, {}, {}, {}}};
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
    for (auto& x : out.loads) {
      rows found{x.token, ec::none, std::vector<std::vector<row>>(x.queries.size())};
      if (x.queries.front().range.from.bytes()[1] == 'd')
        for (auto& [key, value] : ring)
          found.results[0].push_back({key, value});
      step(found);
    }
    for (auto& x : out.parcels)
      for (auto& item : x.frames)
        if (auto answer = wire::decode_server(item.bytes)) {
          auto error = std::get_if<wire::error>(&answer->body);
          refused = error ? error->code : ec::none;
        }
    for (auto& x : out.appends) {
      for (auto& row : x.what.rows)
        if (row.key == keys::member(id, ada))
          written = record::decode<record::member>(row.value.bytes());
        else if (auto kind = row.key.bytes()[1]; kind == 't' || kind == 'd')
          stored.push_back(row);
      for (auto& row : x.what.rows)
        if (row.key.bytes()[1] == 'd')
          ring[row.key] = row.value;
      step(committed{x.number, ec::none});
    }
  }

  void ask(wire::client_body body) {
    step(room_event{requests{from, {{++requests_made, std::move(body), {}}}}});
  }

  void say(uint64_t counter) {
    ask(wire::send{id, {}, counter, counter - 1, {{}, "text"}});
  }

  /// Texts that arrive together.
  void say_at_once(uint64_t count, size_t size, uint64_t first = 1) {
    requests all{from, {}};
    std::string text(size, 'x');
    for (auto i = first; i != first + count; ++i)
      all.items.push_back({++requests_made, wire::send{id, {}, i, 0, {{}, text}}, {}});
    stored.clear();
    step(room_event{all});
  }

  /// Messages, or results, in each row that was stored.
  std::vector<size_t> stored_in(char kind) const {
    std::vector<size_t> result;
    for (auto& [key, value] : stored) {
      if (key.bytes()[1] != kind)
        continue;
      size_t count = 0;
      if (kind == 'd')
        count = record::decode_client_ids(value.bytes()).size();
      else
        for (auto rest = value.bytes(); !rest.empty(); ++count)
          rest.remove_prefix(first_message(rest).size());
      result.push_back(count);
    }
    return result;
  }

  bool bob_is_told() const {
    return std::count(told.begin(), told.end(), bob) != 0;
  }
};

/// A room of ada and bob whose appends wait, so that several are committed together.
struct held_back : testing::room_on_disk {
  held_back() {
    make("ada", {"bob"});
    tells.clear();
    holds_commits = true;
  }

  void commit_together() {
    step(committed{held.back(), ec::none});
    held.clear();
  }

  /// What somebody is told, in order; "|" between messages that are told apart.
  std::string told(user_id who) const {
    std::string result;
    for (auto& x : tells) {
      if (std::find(x.to.begin(), x.to.end(), who) == x.to.end())
        continue;
      if (!result.empty())
        result += " | ";
      auto news = std::get_if<notice>(&x.what);
      if (news == nullptr)
        result += "shown";
      else
        for (auto& message : news->what->messages)
          result +=
            (&message == news->what->messages.data() ? "" : " ") + std::to_string(message.seq);
    }
    return result;
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

BOOST_AUTO_TEST_CASE(messages_of_a_burst_share_rows_once_all_nodes_know_such_rows) {
  say_at_once(3, 10);
  BOOST_TEST(stored_in('t') == (std::vector<size_t>{1, 1, 1}));
  BOOST_TEST(stored_in('d') == (std::vector<size_t>{1, 1, 1}));
  fixture other;
  other.room.rule({.share_rows = true});
  other.say_at_once(20, 10);
  BOOST_TEST(other.stored_in('t') == std::vector<size_t>{20});
  BOOST_TEST(other.stored_in('d') == (std::vector<size_t>{16, 4}));
}

BOOST_AUTO_TEST_CASE(whatever_shares_rows_the_window_is_whole_after_a_restart) {
  std::mt19937 dice{7};
  room.rule({.share_rows = true});
  uint64_t next = 1;
  while (next <= 3 * limits::client_id_slots) {
    auto count = dice() % 2 == 0 ? 1 : 1 + dice() % 40;
    say_at_once(count, 4, next);
    next += count;
    BOOST_TEST(ring.size() <= limits::client_id_slots);

    fixture later;
    later.ring = ring;
    auto oldest = next > limits::client_id_window ? next - limits::client_id_window : 1;
    for (auto counter : {oldest, (oldest + next) / 2, next - 1}) {
      later.say_at_once(1, 4, counter);
      BOOST_REQUIRE((later.refused == ec::none));
      BOOST_REQUIRE(later.stored.empty()); // Known, and not stored again.
    }
  }
}

BOOST_AUTO_TEST_CASE(a_row_has_as_many_messages_as_are_read_for_one) {
  room.rule({.share_rows = true});
  say_at_once(3, limits::message_row_bytes / 2 - 500);
  BOOST_TEST(stored_in('t') == (std::vector<size_t>{2, 1}));
  fixture other;
  other.room.rule({.share_rows = true});
  other.say_at_once(2, limits::message_row_bytes);
  BOOST_TEST(other.stored_in('t') == (std::vector<size_t>{1, 1}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(room_telling, held_back)

BOOST_AUTO_TEST_CASE(what_became_durable_together_is_told_together) {
  say("ada", text("ada", "two"));
  say("bob", text("bob", "three"));
  say("ada", text("ada", "four"));
  BOOST_TEST_REQUIRE(held.size() == 3u);
  BOOST_TEST(told(bob).empty());
  commit_together();
  BOOST_TEST(told(bob) == "2 3 4");
  BOOST_TEST(told(ada) == "2 3 4");
}

BOOST_AUTO_TEST_CASE(who_goes_is_told_of_nothing_that_became_durable_with_it) {
  say("ada", text("ada", "two"));
  say("ada", wire::kick{id, {"bob"}});
  say("ada", text("ada", "four"));
  commit_together();
  BOOST_TEST(told(bob) == "2 3");
  BOOST_TEST(told(ada) == "2 3 | 4");
}

BOOST_AUTO_TEST_CASE(what_is_hidden_is_told_before_that_is_shown) {
  say("ada", text("ada", "two"));
  std::vector<seq_t> own{2};
  say("ada", wire::hide{id, own});
  say("bob", text("bob", "three"));
  commit_together();
  BOOST_TEST(told(ada) == "2 | shown | 3");
}

BOOST_AUTO_TEST_CASE(no_more_is_told_at_once_than_an_append_may_have) {
  std::string words(limits::text_bytes, 'x');
  for (auto i = 0; i != 5; ++i)
    say_at_once("ada", {text("ada", words), text("ada", words)});
  commit_together();
  for (auto& x : tells) {
    size_t bytes = 0;
    for (auto& message : std::get<notice>(x.what).what->messages)
      bytes += message.bytes.size_bytes();
    BOOST_TEST(bytes <= limits::append_bytes);
  }
  BOOST_TEST(told(bob) == "2 3 4 5 6 7 | 8 9 10 11");
}

BOOST_AUTO_TEST_SUITE_END()
