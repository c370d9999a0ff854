#include "actors/core/permissions.hpp"
#include "actors/core/request_rights.hpp"
#include "tests/actors/client_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <functional>
#include <optional>
#include <set>

using namespace parley;
using namespace parley::core;

// Every request as everybody: what the table of requests and that of deeds say is what a
// node does.

namespace {

enum class standing { nobody, stranger, member, admin, owner, service };

constexpr std::array<std::string_view, 6> names{"", "eve", "mia", "ada", "olga", "service"};

constexpr uint64_t number = 77;

struct place {
  conversation_id room;
  seq_t message = 0; ///< Of kit.
};

/// An open room of olga, its owner, ada, an admin, and mia and kit, who are members.
struct node_with_room : client_fixture {
  std::array<caf::io::connection_handle, 6> people;
  place at;

  node_with_room() {
    dir->agreed_format = record::format_version;
    dir->search = dir->notices = true;
    for (auto name : {"eve", "mia", "ada", "olga", "kit"})
      tokens[name] = import(name);
    tokens["service"] = import_service();
    people[0] = connect();
    say(people[0], 1, wire::hello{});
    for (size_t i = 1; i < names.size(); ++i)
      people[i] = log_in(std::string{names[i]}, tokens[std::string{names[i]}]);
    auto olga = people[4];
    auto made = answer(olga, wire::create_room{1, "room", {"mia", "ada", "kit"}, true});
    at.room = std::get<wire::change>(made).room;
    answer(olga, wire::change_members{
                   at.room, {"ada"}, wire::member_change::role, wire::room_role::admin});
    auto kit = log_in("kit", tokens["kit"]);
    at.message =
      std::get<wire::sent>(answer(kit, wire::send{at.room, {}, 1, 0, {{}, "words"}})).seq;
  }

  std::string import_service() {
    auto token = make_token();
    record::account account{"service", record::role::service, {}, {}, 1};
    account.devices.push_back({device_id{1}, hash_token(token), 1, true});
    effect change;
    change.put(keys::account(user_of("service")), record::encode(account));
    BOOST_REQUIRE(disk->write({&change, 1}).ok());
    return token;
  }

  wire::server_body answer(caf::io::connection_handle who, const wire::client_body& what) {
    say(who, number, what);
    for (auto tries = 0; tries < 4; ++tries) { // A change of members waits for whom it concerns.
      for (auto& bytes : heard(who)) {
        auto decoded = *wire::decode_server(bytes);
        if (decoded.request == number) {
          kept.push_back(bytes);
          return decoded.body;
        }
      }
      pass(limits::pending_after);
    }
    BOOST_FAIL("no answer");
    return {};
  }

  ec outcome(standing who, const wire::client_body& what) {
    auto body = answer(people[static_cast<size_t>(who)], what);
    auto error = std::get_if<wire::error>(&body);
    return error == nullptr ? ec::none : error->code;
  }

