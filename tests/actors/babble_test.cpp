#include "actors/core/request_rights.hpp"
#include "tests/actors/client_fixture.hpp"
#include "tests/support/from_environment.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdlib>
#include <random>
#include <set>
#include <string_view>

using namespace parley;

// Clients that say anything at all: every request but those about files, in every state,
// with fields that are right, wrong or of somebody else, frames with flipped bits, disks
// that fill up. Whatever
// they say, each request is answered once, nothing is an internal error, and the node
// serves who comes then. PARLEY_SEED=N makes one life of it, PARLEY_SEEDS how many there are.

namespace {

constexpr std::array<std::string_view, 9> names{"ada",    "bob", "cyd",        "dot", "service",
                                                "nobody", "",    "Not a name", "ADA"};
constexpr size_t users = 5; ///< The first of them; the last one is a service.

const std::string long_text(limits::text_bytes, 'x');
const std::string too_long(limits::text_bytes + 1, 'x');
const std::array<std::string_view, 8> texts{"hello",
                                            "",
                                            "words of a house",
                                            "\xff\xfe",
                                            "\xe5\xae\xb6 \xe3\x81\x84\xe3\x81\x88",
                                            std::string_view{"nul\0", 4},
                                            long_text,
                                            too_long};

constexpr auto steps_of_life = 2000;

/// Requests that nobody answers.
bool is_silent(const wire::client_body& x) {
  return wire::is_any<wire::ack, wire::pong>(x);
}

struct babbler : client_fixture {
  struct client {
    caf::io::connection_handle line{};
    std::set<uint64_t> asked;
    bool open = false;
  };

  explicit babbler(uint64_t seed) : random(seed) {
    dir->agreed_format = record::format_version;
    dir->search = dir->notices = true;
    for (size_t i = 0; i < users; ++i)
      make_account(i);
    conversations = {{1, 2}, {}};
    for (size_t i = 0; i < users; ++i)
      for (size_t j = 0; j <= i; ++j)
        conversations.push_back(direct_conversation(user_of(names[i]), user_of(names[j])));
  }

  /// With as many devices as there can be, for some will log out.
  void make_account(size_t user) {
    auto role = names[user] == "service" ? record::role::service : record::role::person;
    record::account account{std::string{names[user]}, role, {}, {}, 1};
    for (uint64_t i = 1; i <= limits::devices_per_user; ++i) {
      tokens[user].push_back(make_token());
      account.devices.push_back(
        {device_id{100 * user + i}, hash_token(tokens[user].back()), 1, true});
    }
    effect change;
    change.put(keys::account(user_of(names[user])), record::encode(account));
    BOOST_REQUIRE(disk->write({&change, 1}, store::space::free).ok());
  }

  // -- drawing ----------------------------------------------------------------------

  uint64_t below(uint64_t end) {
    return std::uniform_int_distribution<uint64_t>{0, end - 1}(random);
  }

  bool chance(unsigned percent) {
    return below(100) < percent;
  }

  template <class List>
  auto& one_of(List& list) {
    return list[below(list.size())];
  }

  std::string_view name() {
    return one_of(names);
  }

  conversation_id conversation() {
    return one_of(conversations);
  }

  /// Mostly a small number.
  uint64_t number() {
    return chance(90) ? below(20) : chance(50) ? random() : UINT64_MAX;
  }

  std::vector<std::string_view> some_names() {
    std::vector<std::string_view> result;
    while (chance(60))
      result.push_back(name());
    return result;
  }

  template <class Enum>
  Enum any(Enum last) {
    return static_cast<Enum>(below(static_cast<uint64_t>(last) + (chance(95) ? 1 : 3)));
  }

  wire::content content() {
    wire::content result{chance(90) ? "" : "kind", one_of(texts)};
    if (chance(80))
      return result;
    auto extra = std::make_shared<wire::content_extra>();
    extra->reply_to = number();
    extra->mentions = some_names();
    extra->forwarded = name();
    if (chance(30))
      extra->thing = wire::location{chance(80) ? 52.5 : 1e300, 13.4, one_of(texts)};
    else if (chance(30))
      extra->thing =
        wire::file{"a.png", one_of(texts), number(), "a hash of thirty-two bytes ....."};
    result.extra = std::move(extra);
    return result;
  }

  wire::revision revision() {
    wire::revision result;
    result.target = number();
    result.kind = any(wire::revision_kind::unreact);
    if (result.kind == wire::revision_kind::edit)
      result.content = content();
    result.reaction = chance(80) ? "+1" : one_of(texts);
    return result;
  }

