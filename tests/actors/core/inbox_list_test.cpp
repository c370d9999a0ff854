#define BOOST_TEST_MODULE inbox_list

#include "tests/actors/core/inbox_on_disk.hpp"

#include <map>

using namespace parley;
using namespace parley::testing;
using namespace std::chrono_literals;

namespace {

using list = wire::conversation_list;
using how = wire::conversation_change;

const session_id phone = make_session({1}, 1);
const session_id laptop = make_session({1}, 2);

conversation_id room_of(uint64_t i) {
  return {i, i};
}

uint64_t index_of(conversation_id id) {
  return id.low;
}

/// Ada has two devices. Rooms are played: what they have is stored and told.
struct fixture : inbox_on_disk {
  struct room {
    seq_t head = 0;
    ordinal_t ordinal = 0;
    time_us time = 0;
  };

  std::map<conversation_id, room> rooms;
  std::map<std::pair<session_id, uint64_t>, frame> answers;
  std::map<session_id, std::vector<frame>> pushes;
  std::map<session_id, device_id> devices{{phone, {7}}, {laptop, {8}}};
  bool asks_own = false;

  fixture() {
    record::account account{"ada", record::role::person, {}, {}, 1};
    for (auto& [session, device] : devices)
      account.devices.push_back(
        {device, hash_token("token " + std::to_string(device.value)), 1, true});
    write(keys::account(ada), record::encode(account));
  }

  void write(const key& at, frame value) {
    effect what;
    what.put(at, std::move(value));
    BOOST_REQUIRE(disk.write({&what, 1}).ok());
  }

  /// A room in which ada is from its first event on.
  void add_room(uint64_t i, const std::string& title = "room") {
    record::mailbox box;
    box.kind = wire::conversation_kind::room;
    box.title = title;
    box.joined = box.version = box.read_seq = 1;
    write(keys::mailbox(ada, room_of(i)), record::encode(box));
    store(i, false);
  }

  /// The next message of a room, or an event.
  stored_message store(uint64_t i, bool counts = true, bool mentions_ada = false) {
    auto& x = rooms[room_of(i)];
    ++x.head;
    x.ordinal += counts;
    x.time = now.wall += 1000;
    wire::message message{room_of(i), x.head, x.ordinal, x.time, user_of("bob"), "bob", {9}, 1, {}};
    if (counts)
      message.body = wire::content{{}, "hello"};
    else
      message.body = wire::event{};
    auto bytes = wire::encode_answer(0, message);
    write(keys::message(room_of(i), x.head), bytes);
    if (mentions_ada)
      write(keys::mention(room_of(i), ada, x.head), record::encode(record::counter{1}));
    return {x.head, x.ordinal, x.time, message.sender, message.device, 1, bytes};
  }

  /// The same, and ada's inbox is told.
  void tell(uint64_t i, bool counts = true, bool mentions_ada = false) {
    burst what{room_of(i), {store(i, counts, mentions_ada)}};
    step(inbox_event{notice{std::make_shared<const burst>(std::move(what))}});
  }

  void wake() {
    begin();
    log_in();
    pushes.clear();
  }

  void log_in() {
    for (auto& [session, device] : devices) {
      auto token = "token " + std::to_string(device.value);
      say(session, wire::login{"ada", {}, token, {}});
    }
  }

  void carry(actions&& out) override {
    for (auto& x : out.parcels)
      for (auto& item : x.frames)
        if (item.request == 0)
          pushes[x.to].push_back(item.bytes);
        else
          answers[{x.to, item.request}] = item.bytes;
    write_and_read(out);
    for (auto& x : out.rooms)
      if (auto asked = std::get_if<subscribe>(&x.what)) {
        asks_own = asked->want_own;
        auto& known = rooms[x.to];
        head answer{x.to, known.head, known.ordinal, known.time};
        answer.has_own = asked->want_own;
        step(inbox_event{answer});
      }
  }

  uint64_t say(session_id from, const wire::client_body& body) {
    return inbox_on_disk::say(from, devices[from], body);
  }

  template <class Answer>
  Answer ask(const wire::client_body& body) {
    auto number = say(phone, body);
    BOOST_REQUIRE((answers.contains({phone, number})));
    return std::get<Answer>(wire::decode_server(answers[{phone, number}])->body);
  }

  wire::conversation change(uint64_t i, how what, bool yes, time_us until = 0) {
    return ask<wire::conversation>(wire::change_conversation{room_of(i), what, yes, until});
  }

  ec refusal(const wire::client_body& body) {
    return ask<wire::error>(body).code;
  }

  wire::conversations_page page(list which = list::shown) {
    return ask<wire::conversations_page>(wire::list_conversations{{}, 0, which});
  }

