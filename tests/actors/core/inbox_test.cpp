#define BOOST_TEST_MODULE inbox

#include "actors/core/inbox.hpp"

#include "schema/codec.hpp"
#include "schema/effect_codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace parley;
using namespace std::chrono_literals;

namespace {

const user_id ada = user_of("ada");
const device_id phone{7};

conversation_id room_of(uint64_t i) {
  return {1, i + 1};
}

/// Ada, in as many rooms as one may be.
struct fixture {
  core::inbox ada_s{ada, {1}, 1};
  moment now{1'000'000, 1h};
  std::vector<append> appends;
  std::vector<load> loads;
  std::vector<room_mail> mail;
  std::vector<row> acknowledged;     ///< Cursors of the phone, on disk.
  std::vector<record::stay> earlier; ///< In room 0, before the stay that lasts.
  seq_t joined = 1;                  ///< Where that begins.
  bool logged_in = false;
  session_id session = make_session({1}, 1);
  origin_ptr who = std::make_shared<const origin>(origin{session, ada, phone, {}, "ada"});

  /// Does what `what` wants done, but commits nothing.
  void carry(actions& what) {
    for (auto& x : what.appends)
      appends.push_back(std::move(x));
    for (auto& x : what.loads)
      loads.push_back(std::move(x));
    for (auto& x : what.rooms)
      mail.push_back(std::move(x));
    for (auto& x : what.parcels)
      logged_in = logged_in || x.login;
    what = {};
  }

  template <class Event>
  void step(Event&& x) {
    actions out;
    ada_s.step(std::forward<Event>(x), now, out);
    carry(out);
  }

  void commit_all() {
    auto upto = appends.back().number;
    appends.clear();
    step(committed{upto, ec::none});
  }

  void log_in(bool seeded, std::vector<wire::cursor> resume) {
    actions out;
    ada_s.start(now, out);
    record::account account{"ada", record::role::person, {}, {}, now.wall};
    account.devices.push_back({phone, hash_token("token"), now.wall, seeded});
    rows found{out.loads.front().token, ec::none, {{}, {}, {}}};
    found.results[0].push_back({keys::account(ada), record::encode(account)});
    for (uint64_t i = 0; i < limits::conversations_per_user; ++i) {
      record::mailbox box;
      box.kind = wire::conversation_kind::room;
      box.joined = i == 0 ? joined : 1;
      if (i == 0)
        box.earlier = earlier;
      found.results[1].push_back({keys::mailbox(ada, room_of(i)), record::encode(box)});
    }
    step(found);
    connect(std::move(resume));
    for (uint64_t i = 0; i < limits::conversations_per_user; ++i)
      step(inbox_event{head{.conversation = room_of(i), .seq = 9, .ordinal = 9}});
  }

  /// The phone comes, and its cursors are read.
  void connect(std::vector<wire::cursor> resume) {
    step(inbox_event{requests{who, {{1, wire::login{"ada", {}, "token", std::move(resume)}, {}}}}});
    auto upto = appends.back().number; // Behind what the last connection left.
    appends.clear();
    actions cursors;
    ada_s.step(committed{upto, ec::none}, now, cursors);
    auto token = cursors.loads.front().token;
    carry(cursors);
    step(rows{token, ec::none, {acknowledged}});
    BOOST_TEST(logged_in);
  }

  static row message_row(seq_t seq) {
    wire::message x{
      room_of(0), seq, seq, 10, user_of("bob"), "bob", device_id{8}, 9, wire::content{{}, "hello"}};
    return {keys::message(room_of(0), seq), wire::encode_answer(0, x)};
  }

  /// What follows when room 0 tells of a message.
  std::string pushes_of_notice(seq_t seq, device_id by = {8}) {
    stored_message told{seq, seq, 10, user_of("bob"), by, 9, message_row(seq).value};
    actions out;
    burst all{room_of(0), {std::move(told)}};
    ada_s.step(inbox_event{notice{std::make_shared<const burst>(std::move(all))}}, now, out);
    return pushes_of_room_0(out);
  }

  /// What follows when the device acknowledges.
  std::string pushes_of_ack(seq_t seq) {
    actions out;
    ada_s.step(inbox_event{requests{who, {{0, wire::ack{{{room_of(0), seq}}}, {}}}}}, now, out);
    return pushes_of_room_0(out);
  }

  /// What follows from the first rows that are read of room 0, a second later.
  std::string pushes_of_page(std::vector<row> found) {
    auto asks = [&found](const load& x) {
      return x.queries.front().range.from == found.front().key;
    };
    auto at = std::find_if(loads.begin(), loads.end(), asks);
    BOOST_REQUIRE((at != loads.end()));
    now.steady += 1s;
    actions out;
    ada_s.step(rows{at->token, ec::none, {std::move(found), {}}}, now, out);
    return pushes_of_room_0(out);
  }

