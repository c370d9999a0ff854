#define BOOST_TEST_MODULE inbox_notices

#include "tests/actors/core/inbox_on_disk.hpp"

#include <map>

using namespace parley;
using namespace parley::testing;

namespace {

const conversation_id room{9, 9};
constexpr session_id line{70};

/// Ada, who is away, is in a room and has read its first message.
struct fixture : inbox_on_disk {
  std::map<uint64_t, frame> answers;
  std::vector<outbox_confirmed> confirmed;
  record::mailbox box;

  fixture() {
    record::account account{"ada", record::role::person, {}, {}, 1};
    account.devices.push_back({{7}, hash_token("token"), now.wall, true});
    put(keys::account(ada), record::encode(account));
    box.kind = wire::conversation_kind::room;
    box.title = "general";
    box.joined = box.version = 1;
    box.read_seq = 2;
    box.read_ordinal = 1;
    set_box();
  }

  void put(const key& at, frame value) {
    effect what;
    what.put(at, std::move(value));
    BOOST_REQUIRE(disk.write({&what, 1}).ok());
  }

  void set_box(bool keeps = true) {
    put(keys::mailbox(ada, room), record::encode(box));
    begin();
    inbox->keep_notices(keeps);
  }

  void carry(actions&& out) override {
    for (auto& x : out.parcels)
      for (auto& item : x.frames)
        answers[item.request] = item.bytes;
    for (auto& x : out.couriers)
      confirmed.push_back(std::get<outbox_confirmed>(x.what));
    write_and_read(out);
  }

  void miss(seq_t seq, ordinal_t ordinal, bool mentioned = false) {
    absence_note note{room, seq | uint64_t{1} << 61, wire::conversation_kind::room, {}};
    note.what = {"bob", seq, ordinal, static_cast<time_us>(seq), {{ada, mentioned}}};
    step(inbox_event{std::move(note)});
  }

  wire::server_body ask(record::role as, const wire::client_body& body) {
    auto who = std::make_shared<const origin>(origin{{90}, ada, {8}, as, "service"});
    auto bytes = wire::encode(wire::client_frame{++numbers, body});
    requests burst{who, {}};
    burst.items.push_back({numbers, wire::decode_client(bytes)->body, bytes});
    step(inbox_event{std::move(burst)});
    BOOST_REQUIRE(answers.contains(numbers));
    return wire::decode_server(answers[numbers])->body;
  }

