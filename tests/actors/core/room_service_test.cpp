#define BOOST_TEST_MODULE room_service

#include "tests/actors/core/room_on_disk.hpp"

using namespace parley;
using namespace parley::testing;

namespace {

struct fixture : room_on_disk {
  wire::broadcast broadcast(uint64_t counter, std::string_view words = "to all") {
    return {counter, 0, {{}, words}};
  }

  /// As a courier sends it to bob.
  void dispatch_to_bob(uint64_t version, std::string_view words = "to all") {
    auto from = std::make_shared<const origin>(
      origin{{}, user_of("service"), {99}, record::role::service, "service"});
    auto bytes =
      wire::encode(wire::client_frame{1, wire::send{{}, "bob", version, 0, {{}, words}}});
    auto decoded = wire::decode_client(bytes);
    dispatch what{{{5, 5}, version, user_of("bob")}, {from, {}}};
    what.what.items.push_back({1, std::move(decoded->body), std::move(bytes)});
    step(room_event{std::move(what)});
  }

  ec direct(const std::string& from, const std::string& to) {
    wire::send what{{}, to, ++counters[from], 0, {{}, "hello"}};
    return refusal(from, what);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(room_service_test, fixture)

BOOST_AUTO_TEST_CASE(a_service_writes_in_a_room_that_it_is_not_in) {
  make("ada", {"bob"});
  auto seq = write("service", "the lift is repaired");
  BOOST_TEST(shown("bob", seq).sender_name == "service");
  BOOST_TEST(refusal("eve", text("eve", "so do I")) == ec::not_member);
}

BOOST_AUTO_TEST_CASE(a_service_does_nothing_else_there) {
  make("ada", {"bob"});
  auto seq = write("ada", "hello");
  BOOST_TEST(refusal("service", wire::kick{id, {"bob"}}) == ec::not_member);
  BOOST_TEST(refusal("service", wire::read_history{id}) == ec::not_member);
  BOOST_TEST(refusal("service", change("service", {seq, wire::revision_kind::recall}))
             == ec::not_member);
}

BOOST_AUTO_TEST_CASE(what_a_service_repeats_is_stored_once) {
  make("ada", {"bob"});
  auto what = text("service", "once");
  auto first = seq_of(ask("service", what));
  wake();
  BOOST_TEST(seq_of(ask("service", what)) == first);
}

BOOST_AUTO_TEST_CASE(a_service_writes_in_no_room_that_is_over) {
  make("ada", {"bob"});
  BOOST_TEST(refusal("ada", wire::change_room{id, wire::room_change::dissolve}) == ec::none);
  BOOST_TEST(refusal("service", text("service", "too late")) == ec::dissolved);
}

BOOST_AUTO_TEST_CASE(a_chat_that_a_service_begins_stands_in_the_list_of_the_user_alone) {
  BOOST_TEST(direct("service", "bob") == ec::none);
  BOOST_REQUIRE(outbox.size() == 1u);
  BOOST_REQUIRE(outbox[0].members.size() == 1u);
  BOOST_TEST((outbox[0].members[0].user == user_of("bob")));
  BOOST_TEST(outbox[0].members[0].title == "service");
  BOOST_TEST(history("bob").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_full_list_of_the_service_does_not_matter) {
  full.full = true;
  nobody = user_of("service");                                        // And is not even asked for.
  BOOST_TEST(direct("service", "bob") == ec::too_many_conversations); // It is bob's that counts.
  full.full = false;
  BOOST_TEST(direct("service", "bob") == ec::none);
}

BOOST_AUTO_TEST_CASE(a_block_holds_for_services) {
  BOOST_TEST(direct("service", "bob") == ec::none);
  say("bob", wire::change_contact{"service", wire::contact_change::block});
  BOOST_TEST(direct("service", "bob") == ec::blocked);
}

BOOST_AUTO_TEST_CASE(only_services_send_to_everybody) {
  BOOST_TEST(refusal("ada", broadcast(1)) == ec::forbidden);
  BOOST_TEST(outbox.empty());
}

BOOST_AUTO_TEST_CASE(a_broadcast_is_stored_once_and_has_a_row_for_the_courier) {
  auto first = seq_of(ask("service", broadcast(7)));
  BOOST_TEST(first == 1u);
  BOOST_REQUIRE(outbox.size() == 1u);
  BOOST_TEST((outbox[0].walk.service == user_of("service")));
  BOOST_TEST(outbox[0].walk.name == "service");
  BOOST_TEST(outbox[0].version == first);
  wake();
  outbox.clear(); // The row is still there, and the courier hears of it again.
  BOOST_TEST(seq_of(ask("service", broadcast(7))) == first);
  BOOST_TEST(refusal("service", broadcast(7, "something else")) == ec::conflict);
  BOOST_TEST(outbox.empty());
  BOOST_TEST(seq_of(ask("service", broadcast(8))) == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_dispatched_is_confirmed_once_it_is_durable) {
  holds_commits = true;
  dispatch_to_bob(3);
  BOOST_TEST(confirmed.empty());
  release_commits();
  BOOST_REQUIRE(confirmed.size() == 1u);
  BOOST_TEST(confirmed[0].version == 3u);
  BOOST_TEST((confirmed[0].user == user_of("bob")));
  BOOST_TEST((confirmed[0].conversation == conversation_id{5, 5}));
  BOOST_TEST(history("bob").size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_dispatched_again_is_stored_once_and_confirmed_again) {
  dispatch_to_bob(3);
  wake();
  dispatch_to_bob(3);
  dispatch_to_bob(4, "more");
  BOOST_TEST(confirmed.size() == 3u);
  BOOST_TEST(history("bob").size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_refused_for_good_is_confirmed) {
  say("bob", wire::change_contact{"service", wire::contact_change::block});
  dispatch_to_bob(3);
  BOOST_TEST(confirmed.size() == 1u);
  BOOST_TEST(tells.empty());
}

BOOST_AUTO_TEST_SUITE_END()
