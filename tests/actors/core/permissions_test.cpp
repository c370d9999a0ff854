#define BOOST_TEST_MODULE permissions

#include "actors/core/permissions.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>
#include <string>

using namespace parley;
using namespace parley::core;

BOOST_AUTO_TEST_SUITE(permissions_test)

BOOST_AUTO_TEST_CASE(a_higher_role_may_what_a_lower_one_may) {
  for (auto& row : permissions) {
    BOOST_TEST(may(wire::room_role::owner, row.deed));
    BOOST_TEST(may(wire::room_role::admin, row.deed) >= may(wire::room_role::member, row.deed));
  }
}

BOOST_AUTO_TEST_CASE(the_page_for_clients_shows_the_table) {
  std::ifstream in{DOCS "/wire.md"};
  std::ostringstream page;
  page << in.rdbuf();
  for (auto& row : permissions) {
    constexpr std::string_view roles[] = {"member", "admin", "owner"};
    auto line = "\n| " + std::string{row.name} + " | "
                + std::string{roles[static_cast<size_t>(row.lowest)]} + " |\n";
    BOOST_TEST(page.str().find(line) != std::string::npos, row.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
