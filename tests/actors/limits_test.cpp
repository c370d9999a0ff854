#include "tests/actors/client_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

// What happens at the limits that only a node of some age reaches: it gets its
// past written to the store.

namespace {

struct old_node : client_fixture {
  void write(const effect& past) {
    BOOST_REQUIRE(disk->write({&past, 1}).ok());
  }

  /// A user with so many conversations, and a token.
  std::string import_busy(const std::string& name, size_t conversations) {
    auto token = import(name);
    effect past;
    for (uint64_t i = 1; i <= conversations; ++i)
      past.put(
        keys::mailbox(user_of(name), {i, i}),
        record::encode(record::mailbox{wire::conversation_kind::room, "old", 1, 1, 0, 0, 0, {}}));
    write(past);
    return token;
  }

  /// An open room of ada and so many others.
  conversation_id make_crowd(size_t others) {
    conversation_id room{42, 42};
    effect past;
    past.put(keys::conversation(room),
             record::encode(record::conversation{wire::conversation_kind::room, "crowd", true, 1}));
    past.put(keys::member(room, user_of("ada")),
             record::encode(record::member{"ada", true, 1, 0, 0, 0, {}}));
    for (uint64_t i = 1; i <= others; ++i)
      past.put(keys::member(room, {i, i}),
               record::encode(record::member{"somebody", false, 1, 0, 0, 0, {}}));
    write(past);
    return room;
  }

  /// The only answer to a request of `who`.
  wire::server_body answer(caf::io::connection_handle who, wire::client_body what) {
    constexpr uint64_t number = 77;
    say(who, number, std::move(what));
    for (auto& bytes : heard(who)) {
      auto decoded = *wire::decode_server(bytes);
      if (decoded.request == number) {
        kept.push_back(bytes);
        return decoded.body;
      }
    }
    return {};
  }

  ec code_of(caf::io::connection_handle who, wire::client_body what) {
    auto body = answer(who, std::move(what));
    BOOST_TEST(!std::holds_alternative<wire::unknown>(body));
    auto error = std::get_if<wire::error>(&body);
    return error == nullptr ? ec::none : error->code;
  }

  std::vector<frame> kept; ///< What views point into.
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(limits_suite, old_node)

BOOST_AUTO_TEST_CASE(a_full_list_takes_no_more_conversations) {
  auto ada = log_in("ada", import("ada"));
  import_busy("bob", limits::conversations_per_user);
  import("kit");
  auto mine = std::get<wire::change>(answer(ada, wire::create_room{1, "mine", {}, false})).room;
  auto rows = disk->rows();
  BOOST_TEST((code_of(ada, text("bob", 1, "hello")) == ec::too_many_conversations));
  BOOST_TEST((code_of(ada, wire::invite{mine, {"kit", "bob"}}) == ec::too_many_conversations));
  BOOST_TEST((code_of(ada, wire::create_room{2, "full", {"kit", "bob"}, false})
              == ec::too_many_conversations));
  BOOST_TEST(disk->rows() == rows);
  BOOST_TEST((code_of(ada, wire::invite{mine, {"kit"}}) == ec::none));
}

BOOST_AUTO_TEST_CASE(who_has_a_full_list_can_not_make_it_longer) {
  auto ada = log_in("ada", import("ada"));
  auto bob = log_in("bob", import_busy("bob", limits::conversations_per_user));
  auto open = std::get<wire::change>(answer(ada, wire::create_room{1, "open", {}, true})).room;
  auto rows = disk->rows();
  BOOST_TEST((code_of(bob, text("ada", 1, "hello")) == ec::too_many_conversations));
  BOOST_TEST((code_of(bob, wire::create_room{1, "mine", {}, false}) == ec::too_many_conversations));
  BOOST_TEST((code_of(bob, wire::join{open}) == ec::too_many_conversations));
  BOOST_TEST(disk->rows() == rows);
}

BOOST_AUTO_TEST_CASE(the_last_free_place_of_a_list_can_be_taken) {
  auto ada = log_in("ada", import("ada"));
  import_busy("bob", limits::conversations_per_user - 1);
  BOOST_TEST((code_of(ada, text("bob", 1, "hello")) == ec::none));
  BOOST_TEST((code_of(ada, wire::create_room{1, "one too many", {"bob"}, false})
              == ec::too_many_conversations));
  BOOST_TEST((code_of(ada, text("bob", 2, "again")) == ec::none));
}

BOOST_AUTO_TEST_CASE(a_full_room_takes_no_more_members) {
  auto ada = log_in("ada", import("ada"));
  auto bob = log_in("bob", import("bob"));
  auto eve = log_in("eve", import("eve"));
  auto crowd = make_crowd(limits::members_per_room - 2);
  BOOST_TEST((code_of(ada, wire::invite{crowd, {"bob", "eve"}}) == ec::too_many_members));
  BOOST_TEST((code_of(bob, wire::join{crowd}) == ec::none)); // The last place.
  auto rows = disk->rows();
  BOOST_TEST((code_of(eve, wire::join{crowd}) == ec::too_many_members));
  BOOST_TEST((code_of(ada, wire::invite{crowd, {"eve"}}) == ec::too_many_members));
  BOOST_TEST(disk->rows() == rows);
  auto page = std::get<wire::members_page>(answer(ada, wire::list_members{crowd, {}, 1}));
  BOOST_TEST(page.total == limits::members_per_room);
  BOOST_TEST((code_of(bob, wire::leave{crowd}) == ec::none));
  BOOST_TEST((code_of(eve, wire::join{crowd}) == ec::none));
}

BOOST_AUTO_TEST_SUITE_END()