  wire::login login() {
    auto who = below(users);
    if (chance(3))
      return {names[who], "a wrong password", {}, {}};
    if (chance(3)) {
      wire::login result{names[who], {}, {}, {}};
      result.jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.no-signature";
      return result;
    }
    auto by = chance(95) ? who : below(users);
    return {names[who], {}, one_of(tokens[by]), {{conversation(), number()}}};
  }

  wire::client_body body() {
    switch (below(39)) {
      case 0:
        return wire::hello{chance(95) ? wire::protocol_version : 7, "babbler", name()};
      case 1:
        return wire::register_account{name(), chance(80) ? "a password" : one_of(texts)};
      case 2:
        return login();
      case 3:
        return chance(10) ? wire::client_body{wire::logout{}} : wire::ping{};
      case 4:
        return wire::change_password{one_of(texts), "another password"};
      case 5:
        return wire::import_account{name()};
      case 6:
      case 7:
      case 8:
        return wire::send{conversation(), chance(50) ? name() : "", number(), number(), content()};
      case 9:
        return wire::ack{{{conversation(), number()}, {conversation(), number()}}};
      case 10:
        return wire::read{conversation(), number()};
      case 11:
        return wire::list_conversations{conversation(), static_cast<uint32_t>(number()),
                                        any(wire::conversation_list::hidden)};
      case 12:
        return wire::read_history{
          conversation(), number(), number(), static_cast<uint32_t>(number()), chance(50), 0, 0};
      case 13:
        return wire::create_room{
          number(),  one_of(texts), some_names(), chance(50), any(wire::room_access::by_request),
          chance(20)};
      case 14:
        return wire::invite{conversation(), some_names()};
      case 15:
        return wire::kick{conversation(), some_names()};
      case 16:
        return wire::join{conversation()};
      case 17:
        return wire::leave{conversation()};
      case 18:
        return wire::list_members{conversation(), user_of(name()), static_cast<uint32_t>(number()),
                                  any(wire::member_list::banned)};
      case 19:
        return wire::pong{};
      case 20:
      case 21:
        return wire::revise{conversation(), number(), number(), revision()};
      case 22:
        return wire::read_versions{conversation(), number()};
      case 23:
        return wire::hide{conversation(), {number(), number()}};
      case 24:
        return wire::typing{conversation(), {}};
      case 25: {
        wire::change_room result{conversation(), any(wire::room_change::keep), one_of(texts)};
        if (result.what == wire::room_change::transfer)
          result.text = name();
        result.keep = {number(), number()};
        result.quiet = chance(50);
        return result;
      }
      case 26:
        return wire::change_members{conversation(), some_names(), any(wire::member_change::refuse),
                                    any(wire::room_role::admin), static_cast<time_us>(number())};
      case 27:
        return wire::change_contact{name(), any(wire::contact_change::remark), one_of(texts)};
      case 28:
        return wire::list_contacts{user_of(name()), static_cast<uint32_t>(number()),
                                   any(wire::contact_list::blocked)};
      case 29:
        return chance(50) ? wire::client_body{wire::set_presence{
                 any(wire::presence_change::visibility), any(wire::visibility::nobody)}}
                          : wire::ask_presence{some_names(), any(wire::presence_wish::unwatch)};
      case 30:
        return wire::change_conversation{conversation(), any(wire::conversation_change::hide),
                                         chance(50), static_cast<time_us>(number())};
      case 31:
        return wire::list_readers{conversation(), number(), user_of(name()),
                                  static_cast<uint32_t>(number())};
      case 32:
        return chance(80) ? wire::client_body{wire::list_devices{}}
                          : wire::revoke{{number()}, chance(5)};
      case 33:
        return chance(50) ? wire::client_body{wire::set_profile{{one_of(texts), one_of(texts)}}}
                          : wire::ask_profile{name()};
      case 34:
        return wire::read_online_times{name(), static_cast<time_us>(number()),
                                       static_cast<time_us>(number())};
      case 35:
        return wire::search{conversation(), one_of(texts), number(),
                            static_cast<uint32_t>(number())};
      case 36:
        return wire::read_notices{static_cast<uint8_t>(below(70)), static_cast<uint32_t>(number())};
      case 37:
        return wire::confirm_notices{
          {{static_cast<time_us>(number()), user_of(name()), conversation(), number()}}};
      default:
        return wire::broadcast{number(), number(), content()};
    }
  }

  // -- talking ----------------------------------------------------------------------

  void come(client& x) {
    x = {connect(), {}, true};
    say(x.line, 1, wire::hello{});
    if (chance(90))
      say(x.line, 2, login());
  }

