#define BOOST_TEST_MODULE cluster_membership

#include "tests/support/cluster_operator.hpp"
#include "tests/support/device.hpp"
#include "tests/support/swarm_process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>

// Real nodes come and go while clients are at work: nothing is lost, and who
// does not belong to the cluster is told so in a line.

using namespace parley;
using namespace parley::testing;

namespace {

using words = std::vector<std::string>;

constexpr size_t groups = 65;
constexpr size_t replicas = 3;

/// One line that has `what`, and exit status 1.
void refuses(const finished& x, const std::string& what) {
  BOOST_TEST(x.status == 1);
  BOOST_TEST(x.out == "");
  BOOST_TEST(std::count(x.err.begin(), x.err.end(), '\n') == 1);
  BOOST_TEST(count_in(x.err, what) == 1u, x.err);
}

std::vector<size_t> sorted(const nlohmann::json& x) {
  auto result = x.get<std::vector<size_t>>();
  std::sort(result.begin(), result.end());
  return result;
}

std::unique_ptr<swarm_process> swarm(cluster_process& nodes, words more) {
  return std::make_unique<swarm_process>(nodes.endpoints(), nodes[1].data_dir() / "service.token",
                                         std::move(more));
}

void was_clean(swarm_process& load) {
  auto x = load.finish();
  BOOST_TEST(x.clean(), x.words);
  BOOST_TEST(x.result["drained"].get<bool>());
  BOOST_TEST(x.count("acked") > 500u);
}

std::vector<std::string> bodies(device& reader, const std::string& with) {
  std::vector<std::string> result;
  for (auto& x : reader.history(reader.with(with)))
    result.push_back(text_of(*x));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_membership_test)

// -- nodes come ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_node_that_joins_under_load_takes_its_share_and_nothing_is_lost) {
  cluster_process nodes;
  auto load = swarm(nodes, {"--scenario", "mixed", "--users", "48", "--room-size", "6", "--seconds",
                            "5", "--rate", "500"});
  load->wait_until_loading();
  auto fourth = nodes.add();
  wait_for_log(nodes[fourth], "is not in the cluster: let it join (parleyctl cluster join)");
  must_change(nodes, 1, {"join", nodes.address_of(fourth)});
  auto now = when_settled(nodes[1], {1, 2, 3, 4});
  wait_until_served(nodes[fourth]);
  was_clean(*load);
  BOOST_TEST(holds(now, fourth) > groups * replicas / 4 - 16);
  BOOST_TEST(holds(now, fourth) < groups * replicas / 4 + 16);
  nodes[1].kill(); // From now on many a majority needs the new one.
  wait_until_served(nodes[fourth]);
}

BOOST_AUTO_TEST_CASE(nodes_of_one_zone_share_no_group) {
  cluster_process nodes;
  for (auto comer : {nodes.add(), nodes.add()})
    must_change(nodes, 1, {"join", nodes.address_of(comer) + "/cellar"});
  auto now = when_settled(nodes[1], {1, 2, 3, 4, 5});
  BOOST_TEST(now["nodes"][3]["zone"] == "cellar");
  for (auto& group : now["groups"]) {
    auto voters = sorted(group["voters"]);
    BOOST_TEST(std::count(voters.begin(), voters.end(), 4u)
                 + std::count(voters.begin(), voters.end(), 5u)
               <= 1);
  }
  BOOST_TEST(holds(now, 4) > 0u);
  BOOST_TEST(holds(now, 5) > 0u);
}

BOOST_AUTO_TEST_CASE(what_a_node_does_not_hold_is_read_and_delivered_there_all_the_same) {
  cluster_process nodes{5};
  auto now = when_settled(nodes[1], {1, 2, 3, 4, 5});
  std::vector<device> people;
  for (size_t i = 1; i <= nodes.size(); ++i) {
    BOOST_TEST(holds(now, i) < groups);
    people.push_back(import_person(nodes[i], "person" + std::to_string(i)));
  }
  auto about = [](const device& from, const device& to) {
    return from.name() + " to " + to.name();
  };
  auto all_write = [&](auto then) {
    for (auto& from : people)
      for (auto& to : people)
        if (from.name() != to.name()) {
          from.text_stored(to.name(), about(from, to));
          then(from, to);
        }
  };
  all_write(
    [&](device& from, device& to) { BOOST_TEST(text_of(*to.message()) == about(from, to)); });
  for (size_t shift = 1; shift <= nodes.size(); ++shift) { // Everybody everywhere.
    for (size_t i = 0; i < people.size(); ++i)
      people[i].reconnect(nodes[(i + shift) % nodes.size() + 1]);
    for (auto& reader : people)
      for (auto& other : people)
        if (reader.name() != other.name())
          BOOST_TEST(bodies(reader, other.name()).size() == 2u);
  }
  // Offline mail, for each in turn, fetched at a node where they never were.
  for (size_t i = 0; i < people.size(); ++i) {
    auto& away = people[i];
    static_cast<raw_client&>(away) = raw_client{nodes[1].port()}; // Not logged in.
    for (auto& from : people)
      if (&from != &away)
        from.text_stored(away.name(), "while you were away");
    away.reconnect(nodes[(i + 2) % nodes.size() + 1]);
    for (size_t mails = 1; mails < people.size(); ++mails)
      BOOST_TEST(text_of(*away.message()) == "while you were away");
  }
}

