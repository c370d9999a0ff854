#define BOOST_TEST_MODULE inbox_presence

#include "actors/core/inbox.hpp"
#include "actors/core/watchers.hpp"
#include "persistence/memory_store.hpp"
#include "persistence/query.hpp"
#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"
#include "tests/support/read_row.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <map>
#include <memory>

using namespace parley;
using namespace std::chrono_literals;

namespace {

using state = wire::presence_state;
using wish = wire::presence_wish;
using strings = std::vector<std::string>;

std::string in_words(const wire::presence& x) {
  auto words = std::string{x.name};
  words += x.state == state::online ? " online" : x.state == state::away ? " away" : " offline";
  return x.last_seen == 0 ? words : words + ", seen";
}

/// The inboxes of some users over rows in memory, and the shards between them. Notes
/// can be lost, and inboxes.
struct town {
  memory_store disk;
  moment now{1'700'000'000'000'000, 1h};
  std::map<user_id, std::unique_ptr<core::inbox>> inboxes;
  std::map<uint8_t, core::watchers> watchers;
  std::deque<inbox_mail> mail;
  std::map<session_id, strings> pushed;
  std::map<session_id, std::map<uint64_t, frame>> answers;
  std::map<session_id, origin_ptr> sessions;
  uint64_t epoch = 1;
  uint64_t writers = 0;
  uint64_t numbers = 0;
  size_t notes = 0;
  bool loses_notes = false;
  bool holds_cursors = false; ///< Devices that come wait for what they have.
  std::vector<std::pair<user_id, rows>> held;

  /// One device, of a user with an account.
  struct guest {
    session_id session;
    std::string name;
  };

  town() {
    for (auto name : {"ada", "bob", "eve"})
      make(name);
  }

  void make(const std::string& name) {
    record::account account{name, record::role::person, {}, {}, 1};
    for (uint64_t i = 1; i <= 2; ++i)
      account.devices.push_back({device_id{i}, hash_token("token " + std::to_string(i)), 1, true});
    write(keys::account(user_of(name)), record::encode(account));
  }

  void write(key at, frame value) {
    effect change;
    change.put(at, std::move(value));
    BOOST_REQUIRE(disk.write({&change, 1}).ok());
  }

  record::account account_of(const std::string& name) {
    return *record::decode<record::account>(*read_row(disk, keys::account(user_of(name))));
  }

  // -- the nodes ------------------------------------------------------------------------

  void deliver(inbox_mail x) {
    auto& known = watchers[shard_of(x.to).value];
    auto asleep = !inboxes.contains(x.to);
    if (auto note = std::get_if<presence_note>(&x.what)) {
      ++notes;
      actions out;
      auto passes = !loses_notes && known.pass(x.to, *note, !asleep, epoch, out);
      carry(x.to, std::move(out));
      if (!passes)
        return;
    } else if (asleep && std::holds_alternative<detach>(x.what)) {
      return;
    }
    if (asleep) {
      auto fresh = std::make_unique<core::inbox>(x.to, writer_id{++writers}, epoch);
      auto& inbox = *(inboxes[x.to] = std::move(fresh));
      actions out;
      inbox.start(now, out);
      carry(x.to, std::move(out));
      for (auto& note : known.of(x.to))
        step(x.to, inbox_event{note});
    }
    step(x.to, std::move(x.what));
  }

  template <class Event>
  void step(user_id who, Event&& x) {
    actions out;
    inboxes.at(who)->step(std::forward<Event>(x), now, out);
    carry(who, std::move(out));
  }

  void carry(user_id who, actions&& out) {
    for (auto& x : out.parcels)
      for (auto& item : x.frames)
        show(x.to, item);
    for (auto& x : out.inboxes)
      mail.push_back(std::move(x));
    for (auto& x : out.appends) {
      if (!x.what.empty())
        BOOST_REQUIRE(disk.write({&x.what, 1}).ok());
      step(who, committed{x.number, ec::none});
    }
    for (auto& x : out.loads) {
      rows found{x.token, ec::none, {}};
      for (auto& query : x.queries)
        BOOST_REQUIRE(run_query(disk, query, found.results.emplace_back()).ok());
      if (holds_cursors && x.queries.size() == 1)
        held.emplace_back(who, std::move(found));
      else
        step(who, std::move(found));
    }
  }

  void show(session_id to, const outgoing& x) {
    answers[to][x.request] = x.bytes;
    auto decoded = wire::decode_server(x.bytes);
    if (x.request != 0)
      return;
    if (auto seen = std::get_if<wire::presence>(&decoded->body))
      pushed[to].push_back(in_words(*seen));
    else if (std::holds_alternative<wire::presence_forgotten>(decoded->body))
      pushed[to].push_back("forgotten");
  }

  void settle() {
    while (!mail.empty()) {
      auto next = std::move(mail.front());
      mail.pop_front();
      deliver(std::move(next));
    }
  }

  /// In steps as small as timers are, letting go who is idle.
  void pass(std::chrono::microseconds time) {
    auto end = now.steady + time;
    while (now.steady < end) {
      auto next = end;
      for (auto& [user, inbox] : inboxes)
        next = std::min(next, std::max(inbox->next_deadline(), now.steady + 1ms));
      now.wall += (next - now.steady).count();
      now.steady = next;
      std::vector<user_id> awake;
      for (auto& [user, inbox] : inboxes)
        awake.push_back(user);
      for (auto user : awake) {
        step(user, inbox_event{tick{}});
        if (inboxes.at(user)->idle(now))
          inboxes.erase(user);
      }
      settle();
    }
  }

  /// Another node leads: what inboxes and shards had in memory is gone.
  void fail_over(const std::string& name) {
    ++epoch;
    auto user = user_of(name);
    inboxes.erase(user);
    watchers[shard_of(user).value].clear();
    for (auto& [other, inbox] : inboxes)
      mail.push_back({other, unsure{uint64_t{1} << shard_of(user).value, {}}});
    settle();
  }

  /// The others are led elsewhere, where it is not missed.
  void reach(node_id node, bool yes) {
    mail.push_back({user_of("ada"), reachable{node, yes}});
    settle();
  }

  // -- the people -----------------------------------------------------------------------

  void become_contacts(const std::string& one, const std::string& other) {
    set_contact(one, other, wire::contact_state::contact, false);
    set_contact(other, one, wire::contact_state::contact, false);
  }

  void set_contact(const std::string& of, const std::string& other, wire::contact_state to,
                   bool blocked) {
    record::contact x{user_of(other), other, ++numbers, to, 1, {}, blocked, {}};
    auto user = user_of(of);
    if (inboxes.contains(user))
      mail.push_back({user, contact_news{direct_conversation(user, x.user), x.version, x}});
    else
      write(keys::contact(user, x.user), record::encode(x));
    settle();
  }

  guest come(const std::string& name, uint64_t device = 1) {
    guest x{make_session({1}, ++numbers), name};
    auto from = std::make_shared<const origin>(origin{x.session, {}, {}, {}, {}});
    auto token = "token " + std::to_string(device);
    say(from, user_of(name), wire::login{name, {}, token, {}});
    sessions[x.session] =
      std::make_shared<const origin>(origin{x.session, user_of(name), device_id{device}, {}, name});
    return x;
  }

  void leave(const guest& x) {
    mail.push_back({user_of(x.name), detach{x.session}});
    settle();
  }

  void pulse_of(const guest& x) {
    mail.push_back({user_of(x.name), pulse{sessions[x.session]}});
    settle();
  }

  uint64_t say(const origin_ptr& from, user_id to, const wire::client_body& what) {
    auto bytes = wire::encode(wire::client_frame{++numbers, what});
    auto decoded = wire::decode_client(bytes);
    requests burst{from, {}};
    burst.items.push_back({numbers, std::move(decoded->body), std::move(bytes)});
    auto number = numbers;
    mail.push_back({to, std::move(burst)});
    settle();
    return number;
  }

  uint64_t say(const guest& x, const wire::client_body& what) {
    return say(sessions[x.session], user_of(x.name), what);
  }

  bool answered(const guest& x, uint64_t number) {
    return answers[x.session].contains(number);
  }

  ec refusal(const guest& x, uint64_t number) {
    auto body = wire::decode_server(answers[x.session].at(number))->body;
    auto error = std::get_if<wire::error>(&body);
    return error == nullptr ? ec::none : error->code;
  }

  strings found(const guest& x, uint64_t number) {
    strings result;
    auto bytes = answers[x.session].at(number);
    auto decoded = wire::decode_server(bytes);
    for (auto& one : std::get<wire::presences>(decoded->body).found)
      result.push_back(in_words(one));
    return result;
  }

  strings ask(const guest& x, std::vector<std::string_view> names, wish what = wish::ask) {
    return found(x, say(x, wire::ask_presence{std::move(names), what}));
  }

  void set(const guest& x, wire::presence_change what, wire::visibility to = {}) {
    BOOST_TEST((refusal(x, say(x, wire::set_presence{what, to})) == ec::none));
  }

  void show_to(const guest& x, wire::visibility to) {
    set(x, wire::presence_change::visibility, to);
  }

  void away(const guest& x) {
    set(x, wire::presence_change::away);
  }

  void active(const guest& x) {
    set(x, wire::presence_change::active);
  }

  /// What was pushed since the last call.
  strings seen(const guest& x) {
    return std::exchange(pushed[x.session], {});
  }
};

struct contacts : town {
  contacts() {
    become_contacts("ada", "bob");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(contacts_test, contacts)

BOOST_AUTO_TEST_CASE(contacts_are_told_who_comes_and_who_is_there) {
  auto ada = come("ada");
  BOOST_TEST((seen(ada) == strings{}));
  auto bob = come("bob");
  BOOST_TEST((seen(ada) == strings{"bob online"}));
  BOOST_TEST((seen(bob) == strings{"ada online"}));
}

BOOST_AUTO_TEST_CASE(a_second_device_is_told_who_is_there) {
  auto ada = come("ada");
  auto bob = come("bob");
  auto tablet = come("ada", 2);
  BOOST_TEST((seen(tablet) == strings{"bob online"}));
  seen(bob);
  pass(1min);
  leave(ada);
  pass(1min);
  BOOST_TEST((seen(bob) == strings{}));
}

BOOST_AUTO_TEST_CASE(who_is_away_on_all_devices_is_away) {
  auto bob = come("bob");
  auto ada = come("ada");
  auto tablet = come("ada", 2);
  seen(bob);
  pass(5s);
  away(ada);
  BOOST_TEST((seen(bob) == strings{}));
  away(tablet);
  BOOST_TEST((seen(bob) == strings{"ada away"}));
  pass(5s);
  active(ada);
  BOOST_TEST((seen(bob) == strings{"ada online"}));
  pass(5s);
  leave(ada);
  BOOST_TEST((seen(bob) == strings{"ada away"}));
}

BOOST_AUTO_TEST_CASE(who_leaves_is_offline_after_a_while_and_when_is_kept) {
  auto bob = come("bob");
  auto ada = come("ada");
  seen(bob);
  pass(1min);
  auto left = now.wall;
  leave(ada);
  pass(limits::presence_grace - 1s);
  BOOST_TEST((seen(bob) == strings{}));
  pass(1s);
  BOOST_TEST((seen(bob) == strings{"ada offline, seen"}));
  BOOST_TEST(account_of("ada").last_seen == left);
  pass(1h);
  BOOST_TEST(inboxes.size() == 1u);
  BOOST_TEST((ask(bob, {"ada"}) == strings{"ada offline, seen"}));
}

BOOST_AUTO_TEST_CASE(a_reconnect_is_not_seen) {
  auto bob = come("bob");
  auto ada = come("ada");
  seen(bob);
  notes = 0;
  for (auto i = 0; i < 100; ++i) {
    leave(ada);
    pass(100ms);
    ada = come("ada");
  }
  pass(1min);
  BOOST_TEST((seen(bob) == strings{}));
  BOOST_TEST(notes == 0u);
}

BOOST_AUTO_TEST_CASE(a_hundred_flaps_are_a_handful_of_pushes) {
  auto bob = come("bob");
  auto ada = come("ada");
  seen(bob);
  notes = 0;
  for (auto i = 0; i < 100; ++i) {
    i % 2 == 0 ? away(ada) : active(ada);
    pass(100ms);
  }
  away(ada);
  pass(limits::presence_every);
  auto all = seen(bob);
  BOOST_TEST(all.size() <= 7u);
  BOOST_TEST(notes <= 7u);
  BOOST_TEST(all.back() == "ada away");
}

BOOST_AUTO_TEST_CASE(who_sleeps_is_not_woken_by_contacts_who_come) {
  auto ada = come("ada");
  BOOST_TEST(!inboxes.contains(user_of("bob")));
  pass(1min);
  leave(ada);
  pass(1min);
  BOOST_TEST(inboxes.empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_said_while_nothing_happens) {
  come("ada");
  come("bob");
  notes = 0;
  pass(10s);
  for (auto& [user, inbox] : inboxes)
    BOOST_TEST((inbox->next_deadline() == never));
  BOOST_TEST(notes == 0u);
}

BOOST_AUTO_TEST_CASE(who_shows_themselves_to_nobody_is_as_one_who_never_came) {
  auto bob = come("bob");
  auto ada = come("ada");
  seen(bob);
  show_to(ada, wire::visibility::nobody);
  BOOST_TEST((seen(bob) == strings{"ada offline"}));
  BOOST_TEST((ask(bob, {"ada", "nobody"}) == strings{"ada offline", "nobody offline"}));
  pass(10s);
  notes = 0;
  away(ada);
  BOOST_TEST(notes == 0u);
  auto tablet = come("bob", 2);
  BOOST_TEST((seen(tablet) == strings{}));
  show_to(ada, wire::visibility::contacts);
  BOOST_TEST((seen(bob) == strings{"ada away"}));
}

BOOST_AUTO_TEST_CASE(visibility_is_durable_and_told_to_its_owner) {
  auto ada = come("ada");
  show_to(ada, wire::visibility::nobody);
  fail_over("ada");
  ada = come("ada");
  auto bob = come("bob");
  BOOST_TEST((seen(bob) == strings{}));
  auto number = say(ada, wire::ask_presence{});
  auto bytes = answers[ada.session].at(number);
  auto found = std::get<wire::presences>(wire::decode_server(bytes)->body);
  BOOST_TEST((found.visibility == wire::visibility::nobody));
}

BOOST_AUTO_TEST_CASE(a_block_hides_both) {
  auto ada = come("ada");
  auto bob = come("bob");
  seen(ada);
  seen(bob);
  set_contact("ada", "bob", wire::contact_state::contact, true);
  BOOST_TEST((seen(ada) == strings{"bob offline"}));
  BOOST_TEST((seen(bob) == strings{"ada offline"}));
  show_to(ada, wire::visibility::everyone);
  BOOST_TEST((ask(bob, {"ada"}, wish::watch) == strings{"ada offline"}));
  BOOST_TEST((ask(ada, {"bob"}) == strings{"bob offline"}));
  pass(10s);
  leave(ada);
  pass(10s);
  ada = come("ada");
  BOOST_TEST((seen(bob) == strings{}));
  set_contact("ada", "bob", wire::contact_state::contact, false);
  BOOST_TEST((seen(ada) == strings{"bob online"}));
  BOOST_TEST((seen(bob) == strings{"ada online"}));
}

BOOST_AUTO_TEST_CASE(who_becomes_a_contact_is_seen_and_who_is_none_is_not) {
  auto ada = come("ada");
  auto eve = come("eve");
  set_contact("ada", "eve", wire::contact_state::contact, false);
  set_contact("eve", "ada", wire::contact_state::contact, false);
  BOOST_TEST((seen(ada) == strings{"eve online"}));
  BOOST_TEST((seen(eve) == strings{"ada online"}));
  set_contact("ada", "eve", wire::contact_state::none, false);
  set_contact("eve", "ada", wire::contact_state::none, false);
  BOOST_TEST((seen(ada) == strings{"eve offline"}));
  BOOST_TEST((seen(eve) == strings{"ada offline"}));
  pass(10s);
  away(ada);
  BOOST_TEST((seen(eve) == strings{}));
}

BOOST_AUTO_TEST_CASE(who_was_taken_over_by_another_node_is_not_seen_to_leave) {
  auto bob = come("bob");
  auto ada = come("ada");
  seen(ada);
  seen(bob);
  fail_over("ada");
  pass(1s);
  pulse_of(ada);
  BOOST_TEST((seen(ada) == strings{"forgotten", "bob online"}));
  pass(1min);
  BOOST_TEST((seen(bob) == strings{}));
  leave(ada);
  pass(1min);
  BOOST_TEST((seen(bob) == strings{"ada offline, seen"}));
}

BOOST_AUTO_TEST_CASE(who_is_about_to_be_there_again_is_not_said_to_be_gone) {
  auto bob = come("bob");
  auto ada = come("ada");
  seen(bob);
  holds_cursors = true;
  fail_over("ada");
  pulse_of(ada);
  mail.push_back({user_of("bob"), unsure{UINT64_MAX, {}}}); // He greets.
  settle();
  BOOST_TEST(held.size() == 1u);
  for (auto& [who, found] : std::exchange(held, {}))
    step(who, std::move(found));
  settle();
  pass(1min);
  BOOST_TEST((seen(bob) == strings{}));
}

BOOST_AUTO_TEST_CASE(who_was_lost_with_a_node_is_offline_after_a_while) {
  auto bob = come("bob");
  come("ada");
  seen(bob);
  fail_over("ada");
  pass(limits::presence_grace - 1s);
  BOOST_TEST((seen(bob) == strings{}));
  pass(1s + limits::ask_again_after);
  BOOST_TEST((seen(bob) == strings{"ada offline"}));
  pass(1min);
  BOOST_TEST(inboxes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_is_at_a_node_that_cannot_be_reached_is_offline_until_it_can) {
  auto bob = come("bob");
  auto ada = come("ada");
  seen(bob);
  reach({1}, false);
  BOOST_TEST((seen(bob) == strings{}));
  pass(limits::presence_grace);
  BOOST_TEST((seen(bob) == strings{"ada offline, seen"}));
  BOOST_TEST((account_of("ada").last_seen != 0));
  set(bob, wire::presence_change::away); // And is told nothing meanwhile that is not so.
  reach({1}, true);
  pass(limits::presence_every);
  BOOST_TEST((seen(bob) == strings{"ada online"}));
  BOOST_TEST((seen(ada) == strings{"bob online", "bob away"}));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_back_at_once_was_not_missed) {
  auto bob = come("bob");
  auto ada = come("ada");
  seen(bob);
  reach({2}, false);
  reach({1}, false);
  pass(1s);
  reach({1}, true);
  pass(1min);
  BOOST_TEST((seen(bob) == strings{}));
}

BOOST_AUTO_TEST_CASE(who_is_there_and_was_not_heard_is_asked_again) {
  auto bob = come("bob");
  auto ada = come("ada");
  seen(bob);
  fail_over("ada");
  loses_notes = true;
  pulse_of(ada);
  pass(limits::presence_grace - 1s);
  loses_notes = false;
  pass(1min);
  BOOST_TEST((seen(bob) == strings{}));
}

BOOST_AUTO_TEST_CASE(a_watcher_that_was_lost_is_told_no_more) {
  come("bob");
  auto ada = come("ada");
  inboxes.erase(user_of("bob"));
  pass(5s);
  notes = 0;
  away(ada);
  BOOST_TEST(notes == 2u); // And hears that it is not wanted.
  pass(5s);
  active(ada);
  BOOST_TEST(notes == 2u);
}

BOOST_AUTO_TEST_CASE(mail_of_an_earlier_epoch_changes_nothing) {
  auto bob = come("bob");
  ++epoch;
  auto ada = come("ada");
  BOOST_TEST((seen(bob) == strings{"ada online"}));
  presence_note old{.kind = note_kind::tell, .user = user_of("ada"), .name = "ada", .epoch = 1};
  mail.push_back({user_of("bob"), old});
  settle();
  BOOST_TEST((seen(bob) == strings{}));
}

BOOST_AUTO_TEST_CASE(a_slow_device_is_told_the_newest_when_it_has_caught_up) {
  auto chat = direct_conversation(user_of("ada"), user_of("bob"));
  record::mailbox box;
  box.title = "bob";
  box.joined = 1;
  write(keys::mailbox(user_of("ada"), chat), record::encode(box));
  auto ada = come("ada");
  step(user_of("ada"), inbox_event{head{.conversation = chat}});
  burst all{chat, {}};
  for (seq_t seq = 1; seq <= limits::device_window; ++seq)
    all.messages.push_back({seq, seq, 1, user_of("bob"), device_id{9}, seq, frame{"12345678"}});
  step(user_of("ada"), inbox_event{notice{std::make_shared<const burst>(std::move(all))}});
  auto bob = come("bob");
  pass(3s);
  away(bob);
  BOOST_TEST((seen(ada) == strings{}));
  say(sessions[ada.session], user_of("ada"), wire::ack{{{chat, limits::device_window}}});
  BOOST_TEST((seen(ada) == strings{"bob away"}));
}

BOOST_AUTO_TEST_CASE(when_one_was_seen_is_written_now_and_then) {
  auto ada = come("ada");
  auto chat = direct_conversation(user_of("ada"), user_of("bob"));
  record::membership member;
  member.user = user_of("ada");
  member.joined = 1;
  BOOST_TEST(account_of("ada").last_seen == 0);
  step(user_of("ada"), inbox_event{membership_change{chat, 1, {}, member}});
  step(user_of("ada"), inbox_event{head{.conversation = chat}});
  burst all{chat, {{1, 1, 1, user_of("ada"), device_id{9}, 1, frame{"12345678"}}}};
  step(user_of("ada"), inbox_event{notice{std::make_shared<const burst>(std::move(all))}});
  pass(5s);
  BOOST_TEST(account_of("ada").last_seen != 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(strangers_test, town)

BOOST_AUTO_TEST_CASE(strangers_see_who_shows_themselves_to_everyone) {
  auto ada = come("ada");
  auto eve = come("eve");
  BOOST_TEST((ask(eve, {"ada"}) == strings{"ada offline"}));
  show_to(ada, wire::visibility::everyone);
  BOOST_TEST(
    (ask(eve, {"Ada", "eve", "nobody"}) == strings{"ada online", "eve online", "nobody offline"}));
  pass(10s);
  away(ada);
  BOOST_TEST((seen(eve) == strings{})); // To ask is not to watch.
}

BOOST_AUTO_TEST_CASE(who_watches_is_told_until_they_do_no_more) {
  auto ada = come("ada");
  show_to(ada, wire::visibility::everyone);
  auto eve = come("eve");
  auto tablet = come("eve", 2);
  BOOST_TEST((ask(eve, {"ada"}, wish::watch) == strings{"ada online"}));
  seen(eve);
  pass(10s);
  away(ada);
  BOOST_TEST((seen(eve) == strings{"ada away"}));
  BOOST_TEST((seen(tablet) == strings{}));
  BOOST_TEST((ask(eve, {"ada"}, wish::unwatch) == strings{}));
  pass(10s);
  notes = 0;
  active(ada);
  BOOST_TEST((seen(eve) == strings{}));
  BOOST_TEST(notes == 0u);
}

BOOST_AUTO_TEST_CASE(who_watches_one_that_sleeps_is_told_when_they_come) {
  auto ada = come("ada");
  show_to(ada, wire::visibility::everyone);
  leave(ada);
  pass(1min);
  auto eve = come("eve");
  BOOST_TEST((ask(eve, {"ada"}, wish::watch) == strings{"ada offline, seen"}));
  pass(1min);
  BOOST_TEST(!inboxes.contains(user_of("ada")));
  ada = come("ada");
  BOOST_TEST((seen(eve) == strings{"ada online"}));
  pass(10s);
  leave(eve);
  pass(1min);
  notes = 0;
  away(ada);
  BOOST_TEST(notes == 0u);
}

BOOST_AUTO_TEST_CASE(who_watches_asks_again_when_another_node_leads) {
  auto ada = come("ada");
  show_to(ada, wire::visibility::everyone);
  auto eve = come("eve");
  ask(eve, {"ada"}, wish::watch);
  seen(eve);
  fail_over("ada");
  pass(1s);
  pulse_of(ada);
  pass(10s);
  BOOST_TEST((seen(eve) == strings{}));
  away(ada);
  BOOST_TEST((seen(eve) == strings{"ada away"}));
}

BOOST_AUTO_TEST_CASE(a_question_that_is_lost_is_asked_again) {
  auto ada = come("ada");
  show_to(ada, wire::visibility::everyone);
  auto eve = come("eve");
  loses_notes = true;
  auto number = say(eve, wire::ask_presence{{"ada"}, wish::ask});
  pass(1s);
  BOOST_TEST(!answered(eve, number));
  loses_notes = false;
  pass(limits::ask_again_after);
  BOOST_REQUIRE(answered(eve, number));
  BOOST_TEST((found(eve, number) == strings{"ada online"}));
  loses_notes = true;
  say(eve, wire::ask_presence{{"ada"}, wish::ask});
  pass(limits::answer_within);
  notes = 0;
  pass(1min);
  BOOST_TEST(notes == 0u);
}

BOOST_AUTO_TEST_CASE(one_connection_watches_so_many) {
  auto eve = come("eve");
  strings names;
  for (size_t i = 0; i < limits::watched_per_device; ++i)
    names.push_back("user" + std::to_string(i));
  std::vector<std::string_view> all(names.begin(), names.end());
  ask(eve, all, wish::watch);
  ask(eve, all, wish::watch);
  auto number = say(eve, wire::ask_presence{{"ada"}, wish::watch});
  BOOST_TEST((refusal(eve, number) == ec::too_large));
  ask(eve, {"user7"}, wish::unwatch);
  ask(eve, {"ada"}, wish::watch);
}

BOOST_AUTO_TEST_CASE(a_crowd_is_answered_but_only_so_many_are_told) {
  auto ada = come("ada");
  show_to(ada, wire::visibility::everyone);
  for (uint64_t i = 0; i <= limits::watchers_per_user; ++i) {
    mail.push_back(
      {user_of("ada"),
       presence_note{
         .kind = note_kind::ask, .user = {7, i}, .name = "somebody", .epoch = 1, .watches = true}});
    settle();
  }
  pass(10s);
  notes = 0;
  away(ada);
  BOOST_TEST(notes == 2 * limits::watchers_per_user); // And as many hear that nobody is there.
}

BOOST_AUTO_TEST_SUITE_END()