  void ask(client& x) {
    auto what = body();
    said.insert(what.index());
    auto request = is_silent(what) ? 0 : ++requests;
    if (request != 0)
      x.asked.insert(request);
    say(x.line, request, std::move(what));
  }

  /// A frame, or two, with something wrong with them.
  void garble(client& x) {
    std::string bytes{wire::encode(wire::client_frame{0, body()}).bytes()};
    bytes += wire::encode(wire::client_frame{0, body()}).bytes();
    for (auto flips = below(4); flips > 0; --flips)
      bytes[below(std::min<size_t>(bytes.size(), 200))] ^= static_cast<char>(1u << below(8));
    if (chance(20))
      bytes.resize(below(bytes.size()) + 1);
    send_bytes(x.line, bytes);
    x.asked.clear(); // Who knows what the node took it for.
    x.open = false;  // Nothing that follows need be understood.
    note(x);
  }

  void note(client& x) {
    for (auto& bytes : heard(x.line)) {
      auto decoded = wire::decode_server(bytes);
      BOOST_REQUIRE(decoded);
      auto error = std::get_if<wire::error>(&decoded->body);
      BOOST_REQUIRE((error == nullptr || error->code != ec::internal));
      if (auto made = std::get_if<wire::change>(&decoded->body))
        conversations.push_back(made->room);
      if (std::holds_alternative<wire::closing>(decoded->body)) {
        x.open = false;
        x.asked.clear();
      } else if (decoded->request > 2 && x.open) {
        BOOST_REQUIRE_MESSAGE(x.asked.erase(decoded->request) == 1,
                              "answer " << decoded->body.index() << " "
                                        << (error ? name_of(error->code) : "") << " to request "
                                        << decoded->request);
      }
    }
  }

  void step() {
    auto& x = clients[below(clients.size())];
    if (!x.open)
      come(x);
    else if (chance(4))
      garble(x);
    else
      ask(x);
    if (chance(1) && chance(50))
      chance(50) ? disk->fill() : disk->drain();
    if (chance(3))
      pass(std::chrono::milliseconds{below(chance(90) ? 2000 : 40'000)});
    for (auto& y : clients)
      if (y.open)
        note(y);
  }

  void live() {
    for (auto i = 0; i < steps_of_life; ++i)
      step();
    disk->drain();
    for (auto i = 0; i < 4; ++i) {
      pass(limits::answer_within / 2);
      for (auto& x : clients)
        if (x.open)
          note(x);
    }
    for (auto& x : clients)
      BOOST_TEST(x.asked.empty());
    serves_who_comes();
  }

  /// Somebody new logs in, writes, and reads all that they wrote without a gap.
  void serves_who_comes() {
    auto new_one = log_in("zoe", import("zoe"));
    for (uint64_t i = 1; i <= 3; ++i)
      say(new_one, 10 + i, text("zoe", i, "hello"));
    say(new_one, 20,
        wire::read_history{direct_conversation(user_of("zoe"), user_of("zoe")), 1, 0, 100});
    size_t stored = 0;
    size_t shown = 0;
    for (auto& bytes : heard(new_one)) {
      auto decoded = *wire::decode_server(bytes);
      stored += std::holds_alternative<wire::sent>(decoded.body);
      if (auto page = std::get_if<wire::history_page>(&decoded.body))
        shown = page->records.size();
    }
    BOOST_TEST(stored == 3u);
    BOOST_TEST(shown == 3u);
  }

  std::mt19937_64 random;
  std::array<std::vector<std::string>, users> tokens; ///< Of devices.
  std::vector<conversation_id> conversations;
  std::array<client, 6> clients;
  std::set<size_t> said; ///< Of wire::client_body.
  uint64_t requests = 10;
};

/// Which the fixture has nobody for.
bool is_about_files(size_t request) {
  auto name = core::request_rights[request].request;
  return name == "putFile" || name == "getFile" || name == "keepFile";
}

} // namespace

BOOST_AUTO_TEST_SUITE(babble_suite)

BOOST_AUTO_TEST_CASE(nothing_that_clients_say_breaks_a_node) {
  auto first =
    testing::from_environment("PARLEY_SEED", testing::from_environment("PARLEY_FIRST_SEED", 1));
  auto lives = std::getenv("PARLEY_SEED") ? 1 : testing::from_environment("PARLEY_SEEDS", 5);
  std::set<size_t> said;
  for (auto seed = first; seed < first + lives; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      babbler all{seed};
      all.live();
      said.merge(all.said);
    }
  for (size_t i = 1; i < core::request_rights.size(); ++i)
    BOOST_TEST(said.contains(i) != is_about_files(i), core::request_rights[i].request);
}

BOOST_AUTO_TEST_SUITE_END()
