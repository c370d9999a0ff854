#include "schema/error.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace parley;

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

BOOST_AUTO_TEST_CASE(a_code_of_a_newer_node_is_internal) {
  BOOST_TEST(name_of(ec(200)) == "internal");
}

BOOST_AUTO_TEST_CASE(a_status_is_ok_unless_it_says_otherwise) {
  BOOST_TEST(status{}.ok());
  BOOST_TEST(!(status{ec::retry, {}}).ok());
}

BOOST_AUTO_TEST_SUITE_END()
