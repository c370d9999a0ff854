#define BOOST_TEST_MODULE controller

#include "actors/core/controller.hpp"

#include "schema/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace parley;
using namespace parley::core;
using namespace std::chrono_literals;

namespace {

parley::cluster_node node(uint64_t x) {
  return {{x}, {"host", static_cast<uint16_t>(x)}, {}, x, false};
}

/// Node 1 of three, which leads the map's group.
struct fixture {
  std::shared_ptr<const cluster_map> first =
    std::make_shared<const cluster_map>(found({node(1), node(2), node(3)}, 3));
  core::controller here{{4711, {1}, 1, 1}, {9}, first};
  core::controller::time now = 1h;
  controller_actions out;

  fixture() {
    here.follow({1}, 5, {10}, out);
    here.step(rows{out.loads.at(0).token, ec::none, {{}}}, now, out);
    out = {};
  }

  void join(change_ticket ticket, uint64_t x) {
    here.ask(ticket, cluster_change{join_node{{x}, node(x).at, {}}}, out);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(controller_test, fixture)

BOOST_AUTO_TEST_CASE(a_change_holds_when_it_is_committed_and_the_next_waits) {
  join(1, 4);
  join(2, 5);
  BOOST_TEST(out.appends.size() == 1u);
  BOOST_TEST(here.map()->epoch == 1u);
  here.step(committed{1, ec::none}, {11}, now, out);
  BOOST_TEST(here.map()->epoch == 2u);
  BOOST_REQUIRE(out.reports.size() == 1u);
  BOOST_TEST(out.reports[0].second.ok());
  BOOST_TEST(out.appends.size() == 2u);
  BOOST_TEST(out.kept.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_change_that_was_refused_does_not_keep_the_next_from_being_made) {
  join(1, 4);
  join(2, 5);
  here.step(committed{0, ec::storage_full}, {11}, now, out);
  BOOST_REQUIRE(out.reports.size() == 1u);
  BOOST_TEST((out.reports[0].second.code == ec::storage_full));
  BOOST_REQUIRE(out.appends.size() == 2u);
  BOOST_TEST((out.appends[1].writer == writer_id{11})); // The other one is refused from now on.
  here.step(committed{1, ec::none}, {12}, now, out);
  BOOST_TEST(here.map()->find({5}) != nullptr);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_removed_ends_when_its_disk_says_so) {
  auto next = *first;
  next.epoch = 2;
  next.removed.push_back({1});
  here.hear({2}, {map_group, encode(next), letter_kind::map}, now, out);
  BOOST_TEST(out.end.empty());
  BOOST_REQUIRE(out.kept.size() == 1u);
  here.kept({out.kept[0].number, ec::none}, out);
  BOOST_TEST(out.end == "node 1 was removed from the cluster; its data can be deleted");
}

BOOST_AUTO_TEST_CASE(who_is_removed_is_spoken_to_until_its_farewell_is_over) {
  auto next = *first;
  next.epoch = 2;
  next.nodes.pop_back();
  next.removed.push_back({3});
  here.hear({2}, {map_group, encode(next), letter_kind::map}, now, out);
  BOOST_TEST(std::count(out.behind.begin(), out.behind.end(), node_id{3}) == 1);
  here.tick(now + limits::farewell - 1ms, out);
  BOOST_TEST(out.parted.empty());
  here.tick(now + limits::farewell, out);
  BOOST_TEST((out.parted == std::vector{node_id{3}}));
}

BOOST_AUTO_TEST_CASE(a_store_is_marked_once_and_when_that_is_on_disk) {
  controller_actions out;
  here.mark_format(out);
  here.mark_format(out);
  BOOST_REQUIRE(out.kept.size() == 1u);
  auto& written = out.kept[0].what.rows;
  BOOST_REQUIRE(written.size() == 1u);
  BOOST_TEST((written[0].key == keys::format()));
  BOOST_TEST(record::decode<record::counter>(written[0].value.bytes())->value
             == record::format_version);
  here.kept({out.kept[0].number, ec::storage_failed}, out);
  BOOST_TEST(!out.marked);
  here.kept({out.kept[0].number, ec::none}, out);
  BOOST_TEST(out.marked);
}

BOOST_AUTO_TEST_CASE(what_all_agreed_on_is_kept_for_the_next_start) {
  controller_actions out;
  here.keep_agreement(4, out);
  BOOST_REQUIRE(out.kept.size() == 1u);
  auto& written = out.kept[0].what.rows;
  BOOST_REQUIRE(written.size() == 1u);
  BOOST_TEST((written[0].key == keys::agreed_format()));
  BOOST_TEST(record::decode<record::counter>(written[0].value.bytes())->value == 4u);
  here.kept({out.kept[0].number, ec::none}, out);
  BOOST_TEST(!out.marked);
}

BOOST_AUTO_TEST_SUITE_END()
