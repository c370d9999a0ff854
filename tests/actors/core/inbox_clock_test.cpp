#define BOOST_TEST_MODULE inbox_clock

#include "tests/actors/core/devices_on_disk.hpp"
#include "tests/actors/core/with_clocks.hpp"

#include <algorithm>

// What an inbox does while the wall clock is set forward and back, by hours or years.

using namespace parley;
using namespace parley::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::microseconds day = 24h;
constexpr auto year = 365 * day;
constexpr auto sets = {day, -2 * day, 10 * year, -20 * year};
const user_id bob = user_of("bob");
const conversation_id room{1, 2};

/// Ada is in a room, whose event is #1, and was asked by bob to be a contact.
struct fixture : with_clocks<devices_on_disk> {
  std::vector<seq_t> pushed;
  std::vector<frame> messages; ///< From #2 on.

  fixture() {
    record::mailbox box;
    box.kind = wire::conversation_kind::room;
    box.title = "room";
    box.joined = box.version = box.read_seq = 1;
    effect what;
    what.put(keys::mailbox(ada, room), record::encode(box));
    what.put(
      keys::contact(ada, bob),
      record::encode(record::contact{bob, "bob", 2, wire::contact_state::asked, now.wall, "hi"}));
    what.put(keys::cursor(ada, phone, room), record::encode(record::cursor{1}));
    what.put(keys::message(room, 1),
             wire::encode_answer(
               0, wire::message{room, 1, 0, now.wall, bob, "bob", {}, 0, wire::event{}}));
    BOOST_REQUIRE(disk.write({&what, 1}).ok());
    begin();
  }

  void carry(actions&& out) override {
    for (auto& x : out.parcels)
      for (auto& item : x.frames)
        if (auto push = wire::decode_server(item.bytes); item.request == 0 && push)
          if (auto message = std::get_if<wire::message>(&push->body))
            pushed.push_back(message->seq);
    auto mails = out.rooms;
    devices_on_disk::carry(std::move(out));
    for (auto& x : mails)
      if (auto asked = std::get_if<subscribe>(&x.what)) {
        head answer{x.to, messages.size() + 1, messages.size(), now.wall};
        answer.has_own = asked->want_own;
        step(inbox_event{answer});
      }
  }

  /// Bob writes something.
  void tell() {
    seq_t seq = messages.size() + 2;
    wire::message message{room, seq, seq - 1, now.wall, bob, "bob", {9}, seq, {}};
    message.body = wire::content{{}, "hello"};
    auto& bytes = messages.emplace_back(wire::encode_answer(0, message));
    effect what;
    what.put(keys::message(room, seq), bytes);
    BOOST_REQUIRE(disk.write({&what, 1}).ok());
    burst news{room, {{seq, seq - 1, message.time, bob, {9}, seq, bytes}}};
    step(inbox_event{notice{std::make_shared<const burst>(std::move(news))}});
  }

  void tick() {
    step(inbox_event{parley::tick{}});
  }

  void pulse_of(session_id from, device_id who) {
    step(inbox_event{pulse{std::make_shared<const origin>(origin{from, ada, who, {}, "ada"})}});
  }

  void leave(session_id from) {
    in.erase(from);
    step(inbox_event{detach{from}});
  }

  bool is_asked(session_id from) {
    auto found = ask(from, wire::list_contacts{{}, 0, wire::contact_list::asked});
    return !std::get<wire::contacts_page>(found).contacts.empty();
  }

  wire::online_times times(session_id from) {
    return std::get<wire::online_times>(ask(from, wire::read_online_times{{}, 0, INT64_MAX}));
  }
};

using seqs = std::vector<seq_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(inbox_clock_test, fixture)

// -- delivery -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nothing_is_sent_again_because_the_clock_was_set) {
  come(phone);
  tell();
  BOOST_TEST((pushed == seqs{2}));
  for (auto by : sets) {
    set(by);
    for (int i = 0; i < 100; ++i)
      tick();
  }
  BOOST_TEST((pushed == seqs{2}));
  now.steady += limits::resend_after;
  tick();
  BOOST_TEST((pushed == seqs{2, 2})); // Nobody acknowledged it.
}

BOOST_AUTO_TEST_CASE(pushes_keep_their_order_while_the_clock_is_set) {
  come(phone);
  for (auto by : sets) {
    tell();
    set(by);
    tell();
  }
  BOOST_TEST((pushed == seqs{2, 3, 4, 5, 6, 7, 8, 9}));
}

