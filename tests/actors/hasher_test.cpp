#include "actors/hasher.hpp"

#include <boost/test/unit_test.hpp>

using namespace parley;

BOOST_AUTO_TEST_SUITE(hasher_suite)

BOOST_AUTO_TEST_CASE(knows_its_own_hash_and_no_other) {
  auto hash = hash_password("correct horse");
  BOOST_REQUIRE(hash);
  BOOST_TEST(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  BOOST_TEST(check_password("correct horse", *hash));
  BOOST_TEST(!check_password("correct hors", *hash));
}

BOOST_AUTO_TEST_CASE(matches_nothing_for_an_account_without_a_password) {
  BOOST_TEST(!check_password("nobody has this password", "none"));
  BOOST_TEST(!check_password("", ""));
}

BOOST_AUTO_TEST_SUITE_END()
