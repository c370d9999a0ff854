#include "tests/actors/fixture.hpp"

#include "schema/codec.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

namespace {

struct shard_fixture : node_fixture {
  const user_id ada = user_of("ada");
  const conversation_id chat = direct_conversation(ada, ada);

  shard_state& state_of(shard_id id) {
    auto handle = dir->shard(id);
    return caf::actor_cast<shard_actor::stateful_pointer<shard_state>>(handle)->state;
  }

  size_t rooms() {
    return state_of(shard_of(chat)).rooms_awake();
  }

  /// Ada notes something for herself.
  void send(uint64_t counter) {
    frame bytes =
      wire::encode(wire::client_frame{counter, wire::send{{}, "ada", counter, 0, {{}, "note"}}});
    auto decoded = *wire::decode_client(bytes);
    auto who = std::make_shared<const origin>(
      origin{session_id{1}, ada, device_id{1}, record::role::person, "ada"});
    room_mails mail;
    mail.items.push_back({chat, requests{who, {{counter, decoded.body, bytes}}}});
    caf::anon_send(dir->shard(shard_of(chat)), std::move(mail));
    run();
  }

  size_t messages() {
    size_t count = 0;
    auto visit = [&count](std::string_view, std::string_view) {
      ++count;
      return true;
    };
    BOOST_REQUIRE(disk->scan(keys::messages(chat, 1, 1000), visit).ok());
    return count;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(shard_suite, shard_fixture)

BOOST_AUTO_TEST_CASE(wakes_a_room_on_its_first_use) {
  BOOST_TEST(rooms() == 0u);
  send(1);
  BOOST_TEST(rooms() == 1u);
  BOOST_TEST(messages() == 1u);
}

BOOST_AUTO_TEST_CASE(a_login_wakes_no_room) {
  room_mails mail;
  mail.items.push_back({chat, subscribe{ada}});
  caf::anon_send(dir->shard(shard_of(chat)), std::move(mail));
  run();
  BOOST_TEST(rooms() == 0u);
}

BOOST_AUTO_TEST_CASE(lets_an_idle_room_go_and_wakes_another) {
  send(1);
  for (int i = 0; i < 3; ++i)
    pass(std::chrono::duration_cast<std::chrono::seconds>(limits::room_idle));
  BOOST_TEST(rooms() == 0u);
  send(2);
  send(2); // A repeat: the new room knows what the old one stored.
  BOOST_TEST(messages() == 2u);
}

BOOST_AUTO_TEST_CASE(replaces_a_room_whose_write_was_refused) {
  send(1);
  disk->fill();
  send(2);
  BOOST_TEST(messages() == 1u);
  disk->drain();
  send(2);
  send(3);
  BOOST_TEST(messages() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