BOOST_AUTO_TEST_CASE(nobody_is_logged_out_and_little_is_written_because_the_clock_was_set) {
  auto from = come(phone);
  pass(10s);
  tick();
  rows_written = 0;
  for (auto by : sets) {
    set(by);
    for (int i = 0; i < 100; ++i) {
      tick();
      pulse_of(from, phone);
      BOOST_TEST(inbox->next_deadline() > now.steady);
    }
  }
  BOOST_TEST(closed.empty());
  BOOST_TEST(rows_written <= 2 * sets.size()); // The contact's end, and nothing over and over.
}

// -- tokens -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_leap_ends_no_token) {
  logins.token_life = 90 * day;
  restart();
  leap(100 * day);
  come(phone); // Whose token begins anew, but not in a hundred days.
  leap(-100 * day);
  restart();
  come(laptop);
  pass(90 * day);
  BOOST_TEST((log_in(connection(), old_phone) == ec::none));
  pass(1s);
  restart();
  BOOST_TEST((log_in(connection(), phone) == ec::token_expired));
}

// -- contacts -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_request_outlasts_a_leap) {
  auto from = come(phone);
  leap(year);
  BOOST_TEST(is_asked(from));
  pass(limits::wall_looked_at_every);
  tick();
  BOOST_TEST(is_asked(from));
  restart();
  BOOST_TEST(is_asked(come(phone)));
}

BOOST_AUTO_TEST_CASE(a_request_ends_soon_when_the_clock_is_set_for_good) {
  auto from = come(phone);
  BOOST_TEST(is_asked(from));
  set(year);
  pass(limits::wall_looked_at_every);
  tick();
  BOOST_TEST(!is_asked(from));
}

BOOST_AUTO_TEST_CASE(a_request_lasts_longer_when_the_clock_goes_back) {
  auto from = come(phone);
  BOOST_TEST(is_asked(from));
  set(-2 * day);
  pass(limits::contact_request_for);
  tick();
  BOOST_TEST(is_asked(from));
  BOOST_TEST(inbox->next_deadline() > now.steady);
  pass(2 * day);
  tick();
  BOOST_TEST(!is_asked(from));
}

// -- mutes --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_mute_lasts_through_a_leap) {
  auto from = come(phone);
  tell();
  auto until = now.wall + std::chrono::microseconds{1h}.count();
  ask(from, wire::change_conversation{room, wire::conversation_change::mute, {}, until});
  auto unread = [&] {
    auto found = ask(from, wire::list_conversations{{}, 0, wire::conversation_list::shown});
    return std::get<wire::conversations_page>(found).unread;
  };
  leap(day);
  BOOST_TEST(unread() == 0u);
  leap(-day);
  BOOST_TEST(unread() == 0u);
  pass(1h);
  BOOST_TEST(unread() == 1u);
}

// -- online times -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nobody_was_online_for_what_a_clock_has_passed_over) {
  for (auto by : sets) {
    restart();
    auto from = come(phone);
    for (int i = 0; i < 4; ++i) {
      pass(limits::online_noted_every);
      pulse_of(from, phone);
      if (i == 1)
        set(by);
    }
    leave(from);
  }
  restart();
  uint64_t online = 0;
  auto found = times(come(laptop));
  for (auto& x : found.days)
    online += x.seconds;
  for (auto& x : found.sessions)
    BOOST_TEST(x.start <= x.end);
  auto most = 4 * sets.size() * limits::online_noted_every;
  BOOST_TEST(online <= static_cast<uint64_t>(std::chrono::seconds{most}.count()));
  BOOST_TEST(online >= static_cast<uint64_t>(std::chrono::seconds{most / 2}.count()));
}

BOOST_AUTO_TEST_CASE(a_leap_is_no_time_online_and_ends_no_session) {
  auto from = come(phone);
  leap(year);
  pass(limits::online_noted_every);
  pulse_of(from, phone);
  leap(-year);
  pass(limits::online_noted_every);
  pulse_of(from, phone);
  auto found = times(from).sessions;
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].end - found[0].start
             == std::chrono::microseconds{2 * limits::online_noted_every}.count());
}

BOOST_AUTO_TEST_SUITE_END()
