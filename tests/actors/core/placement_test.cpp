#include "actors/core/placement.hpp"

#define BOOST_TEST_MODULE placement
#include <boost/test/unit_test.hpp>

#include "actors/core/membership.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace parley;
using namespace parley::core;

namespace {

std::vector<cluster_node> nodes(uint64_t count, uint64_t zones = 0) {
  std::vector<cluster_node> result;
  for (uint64_t i = 1; i <= count; ++i)
    result.push_back({{i},
                      {"host", static_cast<uint16_t>(i)},
                      zones == 0 ? "" : "zone " + std::to_string(i % zones),
                      0,
                      false});
  return result;
}

using placing = std::vector<std::set<node_id>>;

placing place_all(size_t groups, const std::vector<cluster_node>& on) {
  placing result;
  for (size_t group = 0; group < groups; ++group) {
    auto chosen = place(group, on, 3);
    result.emplace_back(chosen.begin(), chosen.end());
  }
  return result;
}

size_t moved(const placing& before, const placing& after) {
  size_t result = 0;
  for (size_t i = 0; i < before.size(); ++i)
    for (auto x : after[i])
      result += !before[i].contains(x);
  return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(everything_is_on_three_different_nodes) {
  for (auto& chosen : place_all(group_count, nodes(7)))
    BOOST_TEST(chosen.size() == 3u);
}

BOOST_AUTO_TEST_CASE(zones_hold_one_replica_each_while_there_are_enough) {
  auto there = nodes(12, 3);
  for (size_t group = 0; group < group_count; ++group) {
    std::set<std::string> zones;
    for (auto x : place(group, there, 3))
      zones.insert(there[x.value - 1].zone);
    BOOST_TEST(zones.size() == 3u);
  }
  for (size_t group = 0; group < group_count; ++group)
    BOOST_TEST(place(group, nodes(6, 2), 3).size() == 3u); // Two zones must do.
}

BOOST_AUTO_TEST_CASE(a_thousand_nodes_share_evenly) {
  constexpr size_t groups = 20'000;
  std::map<node_id, size_t> holds;
  for (auto& chosen : place_all(groups, nodes(1000)))
    for (auto x : chosen)
      ++holds[x];
  auto [least, most] = std::minmax_element(holds.begin(), holds.end(),
                                           [](auto& x, auto& y) { return x.second < y.second; });
  BOOST_TEST_MESSAGE("a node of 1000 holds " << least->second << " to " << most->second << " of "
                                             << groups << " groups");
  BOOST_TEST(holds.size() == 1000u);
  for (auto& [node, count] : holds) { // 60 on average; six deviations.
    BOOST_TEST(count > 14u);
    BOOST_TEST(count < 106u);
  }
}

BOOST_AUTO_TEST_CASE(one_node_more_moves_its_own_share_and_nothing_else) {
  constexpr size_t groups = 20'000;
  auto before = place_all(groups, nodes(1000));
  auto after = place_all(groups, nodes(1001));
  size_t its_own = 0;
  for (auto& x : after)
    its_own += x.contains({1001});
  BOOST_TEST_MESSAGE("join: " << moved(before, after) << " replicas move, it holds " << its_own);
  BOOST_TEST(moved(before, after) == its_own);
  BOOST_TEST(its_own < 2 * 3 * groups / 1001);
}

BOOST_AUTO_TEST_CASE(one_node_less_moves_what_it_had_and_nothing_else) {
  constexpr size_t groups = 20'000;
  auto there = nodes(1000);
  auto before = place_all(groups, there);
  there[499].leaving = true;
  auto after = place_all(groups, there);
  size_t its_own = 0;
  for (auto& x : before)
    its_own += x.contains({500});
  BOOST_TEST_MESSAGE("leave: " << moved(before, after) << " replicas move, it held " << its_own);
  BOOST_TEST(moved(before, after) == its_own);
}

BOOST_AUTO_TEST_CASE(zones_move_little_more_than_the_share) {
  constexpr size_t groups = 20'000;
  auto before = place_all(groups, nodes(999, 3));
  auto after = place_all(groups, nodes(1000, 3));
  size_t its_own = 0;
  for (auto& x : after)
    its_own += x.contains({1000});
  BOOST_TEST(moved(before, after) <= 2 * its_own);
}

BOOST_AUTO_TEST_CASE(who_is_kept_comes_first) {
  auto chosen = place(5, nodes(9), 3, {{9}, {2}});
  BOOST_REQUIRE(chosen.size() == 3u);
  BOOST_TEST((chosen[0] == node_id{9}));
  BOOST_TEST((chosen[1] == node_id{2}));
}

BOOST_AUTO_TEST_CASE(each_of_twenty_nodes_holds_something) {
  for (uint64_t count : {3, 4, 5, 7, 10, 20}) {
    auto map = found(nodes(count), 3);
    std::map<node_id, size_t> holds;
    for (auto& x : map.groups)
      for (auto node : x)
        ++holds[node];
    auto [least, most] = std::minmax_element(holds.begin(), holds.end(),
                                             [](auto& x, auto& y) { return x.second < y.second; });
    BOOST_TEST_MESSAGE("one of " << count << " nodes holds " << least->second << " to "
                                 << most->second << " of " << group_count << " groups");
    BOOST_TEST(holds.size() == count);
  }
}

BOOST_AUTO_TEST_CASE(leaders_are_shared_to_within_one) {
  for (uint64_t count : {3, 4, 5, 7, 20}) {
    auto map = found(nodes(count), 3);
    std::map<node_id, size_t> leads;
    for (auto& x : map.groups)
      ++leads[x.front()];
    auto [least, most] = std::minmax_element(leads.begin(), leads.end(),
                                             [](auto& x, auto& y) { return x.second < y.second; });
    BOOST_TEST(leads.size() == count);
    BOOST_TEST(most->second - least->second <= 1u);
  }
}

BOOST_AUTO_TEST_CASE(leaders_stay_where_they_are_if_that_is_fair) {
  auto map = found(nodes(4), 3);
  auto again = map;
  share_leaders(again);
  BOOST_TEST((again == map));
}
