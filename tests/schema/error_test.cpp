#include "schema/error.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

using namespace parley;

namespace {

/// As client.capnp writes it.
std::string in_camel_case(std::string_view name) {
  std::string result;
  for (size_t i = 0; i < name.size(); ++i)
    if (name[i] == '_')
      result += static_cast<char>(name[++i] - 'a' + 'A');
    else
      result += name[i];
  return result;
}

std::string when_to_repeat(ec code) {
  auto after = retry_after(code);
  if (!after)
    return "no";
  return *after == 0 ? "yes, at once" : "yes, after " + std::to_string(*after) + " ms";
}

} // namespace

BOOST_AUTO_TEST_SUITE(error_test)

BOOST_AUTO_TEST_CASE(every_code_has_a_name_and_a_text_of_its_own) {
  std::set<std::string_view> names;
  std::set<std::string_view> texts;
  for (int i = 0; i < int(ec::ec_count); ++i) {
    names.insert(name_of(ec(i)));
    texts.insert(text_of(ec(i)));
  }
  BOOST_TEST(names.size() == size_t(ec::ec_count));
  BOOST_TEST(texts.size() == size_t(ec::ec_count));
  BOOST_TEST(!names.contains(""));
}

// DO NOT CHANGE: clients see these numbers.
BOOST_AUTO_TEST_CASE(codes_keep_their_numbers) {
  BOOST_TEST(int(ec::none) == 0);
  BOOST_TEST(int(ec::malformed) == 1);
  BOOST_TEST(int(ec::wrong_credentials) == 7);
  BOOST_TEST(int(ec::conflict) == 16);
  BOOST_TEST(int(ec::retry) == 21);
  BOOST_TEST(int(ec::storage_full) == 22);
  BOOST_TEST(int(ec::storage_failed) == 23);
  BOOST_TEST(int(ec::internal) == 32);
  BOOST_TEST(int(ec::unknown_message) == 33);
  BOOST_TEST(int(ec::too_many) == 36);
  BOOST_TEST(int(ec::dissolved) == 39);
  BOOST_TEST(int(ec::blocked) == 44);
  BOOST_TEST(int(ec::too_many_requests) == 48);
  BOOST_TEST(name_of(ec::conflict) == "conflict");
  BOOST_TEST(name_of(ec::storage_full) == "storage_full");
  BOOST_TEST(name_of(ec::stopping) == "stopping");
}

BOOST_AUTO_TEST_CASE(what_may_succeed_later_says_when) {
  for (auto code :
       {ec::out_of_order, ec::no_credit, ec::overloaded, ec::retry, ec::storage_full, ec::stopping})
    BOOST_TEST(retry_after(code).value() > 0u);
  for (auto code : {ec::none, ec::malformed, ec::wrong_credentials, ec::conflict, ec::forbidden,
                    ec::client_id_too_old})
    BOOST_TEST(!retry_after(code));
}

BOOST_AUTO_TEST_CASE(the_page_for_clients_shows_every_code) {
  std::ifstream in{DOCS "/errors.md"};
  std::ostringstream page;
  page << in.rdbuf();
  for (int i = 1; i < int(ec::ec_count); ++i) {
    auto code = ec(i);
    auto line = "\n| " + std::to_string(i) + " | `" + in_camel_case(name_of(code)) + "` | "
                + std::string{text_of(code)} + " | " + when_to_repeat(code) + " |\n";
    BOOST_TEST(page.str().find(line) != std::string::npos, line);
  }
}

BOOST_AUTO_TEST_CASE(a_code_of_a_newer_node_is_internal) {
  BOOST_TEST(name_of(ec(200)) == "internal");
}

BOOST_AUTO_TEST_CASE(a_status_is_ok_unless_it_says_otherwise) {
  BOOST_TEST(status{}.ok());
  BOOST_TEST(!(status{ec::retry, {}}).ok());
}

BOOST_AUTO_TEST_SUITE_END()
