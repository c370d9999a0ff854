#define BOOST_TEST_MODULE permissions

#include "actors/core/permissions.hpp"
#include "actors/core/request_rights.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

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

BOOST_AUTO_TEST_CASE(the_page_for_clients_shows_every_request) {
  std::ifstream in{DOCS "/wire.md"};
  constexpr std::string_view begins[] = {"| anyone |", "| who is not logged in |",
                                         "| who is logged in |", "| who is in the conversation |",
                                         "| services |"};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  for (auto& row : request_rights) {
    auto shown = std::any_of(lines.begin(), lines.end(), [&row, &begins](const std::string& x) {
      return x.starts_with(begins[static_cast<size_t>(row.whose)])
             && x.find("`" + std::string{row.request} + "`") != std::string::npos;
    });
    BOOST_TEST(shown == (row.request != "none"), row.request);
  }
}

BOOST_AUTO_TEST_SUITE_END()