  /// In their order: states, and the places of messages.
  static std::string pushes_of_room_0(const actions& from) {
    std::string result;
    for (auto& x : from.parcels)
      for (auto& y : x.frames) {
        auto decoded = wire::decode_server(y.bytes);
        if (auto state = std::get_if<wire::conversation>(&decoded->body))
          result += state->id == room_of(0) ? " state" : "";
        else if (auto message = std::get_if<wire::message>(&decoded->body))
          result += " " + std::to_string(message->seq);
      }
    return result.empty() ? result : result.substr(1);
  }

  size_t rows_in_entries() const {
    size_t rows = 0;
    for (auto& x : appends) {
      BOOST_TEST(encode_effects({&x.what, 1}).size_bytes() <= limits::raft_entry_bytes);
      rows += x.what.rows.size();
    }
    return rows;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inbox_test, fixture)

BOOST_AUTO_TEST_CASE(a_new_device_in_every_room_begins_in_entries_that_fit) {
  log_in(false, {});
  BOOST_TEST(rows_in_entries() == limits::conversations_per_user + 1);
  auto& last = appends.back().what.rows.back();
  BOOST_TEST((last.key == keys::account(ada))); // That says that all cursors are there.
}

BOOST_AUTO_TEST_CASE(the_cursors_of_every_room_are_written_in_entries_that_fit) {
  std::vector<wire::cursor> resume;
  for (uint64_t i = 0; i < limits::conversations_per_user; ++i)
    resume.push_back({room_of(i), 9});
  log_in(true, std::move(resume));
  appends.clear();
  step(inbox_event{detach{session}});
  // And when that was, and how long the device was online.
  BOOST_TEST(rows_in_entries() == limits::conversations_per_user + 2);
}

BOOST_AUTO_TEST_CASE(where_a_stay_begins_is_said_with_every_burst_until_one_is_acknowledged) {
  log_in(true, {}); // What it pushed may be lost.
  BOOST_TEST(pushes_of_page({message_row(1), message_row(2)}) == "state 1 2");
}

// It may keep nothing, and would ask for all from the beginning of the stay.
BOOST_AUTO_TEST_CASE(where_a_stay_begins_is_not_said_to_who_had_acknowledged_some_of_it) {
  acknowledged.push_back({keys::cursor(ada, phone, room_of(0)), record::encode(record::cursor{5})});
  log_in(true, {});
  BOOST_TEST(pushes_of_page({message_row(6), message_row(7)}) == "6 7");
}

// The answer to its own message may be lost with what was pushed next.
BOOST_AUTO_TEST_CASE(what_a_device_wrote_does_not_say_that_it_heard_where_a_stay_begins) {
  joined = 10;
  log_in(true, {});
  BOOST_TEST(pushes_of_notice(10, phone) == "");
  BOOST_TEST(pushes_of_notice(11) == "11"); // In the same moment, behind what it was told then.
  now.steady += 1s;
  BOOST_TEST(pushes_of_notice(12) == "state 12");
  pushes_of_ack(12);
  now.steady += 1s;
  BOOST_TEST(pushes_of_notice(13) == "13");
}

BOOST_AUTO_TEST_CASE(what_a_device_wrote_does_not_say_it_in_a_later_life_either) {
  joined = 5;
  acknowledged.push_back(
    {keys::cursor(ada, phone, room_of(0)), record::encode(record::cursor{8, 4})});
  log_in(true, {});
  BOOST_TEST(pushes_of_page({message_row(9)}) == "state 9");
  pushes_of_ack(9);
  now.steady += 1s;
  BOOST_TEST(pushes_of_notice(10) == "10");
}

BOOST_AUTO_TEST_CASE(a_cursor_says_what_of_it_the_device_wrote_and_did_not_acknowledge) {
  joined = 10;
  log_in(true, {});
  auto written = [this] {
    appends.clear();
    step(inbox_event{detach{session}});
    for (auto& x : appends)
      for (auto& row : x.what.rows)
        if (row.key == keys::cursor(ada, phone, room_of(0)))
          return *record::decode<record::cursor>(row.value.bytes());
    return record::cursor{};
  };
  pushes_of_notice(10, phone);
  pushes_of_notice(11);
  pushes_of_ack(11);
  pushes_of_notice(12, phone);
  auto found = written();
  BOOST_TEST(found.seq == 12u);
  BOOST_TEST(found.own == 1u);
}

BOOST_AUTO_TEST_CASE(where_a_stay_begins_is_said_once_to_who_has_some_of_it) {
  log_in(true, {{room_of(0), 1}});
  BOOST_TEST(pushes_of_page({message_row(2), message_row(3)}) == "2 3");
}

BOOST_AUTO_TEST_CASE(a_stay_is_begun_only_when_the_one_before_is_acknowledged) {
  earlier = {{1, 3}};
  joined = 8;
  log_in(true, {});
  BOOST_TEST(pushes_of_page({message_row(1), message_row(2), message_row(3)}) == "state 1 2 3");
  BOOST_TEST(pushes_of_notice(8) == ""); // It may be that none of these came.
  BOOST_TEST(pushes_of_ack(2) == "");
  BOOST_TEST(pushes_of_notice(8) == "");
  BOOST_TEST(pushes_of_ack(3) == "state");
  BOOST_TEST(pushes_of_notice(8) == "8");
  BOOST_TEST(pushes_of_notice(9) == "9");
}

BOOST_AUTO_TEST_CASE(a_head_that_was_asked_for_before_a_doubt_does_not_settle_it) {
  log_in(true, {});
  auto reads = [](const load& x) {
    return x.queries.front().range.from == keys::messages(room_of(0), 1, 9).from;
  };
  auto at = std::find_if(loads.begin(), loads.end(), reads);
  BOOST_REQUIRE((at != loads.end()));
  step(rows{at->token, ec::none, {{}, {}}}); // A follower that is behind.
  step(inbox_event{head{.conversation = room_of(0), .seq = 7, .ordinal = 7}});
  now.steady += limits::read_again_after;
  actions out;
  ada_s.step(inbox_event{tick{}}, now, out);
  auto asks = [](const room_mail& x) {
    return x.to == room_of(0) && std::holds_alternative<subscribe>(x.what);
  };
  BOOST_TEST(std::count_if(out.rooms.begin(), out.rooms.end(), asks) == 1);
}

BOOST_AUTO_TEST_CASE(an_own_message_is_read_also_if_its_place_was_heard_of_before) {
  log_in(true, {});
  step(inbox_event{head{.conversation = room_of(0), .seq = 11, .ordinal = 11}});
  stored_message own{11, 11, 10, ada, phone, 9, message_row(11).value};
  burst all{room_of(0), {std::move(own)}};
  step(inbox_event{notice{std::make_shared<const burst>(std::move(all))}});
  appends.clear();
  step(inbox_event{requests{who, {{2, wire::read{{room_of(0), 10}}, {}}}}});
  BOOST_REQUIRE(!appends.empty());
  actions out;
  ada_s.step(committed{appends.back().number, ec::none}, now, out);
  BOOST_REQUIRE(out.parcels.size() == 1u);
  auto answer = wire::decode_server(out.parcels.front().frames.front().bytes);
  BOOST_TEST(std::get<wire::conversation>(answer->body).read == 11u);
}

BOOST_AUTO_TEST_CASE(who_comes_back_is_told_what_was_stored_of_theirs_while_nobody_was_there) {
  log_in(true, {});
  step(inbox_event{head{.conversation = room_of(0), .seq = 9, .ordinal = 9, .has_own = true}});
  step(inbox_event{detach{session}});
  mail.clear();
  session = make_session({1}, 2);
  who = std::make_shared<const origin>(origin{session, ada, phone, {}, "ada"});
  connect({});
  auto asks = [](const room_mail& x) {
    auto what = std::get_if<subscribe>(&x.what);
    return x.to == room_of(0) && what != nullptr && what->want_own;
  };
  BOOST_TEST(std::count_if(mail.begin(), mail.end(), asks) == 1);
}

BOOST_AUTO_TEST_CASE(a_read_cursor_ahead_of_the_copy_waits_for_it) {
  log_in(true, {});
  actions out;
  auto ask = [&] {
    ada_s.step(inbox_event{requests{who, {{2, wire::read{{room_of(0), 5}}, {}}}}}, now, out);
  };
  ask();
  auto is_read = [](const load& x) {
    return x.queries.front().range.from == keys::messages(room_of(0), 5, 5).from;
  };
  auto at = std::find_if(out.loads.begin(), out.loads.end(), is_read);
  BOOST_REQUIRE((at != out.loads.end()));
  auto token = at->token;
  out = {};
  ada_s.step(rows{token, ec::none, {{}, {}}}, now, out);
  BOOST_TEST(out.parcels.empty());
  BOOST_TEST(out.appends.empty());
  out = {};
  ada_s.step(inbox_event{head{.conversation = room_of(0), .seq = 9, .ordinal = 9}}, now, out);
  BOOST_TEST(std::count_if(out.loads.begin(), out.loads.end(), is_read) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