// -- nodes go --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_leader_of_the_map_leaves_under_load_and_nothing_is_lost) {
  cluster_process nodes{4};
  when_settled(nodes[1], {1, 2, 3, 4});
  auto load = swarm(nodes, {"--scenario", "mixed", "--users", "48", "--room-size", "6", "--seconds",
                            "6", "--rate", "500"});
  load->wait_until_loading();
  auto leaver = map_leader(nodes[1]);
  auto name = "node " + std::to_string(leaver);
  must_change(nodes, leaver, {"leave", std::to_string(leaver)});
  BOOST_TEST(nodes[leaver].wait() == 1);
  BOOST_TEST(
    count_in(nodes[leaver].log(), "event=not-in-cluster text=\"" + name
                                    + " was removed from the cluster; its data can be deleted\"")
    == 1u);
  std::vector<size_t> stayed;
  for (size_t i = 1; i <= nodes.size(); ++i)
    if (i != leaver)
      stayed.push_back(i);
  auto now = when_settled(nodes[stayed[0]], stayed);
  was_clean(*load);
  for (auto i : stayed)
    BOOST_TEST(holds(now, i) == groups);
  auto again = words_of_one_that_ends(nodes[leaver]);
  // From its own disk, or from others if it was told by them.
  BOOST_TEST(again.find("removed from the cluster") != std::string::npos, again);
  auto number = std::to_string(leaver);
  refuses(change(nodes, stayed[0], {"join", number + "=127.0.0.1:1"}),
          name + " was removed; a machine that comes back needs a new number");
  refuses(change(nodes, stayed[0], {"leave", std::to_string(stayed[0])}),
          "everything is kept on 3 nodes, and no more are there: let another one join first");
}

BOOST_AUTO_TEST_CASE(a_dead_node_is_replaced_and_refused_when_it_comes_back) {
  cluster_process nodes;
  auto ada = import_person(nodes[1], "ada");
  import_person(nodes[1], "bob");
  ada.text_stored("bob", "before");
  nodes[3].kill();
  auto heir = nodes.add();
  must_change(nodes, 1, {"replace", "3", nodes.address_of(heir)});
  auto now = when_settled(nodes[1], {1, 2, heir});
  BOOST_TEST(holds(now, heir) == groups);
  auto said = words_of_one_that_ends(nodes[3]); // It does not know yet.
  BOOST_TEST(count_in(said, "node 3 was removed from the cluster; its data can be deleted") > 0u,
             said);
  nodes[1].kill();
  wait_until_served(nodes[heir]);
  ada.reconnect(nodes[heir]);
  ada.text_stored("bob", "after");
  BOOST_TEST(bodies(ada, "bob") == (words{"before", "after"}));
}

// -- TLS ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(links_over_tls_outlive_strangers_and_the_death_of_others) {
  temp_dir place;
  auto file = [&](const std::string& name) { return (place.path() / name).string(); };
  auto openssl = [](words command) {
    command.insert(command.begin(), "/usr/bin/openssl");
    BOOST_REQUIRE(run(std::move(command)).status == 0);
  };
  openssl({"req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=ca", "-keyout",
           file("ca.key"), "-out", file("ca.pem")});
  std::map<size_t, words> flags_of;
  for (size_t i = 1; i <= 3; ++i) {
    auto name = "node" + std::to_string(i);
    openssl({"req", "-newkey", "ed25519", "-nodes", "-subj", "/CN=" + name, "-keyout",
             file(name + ".key"), "-out", file(name + ".csr")});
    openssl({"x509", "-req", "-in", file(name + ".csr"), "-CA", file("ca.pem"), "-CAkey",
             file("ca.key"), "-CAcreateserial", "-out", file(name + ".pem")});
    flags_of[i] = {"--node-ca",         file("ca.pem"),    "--node-cert",
                   file(name + ".pem"), "--node-cert-key", file(name + ".key")};
  }
  cluster_process nodes{3, {}, flags_of};
  auto address = nodes.address_of(1);
  auto port = static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  for (int i = 0; i < 5; ++i) {
    raw_client stranger{port};
    stranger.write_slowly("hello?\r\n");
    stranger.closed();
  }
  nodes[3].kill();
  wait_until_served(nodes[1]);
  nodes[3].start();
  nodes.wait_until_served();
  BOOST_TEST(count_in(nodes[1].log(), "event=peer-lost node=2") == 0u);
  BOOST_TEST(count_in(nodes[2].log(), "event=peer-lost node=1") == 0u);
}

