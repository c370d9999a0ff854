#define BOOST_TEST_MODULE presence

#include "schema/identity.hpp"
#include "tests/support/cluster_process.hpp"
#include "tests/support/ctl.hpp"
#include "tests/support/device.hpp"

#include <boost/test/unit_test.hpp>

// Who is online, over sockets.

using namespace parley;
using namespace parley::testing;

namespace {

using how = wire::presence_change;
using state = wire::presence_state;
using wish = wire::presence_wish;

void befriend(device& one, device& other) {
  one.ask<wire::change>(wire::change_contact{other.name(), wire::contact_change::request});
  other.ask<wire::change>(wire::change_contact{one.name(), wire::contact_change::accept});
}

void set(device& who, how what, wire::visibility to = {}) {
  who.ask<wire::done>(wire::set_presence{what, to});
}

/// The next that is pushed, which must be so.
held<wire::presence> becomes(device& watcher, const device& whom, state what) {
  auto x = watcher.push<wire::presence>();
  BOOST_TEST(x->name == whom.name());
  BOOST_TEST(static_cast<int>(x->state) == static_cast<int>(what));
  return x;
}

wire::presence presence_of(device& who, std::string_view name, wish what = wish::ask) {
  auto all = who.ask<wire::presences>(wire::ask_presence{{name}, what});
  BOOST_REQUIRE(all->found.size() == 1u);
  BOOST_TEST(all->found[0].name == name);
  return all->found[0];
}

struct one_node {
  node_process node;
  device ada = import_person(node, "ada");
  device bob = import_person(node, "bob");
};

struct three_nodes {
  cluster_process nodes;

  three_nodes() {
    nodes.wait_until_all_take(wire::feature_presence);
  }

  /// Somebody whom this node leads as long as it lives, and others only when it does not.
  std::string name_at(size_t node) {
    std::string name;
    auto leads = [&](nlohmann::json& group) {
      return group["leader"] == node && group["wanted"][0] == node;
    };
    wait_until("node " + std::to_string(node) + " leads somebody", [&] {
      auto status = cluster_status(nodes[node]);
      for (size_t i = 0; !status.is_null() && i < 256; ++i) {
        name = "user" + std::to_string(i);
        if (leads(status["groups"][shard_of(user_of(name)).value]))
          return true;
      }
      return false;
    });
    return name;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(presence_test, one_node)

BOOST_AUTO_TEST_CASE(contacts_see_each_other_come_and_go) {
  befriend(ada, bob);
  becomes(ada, bob, state::online);
  becomes(bob, ada, state::online);
  set(bob, how::away);
  becomes(ada, bob, state::away);
  bob.reconnect(node);
  becomes(bob, ada, state::online);
  becomes(ada, bob, state::online);
  bob.close();
  auto left = becomes(ada, bob, state::offline)->last_seen;
  BOOST_TEST(left != 0);
  node.kill();
  node.start();
  ada.reconnect(node);
  BOOST_TEST(presence_of(ada, "bob").last_seen == left);
}

BOOST_AUTO_TEST_CASE(a_stranger_sees_only_who_lets_them) {
  BOOST_TEST((presence_of(ada, "bob", wish::watch).state == state::offline));
  set(bob, how::visibility, wire::visibility::everyone);
  becomes(ada, bob, state::online);
  BOOST_TEST((presence_of(ada, "bob").state == state::online));
  set(bob, how::visibility, wire::visibility::nobody);
  BOOST_TEST(becomes(ada, bob, state::offline)->last_seen == 0);
  bob.reconnect(node);
  auto all = bob.ask<wire::presences>(wire::ask_presence{});
  BOOST_TEST((all->visibility == wire::visibility::nobody));
}

BOOST_AUTO_TEST_CASE(names_must_be_names) {
  BOOST_TEST(ada.refusal(wire::ask_presence{{"no name"}}) == ec::bad_name);
  BOOST_TEST((presence_of(ada, "nobody").state == state::offline));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(presence_cluster_test, three_nodes)

BOOST_AUTO_TEST_CASE(a_failover_is_not_seen_but_whom_it_takes_along_is) {
  auto ada = import_person(nodes[1], name_at(1));
  auto bob = import_person(nodes[2], name_at(3));
  befriend(ada, bob);
  becomes(ada, bob, state::online);

  nodes[3].kill(); // Bob's connection stays; who knows of it is gone.
  bob.push<wire::presence_forgotten>();
  set(bob, how::away);
  becomes(ada, bob, state::away);
  set(bob, how::active);
  becomes(ada, bob, state::online);
  nodes[3].start();
  nodes.wait_until_served();

  nodes[2].kill(); // Bob's connection goes.
  becomes(ada, bob, state::offline);
  wait_until_served(nodes[1]);
  bob.reconnect(nodes[3]);
  becomes(ada, bob, state::online);
  nodes[2].start();
  nodes.wait_until_served();
  bob.close();
  auto gone = becomes(ada, bob, state::offline)->last_seen;
  BOOST_TEST(gone != 0);

  size_t leader = cluster_status(nodes[1])["groups"][shard_of(bob.user()).value]["leader"];
  auto other = leader == 3 ? size_t{1} : size_t{3};
  nodes[leader].kill();
  wait_until_served(nodes[other]);
  ada.reconnect(nodes[other]);
  BOOST_TEST(presence_of(ada, bob.name()).last_seen == gone);
}

BOOST_AUTO_TEST_SUITE_END()
