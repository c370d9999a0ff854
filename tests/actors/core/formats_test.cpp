#define BOOST_TEST_MODULE formats

#include "actors/core/formats.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;
using core::compare_formats;
using core::peer_format;

namespace {

constexpr auto newest = record::format_version;
constexpr uint16_t older = newest - 1;
constexpr auto oldest = record::format_without_bursts;

peer_format that(uint16_t has, uint16_t reads, bool linked = true) {
  node_door said;
  said.format = has;
  said.reads = reads;
  return {linked, said};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_node_alone_may_have_the_newest) {
  auto found = compare_formats(oldest, {});
  BOOST_TEST(found.agreed == oldest);
  BOOST_TEST(found.possible == newest);
  BOOST_TEST(found.mark);
  found = compare_formats(newest, {});
  BOOST_TEST(found.agreed == newest);
  BOOST_TEST(!found.mark);
}

BOOST_AUTO_TEST_CASE(of_whom_nothing_was_heard_hinders_agreement_and_not_hope) {
  auto found = compare_formats(oldest, {that(oldest, newest), peer_format{.linked = true}});
  BOOST_TEST(found.agreed == oldest);
  BOOST_TEST(found.possible == newest);
  BOOST_TEST(!found.mark);
}

BOOST_AUTO_TEST_CASE(who_is_away_comes_to_nothing_new) {
  BOOST_TEST(compare_formats(older, {that(older, newest), peer_format{}}).possible == oldest);
  BOOST_TEST(compare_formats(older, {that(older, newest, false)}).possible == older);
  BOOST_TEST(compare_formats(newest, {that(newest, newest, false)}).possible == newest);
}

BOOST_AUTO_TEST_CASE(marks_when_all_are_there_and_can_read_it) {
  BOOST_TEST(compare_formats(oldest, {that(oldest, newest), that(oldest, newest)}).mark);
  BOOST_TEST(!compare_formats(oldest, {that(oldest, newest), that(oldest, newest, false)}).mark);
}

BOOST_AUTO_TEST_CASE(who_meets_one_that_is_marked_marks) {
  BOOST_TEST(compare_formats(oldest, {that(newest, newest), peer_format{}}).mark);
}

BOOST_AUTO_TEST_CASE(agrees_on_what_all_have_marked) {
  BOOST_TEST(compare_formats(newest, {that(newest, newest), that(oldest, newest)}).agreed
             == oldest);
  BOOST_TEST(compare_formats(newest, {that(newest, newest), that(older, newest)}).agreed == older);
  BOOST_TEST(compare_formats(newest, {that(newest, newest), that(newest, newest)}).agreed
             == newest);
}

BOOST_AUTO_TEST_CASE(a_node_of_an_earlier_build_is_what_holds_the_others_back) {
  auto found = compare_formats(older, {that(older, newest), that(older, older)});
  BOOST_TEST(found.agreed == older);
  BOOST_TEST(found.possible == older);
  BOOST_TEST(!found.mark);
}