  wire::notices_page notices(uint32_t limit = 0) {
    return std::get<wire::notices_page>(
      ask(record::role::service, wire::read_notices{shard_of(ada).value, limit}));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inbox_notices_test, fixture)

BOOST_AUTO_TEST_CASE(a_notice_says_what_a_push_service_needs) {
  put(keys::mention(room, ada, 4), record::encode(record::counter{1}));
  miss(5, 4);
  BOOST_TEST(confirmed.size() == 1u);
  auto page = notices();
  BOOST_REQUIRE(page.notices.size() == 1u);
  auto& x = page.notices[0];
  BOOST_TEST(x.name == "ada");
  BOOST_TEST((x.at.user == ada));
  BOOST_TEST((x.at.conversation == room));
  BOOST_TEST(x.at.time == 5);
  BOOST_TEST((x.kind == wire::conversation_kind::room));
  BOOST_TEST(x.title == "general");
  BOOST_TEST(x.sender == "bob");
  BOOST_TEST(x.at.seq == 5u);
  BOOST_TEST(x.unread == 3u);
  BOOST_TEST(x.mentions == 1u);
  BOOST_TEST(!x.mentioned);
}

BOOST_AUTO_TEST_CASE(notices_come_in_the_order_of_messages_until_they_are_confirmed) {
  miss(9, 8);
  miss(5, 4);
  auto first = notices();
  BOOST_REQUIRE(first.notices.size() == 2u);
  BOOST_TEST(first.notices[0].at.seq == 5u);
  auto same = notices(1);
  BOOST_REQUIRE(same.notices.size() == 1u);
  BOOST_TEST(same.notices[0].at.seq == 5u);
  ask(record::role::service, wire::confirm_notices{{same.notices[0].at}});
  auto rest = notices();
  BOOST_REQUIRE(rest.notices.size() == 1u);
  BOOST_TEST(rest.notices[0].at.seq == 9u);
}

BOOST_AUTO_TEST_CASE(what_comes_while_a_page_is_looked_at_is_not_confirmed_with_it) {
  miss(9, 8);
  auto seen = notices().notices[0].at;
  miss(5, 4); // Of an earlier message, and late.
  ask(record::role::service, wire::confirm_notices{{seen}});
  BOOST_REQUIRE(notices().notices.size() == 1u);
  BOOST_TEST(notices().notices[0].at.seq == 5u);
}

BOOST_AUTO_TEST_CASE(messages_of_one_moment_have_notices_of_their_own) {
  absence_note note{room, 1, wire::conversation_kind::room, {"bob", 5, 4, 7, {{ada, true}}}};
  step(inbox_event{note});
  note.what.seq = 6;
  step(inbox_event{note});
  auto page = notices();
  BOOST_REQUIRE(page.notices.size() == 2u);
  ask(record::role::service, wire::confirm_notices{{page.notices[0].at}});
  BOOST_REQUIRE(notices().notices.size() == 1u);
  BOOST_TEST(notices().notices[0].at.seq == 6u);
}

BOOST_AUTO_TEST_CASE(who_muted_the_conversation_is_left_alone) {
  box.settings.muted_until = now.wall + 1;
  set_box();
  miss(5, 4, true);
  BOOST_TEST(confirmed.size() == 1u);
  BOOST_TEST(notices().notices.empty());
}

BOOST_AUTO_TEST_CASE(who_has_read_it_on_another_device_needs_no_notice) {
  box.read_seq = 5;
  set_box();
  miss(5, 4);
  BOOST_TEST(confirmed.size() == 1u);
  BOOST_TEST(notices().notices.empty());
}

BOOST_AUTO_TEST_CASE(who_came_meanwhile_needs_no_notice) {
  say(line, {7}, wire::login{"ada", {}, "token", {}});
  miss(5, 4);
  BOOST_TEST(confirmed.size() == 1u);
  BOOST_TEST(notices().notices.empty());
}

BOOST_AUTO_TEST_CASE(who_left_needs_no_notice) {
  box.left = 4;
  set_box();
  miss(5, 4);
  BOOST_TEST(confirmed.size() == 1u);
  BOOST_TEST(notices().notices.empty());
}

BOOST_AUTO_TEST_CASE(of_a_conversation_that_is_not_known_yet_it_is_told_again) {
  absence_note note{{1, 1}, 5, wire::conversation_kind::room, {"bob", 5, 4, 5, {{ada, false}}}};
  step(inbox_event{std::move(note)});
  BOOST_TEST(confirmed.empty());
}

BOOST_AUTO_TEST_CASE(only_services_read_and_confirm) {
  miss(5, 4);
  auto refused = ask(record::role::person, wire::read_notices{shard_of(ada).value, 0});
  BOOST_TEST((std::get<wire::error>(refused).code == ec::forbidden));
  auto at = notices().notices[0].at;
  refused = ask(record::role::person, wire::confirm_notices{{at}});
  BOOST_TEST((std::get<wire::error>(refused).code == ec::forbidden));
  BOOST_TEST(notices().notices.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_deployment_without_notices_says_so) {
  set_box(false);
  miss(5, 4);
  BOOST_TEST(confirmed.size() == 1u);
  auto refused = ask(record::role::service, wire::read_notices{shard_of(ada).value, 0});
  BOOST_TEST((std::get<wire::error>(refused).code == ec::unsupported));
}

BOOST_AUTO_TEST_SUITE_END()