  std::map<std::string, std::string> tokens;
  std::vector<frame> kept; ///< What views point into.
};

/// A request that would do no wrong if it came from the right one.
struct probe {
  std::function<wire::client_body(const place&)> make;
  std::optional<deed> what{}; ///< In a room.
};

using wire::member_change;
using wire::room_change;

const std::string hash(limits::file_hash_bytes, 'h');

probe with_room(room_change x, deed what) {
  return {[x](const place& at) {
            auto text = x == room_change::transfer ? "kit" : "words";
            return wire::change_room{at.room, x, text, wire::room_access::closed, true};
          },
          what};
}

probe with_members(member_change x, deed what) {
  return {[x](const place& at) {
            return wire::change_members{at.room, {"kit"}, x, wire::room_role::admin, 0};
          },
          what};
}

template <class T>
probe plain(T x) {
  return {[x](const place&) { return x; }};
}

/// The request about the message of kit.
template <class T>
probe about_message() {
  return {[](const place& at) { return T{at.room, at.message}; }};
}

const std::vector<probe> probes{
  plain(wire::hello{}),
  plain(wire::register_account{"new", "a password"}),
  plain(wire::login{"mia", "a password", {}, {}}),
  plain(wire::logout{}),
  plain(wire::change_password{"a password", "another one"}),
  plain(wire::import_account{"new"}),
  {[](auto at) {
     return wire::send{at.room, {}, 1, 0, {{}, "hello"}};
   },
   deed::write},
  {[](auto at) {
    return wire::read{at.room, 1};
  }},
  plain(wire::list_conversations{}),
  {[](auto at) {
    return wire::read_history{at.room, 1};
  }},
  plain(wire::create_room{2, "another", {}}),
  {[](auto at) {
     return wire::invite{at.room, {"kit"}};
   },
   deed::invite},
  {[](auto at) {
     return wire::kick{at.room, {"kit"}};
   },
   deed::kick},
  {[](auto at) { return wire::join{at.room}; }},
  {[](auto at) { return wire::leave{at.room}; }},
  {[](auto at) {
    return wire::list_members{at.room, {}, 0};
  }},
  {[](auto at) {
     return wire::list_members{at.room, {}, 0, wire::member_list::asking};
   },
   deed::see_asking},
  plain(wire::ping{}),
  {[](auto at) {
     wire::revision what;
     what.target = at.message;
     what.kind = wire::revision_kind::react;
     what.reaction = "+1";
     return wire::revise{at.room, 2, 0, what};
   },
   deed::write},
  {[](auto at) {
     wire::revision what;
     what.target = at.message;
     what.kind = wire::revision_kind::recall;
     return wire::revise{at.room, 2, 0, what};
   },
   deed::recall_others},
  about_message<wire::read_versions>(),
  {[](auto at) {
    return wire::hide{at.room, {at.message}};
  }},
  {[](auto at) {
    return wire::typing{at.room, {}};
  }},
  with_room(room_change::title, deed::rename),
  with_room(room_change::announcement, deed::announce),
  with_room(room_change::access, deed::access),
  with_room(room_change::quiet, deed::quiet),
  with_room(room_change::transfer, deed::transfer),
  with_room(room_change::dissolve, deed::dissolve),
  with_room(room_change::keep, deed::keep),
  with_members(member_change::ban, deed::ban),
  with_members(member_change::unban, deed::ban),
  with_members(member_change::role, deed::appoint),
  with_members(member_change::mute, deed::mute),
  with_members(member_change::approve, deed::approve),
  with_members(member_change::refuse, deed::approve),
  plain(wire::put_file{hash, limits::file_bytes_max, 0}), // Too large, so no keeper is asked.
  about_message<wire::get_file>(),
  about_message<wire::keep_file>(),
  plain(wire::change_contact{"kit"}),
  plain(wire::list_contacts{}),
  plain(wire::set_presence{}),
  plain(wire::ask_presence{{"kit"}}),
  {[](auto at) { return wire::change_conversation{at.room}; }},
  {[](auto at) {
    return wire::list_readers{at.room, at.message};
  }},
  plain(wire::list_devices{}),
  plain(wire::revoke{{12345}}),
  plain(wire::set_profile{{"A Name"}}),
  plain(wire::ask_profile{"kit"}),
  plain(wire::read_online_times{}),
  {[](auto at) {
    return wire::search{at.room, "words"};
  }},
  plain(wire::broadcast{1, 0, {{}, "to all"}}),
  plain(wire::read_notices{0, 0}),
  plain(wire::confirm_notices{}),
};

bool may(standing who, const wire::client_body& what, const std::optional<deed>& in_room) {
  auto role =
    static_cast<wire::room_role>(static_cast<int>(who) - static_cast<int>(standing::member));
  switch (right_to(what)) {
    case right::anyone:
      return true;
    case right::stranger:
      return who == standing::nobody;
    case right::user:
      return who != standing::nobody;
    case right::member:
      if (who == standing::service)
        return std::holds_alternative<wire::send>(what);
      return who >= standing::member && (!in_room || core::may(role, *in_room));
    case right::service:
      return who == standing::service;
  }
  return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rights_suite)

BOOST_AUTO_TEST_CASE(every_request_is_everybodys_whom_the_table_names_and_nobody_elses) {
  const std::set<ec> refusals{ec::login_first, ec::forbidden, ec::not_member,
                              ec::unknown_conversation, ec::unknown_message};
  for (auto who : {standing::nobody, standing::stranger, standing::member, standing::admin,
                   standing::owner, standing::service})
    for (auto& x : probes) {
      node_with_room node;
      auto what = x.make(node.at);
      auto code = node.outcome(who, what);
      auto deed_name = x.what ? permissions[static_cast<size_t>(*x.what)].name : "";
      BOOST_TEST(!refusals.contains(code) == may(who, what, x.what),
                 request_rights[what.index()].request << " " << deed_name << " as '"
                                                      << names[static_cast<size_t>(who)]
                                                      << "': " << name_of(code));
    }
}

BOOST_AUTO_TEST_CASE(every_request_is_tried) {
  std::set<size_t> tried;
  for (auto& x : probes)
    tried.insert(x.make({}).index());
  for (auto& row : request_rights) {
    auto unanswered = row.request == "none" || row.request == "ack" || row.request == "pong";
    BOOST_TEST(tried.contains(row.index) != unanswered, row.request);
  }
}

BOOST_AUTO_TEST_SUITE_END()