  std::vector<uint64_t> order(list which = list::shown) {
    std::vector<uint64_t> result;
    for (auto& x : page(which).conversations)
      result.push_back(index_of(x.id));
    return result;
  }

  /// What the laptop was told of a conversation, the last time.
  std::optional<wire::conversation> told() {
    std::optional<wire::conversation> result;
    for (auto& x : pushes[laptop]) {
      auto push = wire::decode_server(x);
      if (auto state = std::get_if<wire::conversation>(&push->body))
        result = *state;
    }
    return result;
  }
};

using order = std::vector<uint64_t>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(inbox_list_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_pinned_comes_first_then_where_something_happened_last) {
  for (auto i : {1u, 2u, 3u, 4u})
    add_room(i);
  store(2);
  wake();
  BOOST_TEST((order() == ::order{2, 4, 3, 1}));
  change(3, how::pin, true);
  BOOST_TEST((order() == ::order{3, 2, 4, 1}));
  tell(1, false);
  BOOST_TEST((order() == ::order{3, 1, 2, 4}));
  change(4, how::pin, true);
  BOOST_TEST((order() == ::order{4, 3, 1, 2}));
  change(3, how::pin, false);
  BOOST_TEST((order() == ::order{4, 1, 2, 3}));
  BOOST_TEST((order(list::all) == ::order{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(pages_meet_while_others_move_up) {
  for (uint64_t i = 1; i <= 9; ++i)
    add_room(i);
  wake();
  change(2, how::pin, true);
  std::vector<uint64_t> seen;
  wire::list_conversations next{{}, 2, list::shown};
  for (auto more = true; more;) {
    auto found = ask<wire::conversations_page>(next);
    BOOST_TEST(found.total == 9u);
    for (auto& x : found.conversations) {
      seen.push_back(index_of(x.id));
      next.after = x.id;
      next.active = x.active;
      next.pinned = x.pinned;
    }
    more = found.more;
    tell(9); // Which was seen.
  }
  BOOST_TEST((seen == ::order{2, 9, 8, 7, 6, 5, 4, 3, 1}));
}

BOOST_AUTO_TEST_CASE(what_is_hidden_is_shown_again_with_the_next_message_that_counts) {
  add_room(1);
  add_room(2);
  wake();
  tell(1);
  BOOST_TEST(change(1, how::hide, true).hidden);
  BOOST_TEST((order() == ::order{2}));
  BOOST_TEST((order(list::hidden) == ::order{1}));
  BOOST_TEST(page().unread == 0u);
  tell(1, false);
  BOOST_TEST((order(list::hidden) == ::order{1}));
  tell(1);
  BOOST_TEST((order() == ::order{1, 2}));
  BOOST_TEST(page().unread == 2u);
  BOOST_TEST(change(1, how::hide, true).hidden);
  BOOST_TEST(!change(1, how::hide, false).hidden);
  BOOST_TEST((order() == ::order{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_room_that_lets_the_user_out_is_shown_where_that_happened) {
  add_room(1);
  add_room(2);
  wake();
  tell(1);
  change(1, how::hide, true);
  store(1, false);
  now.wall += 1000;
  membership_change out{room_of(1), 3, wire::conversation_kind::room, {ada, "room", 1, 3, 0, {}}};
  step(inbox_event{out});
  BOOST_TEST((order() == ::order{1, 2}));
  tell(2);
  BOOST_TEST((order() == ::order{2, 1}));
  change(1, how::hide, true);
  wake();
  BOOST_TEST((order(list::hidden) == ::order{1}));
  ask<wire::conversation>(wire::read{{room_of(1), 3}});
  wake();
  BOOST_TEST((order(list::hidden) == ::order{1}));
}

BOOST_AUTO_TEST_CASE(what_is_muted_counts_apart_and_its_mentions_with_all_others) {
  add_room(1);
  add_room(2);
  wake();
  tell(1, true, true);
  tell(1);
  tell(2, true, true);
  auto before = page();
  BOOST_TEST(before.unread == 3u);
  BOOST_TEST(before.muted_unread == 0u);
  BOOST_TEST(before.mentions == 2u);
  auto until = now.wall + 60'000'000;
  BOOST_TEST(change(1, how::mute, {}, until).muted_until == until);
  auto muted = page();
  BOOST_TEST(muted.unread == 1u);
  BOOST_TEST(muted.muted_unread == 2u);
  BOOST_TEST(muted.mentions == 2u);
  now.wall = until;
  BOOST_TEST(page().unread == 3u);
  change(1, how::mute, {}, wire::for_ever);
  now.wall *= 1000;
  BOOST_TEST(page().muted_unread == 2u);
  change(1, how::mute, {}, 0);
  BOOST_TEST(page().unread == 3u);
}

BOOST_AUTO_TEST_CASE(a_change_is_said_when_it_is_durable_and_to_all_devices) {
  add_room(1);
  wake();
  tell(1, true, true);
  pushes.clear();
  holds_commits = true;
  auto number = say(phone, wire::change_conversation{room_of(1), how::pin, true});
  auto listed = say(phone, wire::list_conversations{{}, 0, list::shown});
  auto is_said = [&](uint64_t x) { return answers.contains({phone, x}); };
  BOOST_TEST(!is_said(number));
  BOOST_TEST(!is_said(listed));
  BOOST_TEST(!told());
  holds_commits = false;
  step(committed{held, ec::none});
  BOOST_TEST(is_said(number));
  BOOST_TEST(is_said(listed));
  BOOST_REQUIRE(told());
  BOOST_TEST(told()->pinned);
  BOOST_TEST(told()->unread == 1u);
  BOOST_TEST(told()->mentions == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_so_already_is_answered_and_not_written) {
  add_room(1);
  wake();
  for (auto twice : {false, true}) {
    rows_written = 0;
    BOOST_TEST(change(1, how::pin, true).pinned);
    BOOST_TEST(change(1, how::hide, true).hidden);
    BOOST_TEST(change(1, how::mute, {}, now.wall + 1).muted_until == now.wall + 1);
    BOOST_TEST(rows_written == (twice ? 0u : 3u));
  }
}

BOOST_AUTO_TEST_CASE(another_life_knows_what_the_user_made_of_it) {
  add_room(1);
  add_room(2);
  wake();
  change(1, how::pin, true);
  change(1, how::mute, {}, wire::for_ever);
  change(2, how::hide, true);
  wake();
  auto found = page();
  BOOST_REQUIRE(found.conversations.size() == 1u);
  BOOST_TEST(found.conversations[0].pinned);
  BOOST_TEST(found.conversations[0].muted_until == wire::for_ever);
  BOOST_TEST((order(list::hidden) == ::order{2}));
}

BOOST_AUTO_TEST_CASE(pins_have_an_end) {
  for (uint64_t i = 1; i <= limits::pins_per_user + 1; ++i)
    add_room(i);
  wake();
  for (uint64_t i = 1; i <= limits::pins_per_user; ++i)
    change(i, how::pin, true);
  wire::change_conversation more{room_of(limits::pins_per_user + 1), how::pin, true};
  BOOST_TEST(refusal(more) == ec::too_many_pins);
  change(1, how::pin, true); // Is pinned already.
  change(1, how::pin, false);
  BOOST_TEST(ask<wire::conversation>(more).pinned);
  more.id = room_of(9999);
  BOOST_TEST(refusal(more) == ec::unknown_conversation);
}

BOOST_AUTO_TEST_CASE(mentions_are_counted_again_only_where_something_changed) {
  auto count = limits::mentions_counted_at_once + 2;
  for (uint64_t i = 1; i <= count; ++i) {
    add_room(i);
    store(i, true, true);
  }
  wake();
  BOOST_TEST(page().mentions == count);
  queries_made = 0;
  wire::list_conversations one{{}, 1, list::shown};
  BOOST_TEST(ask<wire::conversations_page>(one).mentions == count);
  BOOST_TEST(queries_made == 3u); // The last message, whether it is hidden and whether it is kept.
  tell(1, true, true);
  queries_made = 0;
  BOOST_TEST(ask<wire::conversations_page>(one).mentions == count + 1);
  BOOST_TEST(queries_made == 3u + 2u); // And the head and mentions of that one.
  ask<wire::conversation>(wire::read{{room_of(2), 2}});
  BOOST_TEST(page().mentions == count);
}

/// What was on its way when the last device went was told to nobody here.
BOOST_AUTO_TEST_CASE(rooms_are_asked_what_they_know_of_who_comes_back) {
  add_room(1);
  wake();
  BOOST_TEST(asks_own);
  asks_own = false;
  step(inbox_event{detach{phone}});
  step(inbox_event{detach{laptop}});
  log_in();
  BOOST_TEST(asks_own);
  asks_own = false;
  step(inbox_event{unsure{UINT64_MAX, node_of(phone)}});
  log_in();
  BOOST_TEST(asks_own);
}

BOOST_AUTO_TEST_CASE(a_message_that_the_user_hid_is_no_preview) {
  add_room(1);
  store(1);
  wake();
  write(keys::hidden(room_of(1), ada, 2), record::encode(record::counter{1}));
  auto found = page();
  BOOST_REQUIRE(found.conversations.size() == 1u);
  auto last = wire::decode_server(found.conversations[0].last);
  BOOST_REQUIRE(last.has_value());
  BOOST_TEST(std::holds_alternative<wire::tombstone>(std::get<wire::message>(last->body).body));
}

BOOST_AUTO_TEST_SUITE_END()
