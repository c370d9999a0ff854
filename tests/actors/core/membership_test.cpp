#include "actors/core/membership.hpp"

#define BOOST_TEST_MODULE membership
#include <boost/test/unit_test.hpp>

#include <set>

using namespace parley;
using namespace parley::core;

namespace {

/// What an operator wants, or a node shows.
map_change as_change(const seen& x) {
  return x;
}

map_change as_change(const emptied& x) {
  return x;
}

map_change as_change(const cluster_change& x) {
  return x;
}

address at(uint64_t x) {
  return {"host", static_cast<uint16_t>(7800 + x)};
}

cluster_map cluster_of(uint64_t count) {
  std::vector<cluster_node> nodes;
  for (uint64_t i = 1; i <= count; ++i)
    nodes.push_back({{i}, at(i), {}, 0, false});
  return found(std::move(nodes), 3);
}

join_node node(uint64_t x) {
  return {{x}, at(x), {}};
}

size_t held_by(const cluster_map& map, uint64_t x) {
  size_t result = 0;
  for (auto& nodes : map.groups)
    result += std::count(nodes.begin(), nodes.end(), node_id{x});
  return result;
}

size_t moved(const cluster_map& before, const cluster_map& after) {
  size_t result = 0;
  for (size_t i = 0; i < group_count; ++i)
    for (auto x : after.groups[i])
      result += !before.wants({static_cast<uint8_t>(i)}, x);
  return result;
}

/// Every group is on as many nodes as it shall be, and all of them are there.
bool whole(const cluster_map& map) {
  return std::all_of(map.groups.begin(), map.groups.end(), [&](auto& nodes) {
    return std::set<node_id>(nodes.begin(), nodes.end()).size() == map.replicas
           && std::all_of(nodes.begin(), nodes.end(),
                          [&](node_id x) { return map.find(x) && !map.find(x)->leaving; });
  });
}

template <class Change>
void must_refuse(cluster_map& map, const Change& what, std::string_view text) {
  auto before = map;
  auto said = core::apply(map, as_change(what));
  BOOST_TEST(!said.ok());
  BOOST_TEST(said.text == text);
  BOOST_TEST((map == before));
}

template <class Change>
void must_do(cluster_map& map, const Change& what) {
  auto epoch = map.epoch;
  auto said = core::apply(map, as_change(what));
  BOOST_TEST(said.ok());
  BOOST_TEST(map.epoch == epoch + 1);
}

} // namespace

BOOST_AUTO_TEST_CASE(three_founders_hold_everything) {
  auto map = cluster_of(3);
  BOOST_TEST(map.epoch == 1u);
  BOOST_TEST(whole(map));
  BOOST_TEST(held_by(map, 2) == group_count);
}

BOOST_AUTO_TEST_CASE(a_founder_alone_holds_everything_until_there_are_three) {
  auto map = cluster_of(1);
  must_do(map, node(2));
  for (auto& nodes : map.groups)
    BOOST_TEST((nodes == std::vector<node_id>{{1}}));
  must_do(map, node(3));
  BOOST_TEST(whole(map));
  BOOST_TEST(held_by(map, 3) == group_count);
}

BOOST_AUTO_TEST_CASE(a_group_never_has_an_even_number_of_replicas) {
  auto map = cluster_of(1);
  map.replicas = 5;
  for (uint64_t x = 2; x <= 6; ++x) {
    must_do(map, node(x));
    auto expected = x < 3 ? 1u : x < 5 ? 3u : 5u;
    for (auto& nodes : map.groups)
      BOOST_TEST((std::set<node_id>(nodes.begin(), nodes.end()).size() == expected));
  }
}

BOOST_AUTO_TEST_CASE(while_everything_is_on_one_node_nodes_can_only_come_or_go_empty) {
  auto map = cluster_of(1);
  must_do(map, node(2));
  auto words = "everything is on one node until 3 are there, and 2 are: let others join first";
  must_refuse(map, leave_node{{1}}, words);
  must_refuse(map, replace_node{{1}, node(3)}, words);
  must_refuse(map, move_replica{{7}, {1}, {2}}, words);
  must_refuse(map, rebalance{}, words);
  must_do(map, leave_node{{2}});
  must_do(map, emptied{{2}});
}

BOOST_AUTO_TEST_CASE(every_founder_makes_the_same_map) {
  BOOST_TEST((cluster_of(5) == cluster_of(5)));
}

BOOST_AUTO_TEST_CASE(a_node_that_joins_takes_its_share_and_no_other_replica_moves) {
  auto map = cluster_of(4);
  auto before = map;
  must_do(map, node(5));
  BOOST_TEST(whole(map));
  BOOST_TEST(held_by(map, 5) > group_count / 4);
  BOOST_TEST(moved(before, map) == held_by(map, 5));
}