// -- replicas move ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_replica_that_was_moved_goes_home_when_all_are_spread_anew) {
  cluster_process nodes{4};
  auto ada = import_person(nodes[1], "ada");
  import_person(nodes[1], "bob");
  ada.text_stored("bob", "before");
  auto shard = std::to_string(shard_of(ada.with("bob")).value);
  auto group_in = [&](const nlohmann::json& x) { return x["groups"][std::stoul(shard)]; };
  auto before = sorted(group_in(when_settled(nodes[1], {1, 2, 3, 4}))["voters"]);
  auto from = std::to_string(before[0]);
  auto to = std::to_string(10 - before[0] - before[1] - before[2]); // The one that is missing.
  must_change(nodes, 1, {"move", shard, from, to});
  auto moved = sorted(group_in(when_settled(nodes[1], {1, 2, 3, 4}))["voters"]);
  BOOST_TEST(moved != before);
  BOOST_TEST(std::count(moved.begin(), moved.end(), std::stoul(to)) == 1);
  refuses(change(nodes, 1, {"move", shard, from, to}),
          "node " + from + " holds no replica of shard " + shard);
  ada.text_stored("bob", "between");
  must_change(nodes, 1, {"rebalance"});
  BOOST_TEST(sorted(group_in(when_settled(nodes[1], {1, 2, 3, 4}))["voters"]) == before);
  for (size_t i = 1; i <= nodes.size(); ++i) {
    ada.reconnect(nodes[i]);
    BOOST_TEST(bodies(ada, "bob") == (words{"before", "between"}));
  }
}

BOOST_AUTO_TEST_SUITE_END()

// -- what is refused -------------------------------------------------------------------------

namespace {

/// Three nodes that all cases below share; each leaves them as they were.
struct shared_nodes {
  static cluster_process& get() {
    static cluster_process nodes;
    return nodes;
  }

  cluster_process& nodes = get();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_refusals_test, shared_nodes)

BOOST_AUTO_TEST_CASE(a_node_that_does_not_lead_the_map_says_who_does) {
  auto leader = map_leader(nodes[1]);
  auto follower = leader % nodes.size() + 1;
  wait_until("the follower knows", [&] { return map_leader(nodes[follower]) == leader; });
  refuses(ctl(nodes[follower], {"cluster", "rebalance"}),
          "node " + std::to_string(follower) + " does not lead the cluster map; node "
            + std::to_string(leader) + " does: ask it");
}

BOOST_AUTO_TEST_CASE(an_address_is_for_one_node) {
  refuses(change(nodes, 1, {"join", "4=" + nodes.address_of(2).substr(2)}),
          "node 2 listens on " + nodes.address_of(2).substr(2) + " already");
}

BOOST_AUTO_TEST_CASE(of_as_many_nodes_as_replicas_none_may_leave) {
  auto before = when_settled(nodes[1], {1, 2, 3});
  for (auto node : {"1", "2", "3"})
    refuses(change(nodes, 1, {"leave", node}),
            "everything is kept on 3 nodes, and no more are there: let another one join first");
  refuses(change(nodes, 1, {"leave", "4"}), "node 4 is not in the cluster");
  BOOST_TEST(when_settled(nodes[1], {1, 2, 3})["epoch"] == before["epoch"]);
}

BOOST_AUTO_TEST_CASE(on_the_directory_of_another_node_none_starts) {
  nodes[2].stop();
  BOOST_CHECK_THROW(nodes[2].start(nodes.identity(3)), std::runtime_error);
  BOOST_TEST(nodes[2].wait() == 1);
  BOOST_TEST(nodes[2].log()
             == "parleyd: data directory " + nodes[2].data_dir().string()
                  + " belongs to node 2, not to node 3\n");
  nodes[2].start(nodes.identity(2));
  nodes.wait_until_served();
}

BOOST_AUTO_TEST_CASE(a_node_that_was_there_comes_back_without_being_told_of_the_others) {
  nodes[2].stop();
  nodes[2].start({"--node", "2", "--cluster-key", nodes.key_file()});
  wait_until_served(nodes[2]);
  nodes[1].kill();
  wait_until_served(nodes[2]);
  nodes[1].start();
  nodes.wait_until_served();
}

BOOST_AUTO_TEST_SUITE_END()
