#define BOOST_TEST_MODULE cluster_strangers

#include "actors/contracts.hpp"
#include "node/cluster.hpp"
#include "schema/address.hpp"
#include "tests/support/cluster_operator.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include <filesystem>

// Who does not belong to a cluster, or cannot speak with it, is told so in a
// line, and the cluster goes on as if nobody had come.

using namespace parley;
using namespace parley::testing;

namespace {

using words = std::vector<std::string>;

/// Three nodes that all cases below share; each leaves them as they were.
struct shared_nodes {
  static cluster_process& get() {
    static cluster_process nodes;
    return nodes;
  }

  cluster_process& nodes = get();

  std::string somewhere_else() const {
    return "127.0.0.1:" + std::to_string(free_port());
  }

  /// As node 3 and yet not it, at an address of its own.
  words flags_of_another_third(const std::filesystem::path& key) const {
    auto addresses = nodes.addresses();
    addresses.resize(addresses.rfind('=') + 1);
    return {"--node", "3", "--nodes", addresses + somewhere_else(), "--cluster-key", key};
  }
};

/// Says to a node what no parleyd would.
class stranger {
public:
  explicit stranger(const std::string& to) {
    config_.load<caf::io::middleman>();
    config_.add_message_types<caf::id_block::parley>();
    config_.add_message_types<caf::id_block::parley_actors>();
    system_ = std::make_unique<caf::actor_system>(config_);
    auto at = parse_address(to).value();
    auto found = system_->middleman().remote_actor<exchange_actor>(at.host, at.port);
    if (!found)
      throw std::runtime_error("no node at " + to);
    node_ = *found;
  }

  /// What is answered; throws if nothing is.
  peer_refusal refusal_of(std::string_view bytes) {
    caf::scoped_actor self{*system_};
    self->send(node_, std::string{bytes});
    std::optional<peer_refusal> result;
    self->receive([&result](const std::string& x) { result = decode_peer_refusal(x); },
                  caf::after(patience) >> [] { throw timed_out("a refusal"); });
    return result.value();
  }

private:
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  exchange_actor node_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_strangers_test, shared_nodes)

BOOST_AUTO_TEST_CASE(a_second_node_with_one_number_ends) {
  auto said = words_of_one_that_ends(flags_of_another_third(nodes.key_file()));
  BOOST_TEST(count_in(said, "event=not-in-cluster text=\"the cluster knows node 3 with another "
                            "disk; a node that lost its disk needs a new number\"")
               == 1u,
             said);
  wait_until_served(nodes[3]);
  BOOST_TEST(cluster_status(nodes[1])["epoch"] == cluster_status(nodes[3])["epoch"]);
}

BOOST_AUTO_TEST_CASE(a_node_whose_disk_was_wiped_ends_under_its_old_number) {
  nodes[3].kill();
  auto kept = nodes[3].data_dir().string() + ".kept";
  std::filesystem::rename(nodes[3].data_dir(), kept);
  auto said = words_of_one_that_ends(nodes[3]);
  BOOST_TEST(count_in(said, "the cluster knows node 3 with another disk; a node that lost its disk "
                            "needs a new number")
               > 0u,
             said);
  std::filesystem::remove_all(nodes[3].data_dir());
  std::filesystem::rename(kept, nodes[3].data_dir());
  nodes[3].start();
  nodes.wait_until_served();
}

BOOST_AUTO_TEST_CASE(with_the_key_of_another_cluster_both_sides_say_so_once) {
  node_process stranger{flags_of_another_third(nodes.other_key_file())};
  auto by_us = "event=frame-refused node=3 text=\"this is another cluster: is the cluster key the "
               "same?\"";
  for (size_t i : {1, 2}) {
    wait_for_log(stranger, "event=refused-by node=" + std::to_string(i)
                             + " text=\"this is another cluster: is the cluster key the same?\"");
    wait_for_log(nodes[i], by_us);
  }
  nodes[3].kill(); // It takes many frames until all is well again.
  nodes[3].start();
  nodes.wait_until_served();
  BOOST_TEST(count_in(stranger.log(), "event=refused-by") == 2u);
  for (size_t i : {1, 2})
    BOOST_TEST(count_in(nodes[i].log(), by_us) == 1u);
}

BOOST_AUTO_TEST_CASE(who_joins_with_the_key_of_another_cluster_gets_nothing) {
  node_process joiner{{"--node", "4", "--nodes", nodes.addresses() + ",4=" + somewhere_else(),
                       "--join", "--cluster-key", nodes.other_key_file()}};
  for (size_t i = 1; i <= nodes.size(); ++i)
    wait_for_log(joiner, "event=refused-by node=" + std::to_string(i)
                           + " text=\"this is another cluster: is the cluster key the same?\"");
  BOOST_TEST(!serves(joiner));
  wait_until_served(nodes[1]);
  when_settled(nodes[1], {1, 2, 3});
}

BOOST_AUTO_TEST_CASE(a_node_of_another_version_is_told_which_versions_meet) {
  cluster_secrets secrets;
  BOOST_REQUIRE(read_cluster_key(nodes.key_file(), secrets).ok());
  peer_frame newer;
  newer.cluster = secrets.cluster;
  newer.from = {3};
  newer.link = UINT64_MAX; // Node 3 could say nothing more, were it taken.
  newer.version = peer_version + 1;
  auto text = "this node speaks version 1 of the protocol between nodes, and node 3 version 2";
  stranger x{nodes.address_of(1).substr(2)};
  auto why = x.refusal_of(encode(newer).bytes());
  BOOST_TEST(why.text == text);
  BOOST_TEST(!why.final);
  wait_for_log(nodes[1], std::string{"event=frame-refused node=3 text=\""} + text + "\"");
  BOOST_TEST(x.refusal_of("12345678").text == "this node does not understand the frame");
  nodes[2].kill(); // Nodes 1 and 3 are a majority still.
  wait_until_served(nodes[1]);
  nodes[2].start();
  nodes.wait_until_served();
}

BOOST_AUTO_TEST_SUITE_END()
