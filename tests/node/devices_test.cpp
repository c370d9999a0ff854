#define BOOST_TEST_MODULE devices

#include "schema/limits.hpp"
#include "tests/support/cluster_process.hpp"
#include "tests/support/device.hpp"
#include "tests/support/signed_jwt.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <ctime>
#include <fstream>

// Devices of a user, over sockets.

using namespace parley;
using namespace parley::testing;

namespace {

using kind = wire::device_kind;

raw_client greeted(const node_process& node) {
  raw_client result{node.port()};
  result.hello();
  return result;
}

wire::login with_token(const device& x, kind what = kind::other, std::string_view label = {}) {
  return {x.name(), {}, x.token(), {}, what, label};
}

/// Comes back and says what it is.
raw_client come(const node_process& node, const device& x, kind what) {
  auto result = greeted(node);
  result.ask<wire::session>(with_token(x, what));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(devices_test)

BOOST_AUTO_TEST_CASE(a_lost_phone_is_logged_out_from_the_desk) {
  node_process node;
  auto desk = import_person(node, "ada");
  auto phone = import_person(node, "ada"); // Imported again: one device more.
  auto there = come(node, phone, kind::mobile);
  auto seen = desk.ask<wire::devices>(wire::list_devices{});
  BOOST_REQUIRE(seen->all.size() == 2u);
  BOOST_TEST(seen->all[0].online);
  BOOST_TEST(seen->all[1].online);

  desk.ask<wire::done>(wire::revoke{{phone.id().value}});
  BOOST_TEST(there.closed() == ec::revoked);
  node.kill();
  node.start();
  BOOST_TEST(greeted(node).refusal(with_token(phone)) == ec::wrong_credentials);
  desk.reconnect(node);
  BOOST_TEST(desk.ask<wire::devices>(wire::list_devices{})->all.size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_mobile_at_a_time_and_one_desktop_if_it_was_first) {
  node_process node{
    std::vector<std::string>{"--second-login", "mobile=replace-oldest,desktop=reject"}};
  auto one = import_person(node, "ada");
  auto other = import_person(node, "ada");
  one.close();
  other.close();
  auto first = come(node, one, kind::mobile);
  auto second = come(node, other, kind::mobile);
  BOOST_TEST(first.closed() == ec::displaced);
  first = come(node, one, kind::desktop);
  BOOST_TEST(greeted(node).refusal(with_token(other, kind::desktop)) == ec::kind_online);
  second.settle(); // Undisturbed.
  first.settle();
}

BOOST_AUTO_TEST_CASE(what_a_device_says_of_itself_has_limits) {
  node_process node;
  auto ada = import_person(node, "ada");
  auto who = greeted(node);
  std::string label(limits::device_label_bytes + 1, 'x');
  BOOST_TEST(who.refusal(with_token(ada, kind::web, label)) == ec::too_large);
  BOOST_TEST(who.refusal(with_token(ada, kind::web, "\xff")) == ec::bad_text);
  BOOST_TEST(who.refusal(with_token(ada, kind{99})) == ec::malformed);
  BOOST_TEST(who.refusal(wire::list_devices{}) == ec::login_first);
  BOOST_TEST(ada.refusal(wire::revoke{std::vector<uint64_t>(limits::devices_per_user + 1, 1)})
             == ec::too_large);
}

BOOST_AUTO_TEST_CASE(who_comes_with_a_json_web_token_is_in) {
  temp_dir dir;
  std::string secret(limits::jwt_secret_bytes_min, 's');
  std::ofstream{dir.path() / "secret"} << secret << "\n";
  node_process node{std::vector<std::string>{"--jwt-key", (dir.path() / "secret").string(),
                                             "--jwt-algorithm", "HS256"}};
  auto claims = [](const std::string& who) {
    return R"({"exp": )" + std::to_string(std::time(nullptr) + 60) + R"(, "sub": ")" + who + "\"}";
  };
  auto login = [&](const std::string& who, const std::string& jwt) {
    return wire::login{who, {}, {}, {}, kind::web, {}, jwt};
  };
  auto token = sign_jwt(claims("ada"), secret);
  auto first = greeted(node);
  auto session = first.ask<wire::session>(login("ada", token));
  device ada{node, "ada", std::string{session->token}}; // From then on like anybody.
  BOOST_TEST(greeted(node).refusal(login("eve", token)) == ec::wrong_credentials);
  BOOST_TEST(greeted(node).refusal(login("service", sign_jwt(claims("service"), secret)))
             == ec::wrong_credentials);
  BOOST_TEST(greeted(node).refusal(wire::register_account{"eve", "correct horse"})
             == ec::forbidden);
  std::string other(limits::jwt_secret_bytes_min, 't');
  BOOST_TEST(greeted(node).refusal(login("ada", sign_jwt(claims("ada"), other)))
             == ec::wrong_credentials);
  node_process nobody_believed;
  BOOST_TEST(greeted(nobody_believed).refusal(login("ada", token)) == ec::wrong_credentials);
}

BOOST_AUTO_TEST_CASE(a_service_sees_when_somebody_was_online_and_how_they_want_to_be_shown) {
  node_process node;
  auto ada = import_person(node, "ada");
  ada.ask<wire::done>(wire::set_profile{{"Ada L.", "pic"}});
  node.kill();
  node.start();
  device clerk{node, "service", node.service_token()};
  auto seen = clerk.ask<wire::user_profile>(wire::ask_profile{"ada"});
  BOOST_TEST(seen->shown.display_name == "Ada L.");
  ada.reconnect(node);
  auto times = clerk.ask<wire::online_times>(wire::read_online_times{"ada"});
  BOOST_REQUIRE(!times->sessions.empty());
  BOOST_TEST(times->sessions.back().online);
  BOOST_TEST((times->sessions.back().device == ada.id()));
  BOOST_TEST(!times->days.empty());
  auto bob = import_person(node, "bob");
  BOOST_TEST(bob.refusal(wire::read_online_times{"ada"}) == ec::forbidden);
  BOOST_TEST(bob.refusal(wire::ask_profile{"nobody"}) == ec::unknown_user);
}

BOOST_AUTO_TEST_CASE(profiles_and_sessions_go_on_when_another_node_leads) {
  cluster_process nodes;
  nodes.wait_until_all_take(wire::feature_devices);
  auto ada = import_person(nodes[1], "ada");
  auto bob = import_person(nodes[2], "bob");
  ada.ask<wire::done>(wire::set_profile{{"Ada L."}});
  auto start = ada.ask<wire::online_times>(wire::read_online_times{})->sessions.back().start;
  ada.reconnect(nodes[1]); // Now it is written when it began.
  nodes[3].kill();
  wait_until_served(nodes[1]);
  wait_until_served(nodes[2]);
  BOOST_TEST(bob.ask<wire::user_profile>(wire::ask_profile{"ada"})->shown.display_name == "Ada L.");
  auto times = ada.ask<wire::online_times>(wire::read_online_times{});
  BOOST_TEST(times->sessions.back().online);
  BOOST_TEST(times->sessions.back().start == start);
}

BOOST_AUTO_TEST_CASE(who_was_logged_out_stays_out_when_another_node_leads) {
  cluster_process nodes;
  nodes.wait_until_all_take(wire::feature_devices);
  auto desk = import_person(nodes[1], "ada");
  auto phone = import_person(nodes[2], "ada");
  auto tablet = import_person(nodes[3], "ada");
  desk.ask<wire::done>(wire::revoke{{phone.id().value}});
  BOOST_TEST(phone.closed() == ec::revoked);

  nodes[3].kill();
  wait_until_served(nodes[1]);
  BOOST_TEST(greeted(nodes[2]).refusal(with_token(phone)) == ec::wrong_credentials);
  tablet.reconnect(nodes[2]);
  desk.settle();
  BOOST_TEST(tablet.ask<wire::devices>(wire::list_devices{})->all.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