BOOST_AUTO_TEST_CASE(joining_again_changes_nothing_but_the_address) {
  auto map = cluster_of(3);
  must_do(map, node(4));
  auto before = map;
  BOOST_TEST(core::apply(map, as_change(node(4))).ok());
  BOOST_TEST((map == before));
  auto moved_house = node(4);
  moved_house.at = at(40);
  must_do(map, moved_house);
  BOOST_TEST((map.find({4})->at == at(40)));
  BOOST_TEST((map.groups == before.groups));
}

BOOST_AUTO_TEST_CASE(two_nodes_cannot_listen_in_one_place) {
  auto map = cluster_of(3);
  must_refuse(map, join_node{{4}, at(2), {}}, "node 2 listens on host:7802 already");
}

BOOST_AUTO_TEST_CASE(a_node_that_leaves_is_emptied_then_removed_and_never_back) {
  auto map = cluster_of(4);
  auto its_own = held_by(map, 2);
  auto before = map;
  must_do(map, leave_node{{2}});
  BOOST_TEST(whole(map));
  BOOST_TEST(held_by(map, 2) == 0u);
  BOOST_TEST(moved(before, map) == its_own);
  BOOST_TEST(map.find({2})->leaving);
  must_do(map, emptied{{2}});
  BOOST_TEST(!map.find({2}));
  must_refuse(map, node(2), "node 2 was removed; a machine that comes back needs a new number");
  must_refuse(map, leave_node{{2}}, "node 2 is not in the cluster");
}

BOOST_AUTO_TEST_CASE(who_leaves_may_stay_after_all) {
  auto map = cluster_of(4);
  auto before = map;
  must_do(map, leave_node{{3}});
  must_do(map, node(3));
  BOOST_TEST(whole(map));
  BOOST_TEST(held_by(map, 3) == held_by(before, 3));
}

BOOST_AUTO_TEST_CASE(the_last_three_cannot_leave) {
  auto map = cluster_of(3);
  must_refuse(map, leave_node{{1}},
              "everything is kept on 3 nodes, and no more are there: let another one join first");
  must_do(map, node(4));
  must_do(map, leave_node{{1}});
  must_refuse(map, leave_node{{2}},
              "everything is kept on 3 nodes, and no more are there: let another one join first");
}

BOOST_AUTO_TEST_CASE(a_replacement_gets_just_what_the_other_had) {
  auto map = cluster_of(5);
  auto before = map;
  must_do(map, replace_node{{2}, node(6)});
  BOOST_TEST(whole(map));
  for (size_t i = 0; i < group_count; ++i) {
    shard_id group{static_cast<uint8_t>(i)};
    BOOST_TEST(map.wants(group, {6}) == before.wants(group, {2}));
  }
  BOOST_TEST(moved(before, map) == held_by(before, 2));
  must_refuse(map, replace_node{{3}, node(4)}, "node 4 is in the cluster already");
  must_refuse(map, replace_node{{3}, node(3)},
              "a node cannot replace itself: a new disk needs a new number");
  must_refuse(map, replace_node{{9}, node(7)}, "node 9 is not in the cluster");
}

BOOST_AUTO_TEST_CASE(one_of_three_can_be_replaced) {
  auto map = cluster_of(3);
  must_do(map, replace_node{{1}, node(4)});
  BOOST_TEST(whole(map));
  BOOST_TEST(held_by(map, 4) == group_count);
}

BOOST_AUTO_TEST_CASE(a_replica_moves_where_it_is_told_and_back_with_all_others) {
  auto map = cluster_of(5);
  auto before = map;
  auto from = map.groups[7].front();
  node_id to{1};
  while (map.wants({7}, to))
    ++to.value;
  must_do(map, move_replica{{7}, from, to});
  BOOST_TEST(whole(map));
  BOOST_TEST(map.wants({7}, to));
  BOOST_TEST(moved(before, map) == 1u);
  must_refuse(map, move_replica{{7}, from, to},
              "node " + std::to_string(from.value) + " holds no replica of shard 7");
  must_refuse(map, move_replica{{70}, from, to},
              "there are shards 0 to 63, and 64 is the map's own");
  must_refuse(map, move_replica{{7}, to, {9}}, "node 9 is not in the cluster");
  must_do(map, rebalance{});
  BOOST_TEST(moved(before, map) == 0u);
}

BOOST_AUTO_TEST_CASE(a_disk_is_known_from_its_first_sight_on) {
  auto map = cluster_of(3);
  must_do(map, seen{{2}, 77});
  BOOST_TEST(core::apply(map, as_change(seen{{2}, 77})).ok());
  must_refuse(map, seen{{2}, 78}, "node 2 has another disk than the cluster knows");
}

BOOST_AUTO_TEST_CASE(only_who_leaves_is_emptied) {
  auto map = cluster_of(4);
  must_refuse(map, emptied{{2}}, "node 2 is not leaving");
}
