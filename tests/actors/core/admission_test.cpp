#include "actors/core/admission.hpp"

#include "schema/cluster_map.hpp"

#define BOOST_TEST_MODULE admission
#include <boost/test/unit_test.hpp>

using namespace parley;
using namespace parley::core;

namespace {

constexpr uint64_t cluster = 4711;
constexpr uint64_t disk = 5;
constexpr uint16_t format = 2;

struct frame_of_node_2 {
  peer_frame x;
  known_sender sender{true, false, disk};

  frame_of_node_2() {
    x.cluster = cluster;
    x.from = {2};
    x.disk = disk;
  }

  void refuses(const std::string& text, bool final) const {
    auto why = refusal_of(x, cluster, format, sender);
    BOOST_REQUIRE(why.has_value());
    BOOST_TEST(why->text == text);
    BOOST_TEST(why->final == final);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(admission_test, frame_of_node_2)

BOOST_AUTO_TEST_CASE(a_member_with_the_disk_that_is_known_or_none_yet_is_heard) {
  BOOST_TEST(!refusal_of(x, cluster, format, sender).has_value());
  sender.disk = 0;
  BOOST_TEST(!refusal_of(x, cluster, format, sender).has_value());
}

BOOST_AUTO_TEST_CASE(a_node_of_another_version_is_refused_until_it_speaks_this_one) {
  x.version = peer_version + 6;
  refuses("this node speaks version 1 of the protocol between nodes, and node 2 version 7", false);
  sender.removed = true; // What another version means by that is not known.
  refuses("this node speaks version 1 of the protocol between nodes, and node 2 version 7", false);
}

BOOST_AUTO_TEST_CASE(another_cluster_comes_before_another_version) {
  x.cluster = cluster + 1;
  x.version = peer_version + 1;
  refuses("this is another cluster: is the cluster key the same?", false);
}

BOOST_AUTO_TEST_CASE(a_node_that_could_not_read_the_rows_is_refused_until_it_can) {
  x.reads = format - 1;
  refuses("rows of this cluster have format 2, and node 2 knows 1", false);
  x.reads = format + 1;
  BOOST_TEST(!refusal_of(x, cluster, format, sender).has_value());
}

BOOST_AUTO_TEST_CASE(a_node_that_was_removed_is_refused_for_ever) {
  sender = {false, true, 0};
  refuses("node 2 was removed from the cluster; its data can be deleted", true);
}

BOOST_AUTO_TEST_CASE(a_stranger_is_refused_until_it_was_let_in) {
  sender = {};
  refuses("node 2 is not in the cluster: let it join (parleyctl cluster join)", false);
}

BOOST_AUTO_TEST_CASE(a_member_with_another_disk_is_refused_for_ever) {
  x.disk = disk + 1;
  refuses("the cluster knows node 2 with another disk; a node that lost its disk needs a new "
          "number",
          true);
}

// -- the map, which also a stranger may show --------------------------------------------

namespace {

size_t heard(peer_frame x, const cluster_map& map, const known_sender& from) {
  x.letters = {{map_group, encode(map), letter_kind::map}, {{3}, {}, letter_kind::raft}};
  return maps_of_stranger(x, cluster, {1}, from).size();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_map_that_names_this_node_is_taken_from_who_is_not_in_the_own) {
  cluster_map of_others;
  auto replaced = of_others;
  replaced.nodes.push_back({{1}, {}, {}});
  auto removed = of_others;
  removed.removed = {{1}};
  known_sender stranger;
  BOOST_TEST(heard(x, replaced, stranger) == 1u);
  BOOST_TEST(heard(x, removed, stranger) == 1u);
  BOOST_TEST(heard(x, of_others, stranger) == 0u);
  stranger.removed = true;
  BOOST_TEST(heard(x, replaced, stranger) == 0u);
  x.cluster = cluster + 1;
  BOOST_TEST(heard(x, replaced, {}) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
