#define BOOST_TEST_MODULE jwt

#include "actors/core/jwt.hpp"

#include "schema/limits.hpp"
#include "tests/support/signed_jwt.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <utility>

using namespace parley;
using parley::testing::sign_jwt;

namespace {

constexpr time_us now = 1'700'000'000'000'000;
const std::string secret(limits::jwt_secret_bytes_min, 's');
const jwt_rules by_secret{"HS256", secret, {}, {}};

/// Claims that hold now.
std::string of(const std::string& subject, const std::string& more = {}) {
  return R"({"exp": 1700000100, "sub": ")" + subject + '"' + more + '}';
}

bool passes(const std::string& claims, const jwt_rules& rules = by_secret) {
  return check_jwt(sign_jwt(claims, secret), rules, "ada", now);
}

/// Private and public, in PEM.
std::pair<std::string, std::string> make_rsa_keys() {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> made{EVP_RSA_gen(2048), EVP_PKEY_free};
  auto text = [](auto write) {
    std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()), BIO_free};
    BOOST_REQUIRE(write(out.get()) == 1);
    char* at = nullptr;
    auto size = BIO_get_mem_data(out.get(), &at);
    return std::string{at, static_cast<size_t>(size)};
  };
  auto key = made.get();
  return {text([key](BIO* to) {
            return PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
          }),
          text([key](BIO* to) { return PEM_write_bio_PUBKEY(to, key); })};
}

} // namespace

BOOST_AUTO_TEST_SUITE(jwt_test)

BOOST_AUTO_TEST_CASE(who_is_the_subject_of_a_signed_token_passes) {
  BOOST_TEST(passes(of("ada")));
  BOOST_TEST(passes(of("Ada"))); // As names are compared anywhere.
  BOOST_TEST(!passes(of("eve")));
  BOOST_TEST(!passes(R"({"exp": 1700000100})"));
  BOOST_TEST(!passes(R"({"exp": 1700000100, "sub": 7})"));
}

BOOST_AUTO_TEST_CASE(a_token_that_another_signed_or_somebody_changed_does_not_pass) {
  std::string other(limits::jwt_secret_bytes_min, 't');
  BOOST_TEST(!check_jwt(sign_jwt(of("ada"), other), by_secret, "ada", now));
  auto token = sign_jwt(of("ada"), secret);
  for (size_t i = 0; i < token.size() - 1; ++i) { // The last one has bits that mean nothing.
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (check_jwt(changed, by_secret, "ada", now))
      BOOST_ERROR("passes with another byte at " << i);
  }
  for (auto noise : {"", ".", "..", "a.b.c", "....."})
    BOOST_TEST(!check_jwt(noise, by_secret, "ada", now));
}

BOOST_AUTO_TEST_CASE(a_token_must_be_signed_as_the_rules_say) {
  BOOST_TEST(!check_jwt(sign_jwt(of("ada"), {}, JWT_ALG_NONE), by_secret, "ada", now));
  BOOST_TEST(!check_jwt(sign_jwt(of("ada"), secret, JWT_ALG_HS512), by_secret, "ada", now));
  BOOST_TEST(!check_jwt(sign_jwt(of("ada"), secret), {}, "ada", now));
}

BOOST_AUTO_TEST_CASE(a_public_key_checks_and_is_no_secret) {
  auto [mine, shown] = make_rsa_keys();
  jwt_rules rules{"RS256", shown, {}, {}};
  BOOST_TEST(what_is_wrong_with(rules) == "");
  BOOST_TEST(check_jwt(sign_jwt(of("ada"), mine, JWT_ALG_RS256), rules, "ada", now));
  BOOST_TEST(!check_jwt(sign_jwt(of("ada"), shown, JWT_ALG_HS256), rules, "ada", now));
  auto [other, unused] = make_rsa_keys();
  BOOST_TEST(!check_jwt(sign_jwt(of("ada"), other, JWT_ALG_RS256), rules, "ada", now));
}

BOOST_AUTO_TEST_CASE(a_token_has_an_end_and_may_have_a_beginning) {
  auto from = [](long when, const char* what) {
    return R"({"sub": "ada", ")" + std::string{what} + R"(": )" + std::to_string(when)
           + (what == std::string{"nbf"} ? R"(, "exp": 1800000000})" : "}");
  };
  BOOST_TEST(!passes(R"({"sub": "ada"})"));
  BOOST_TEST(passes(from(1'700'000'000 - 60, "exp")));
  BOOST_TEST(!passes(from(1'700'000'000 - 61, "exp")));
  BOOST_TEST(passes(from(1'700'000'000 + 60, "nbf")));
  BOOST_TEST(!passes(from(1'700'000'000 + 61, "nbf")));
  BOOST_TEST(!passes(R"({"sub": "ada", "exp": "never"})"));
  BOOST_TEST(!passes(of("ada", R"(, "nbf": "soon")")));
}

BOOST_AUTO_TEST_CASE(issuer_and_audience_must_be_those_of_the_rules) {
  jwt_rules rules{"HS256", secret, "https://id.example.org", "parley"};
  auto with = [](const std::string& issuer, const std::string& audience) {
    return of("ada", R"(, "iss": ")" + issuer + R"(", "aud": )" + audience);
  };
  BOOST_TEST(passes(with("https://id.example.org", R"("parley")"), rules));
  BOOST_TEST(passes(with("https://id.example.org", R"(["mail", "parley"])"), rules));
  BOOST_TEST(!passes(with("https://id.example.org", R"("mail")"), rules));
  BOOST_TEST(!passes(with("https://id.example.org", R"(["mail"])"), rules));
  BOOST_TEST(!passes(with("https://example.org", R"("parley")"), rules));
  BOOST_TEST(!passes(of("ada"), rules));
}

BOOST_AUTO_TEST_CASE(rules_that_would_believe_anybody_are_refused) {
  BOOST_TEST(what_is_wrong_with(by_secret) == "");
  BOOST_TEST(what_is_wrong_with({"HS256", "short", {}, {}}) != "");
  BOOST_TEST(what_is_wrong_with({"none", secret, {}, {}}) != "");
  BOOST_TEST(what_is_wrong_with({"HS257", secret, {}, {}}) != "");
  BOOST_TEST(what_is_wrong_with({"RS256", secret, {}, {}}) != "");
  auto [mine, shown] = make_rsa_keys();
  BOOST_TEST(what_is_wrong_with({"HS256", shown, {}, {}}) != "");
  BOOST_TEST(what_is_wrong_with({"RS256", mine, {}, {}}) != ""); // Not for a node's disk.
  BOOST_TEST(what_is_wrong_with({"ES256", shown, {}, {}}) != "");
  BOOST_TEST(what_is_wrong_with({"RS256", shown.substr(0, 100), {}, {}}) != "");
}

BOOST_AUTO_TEST_SUITE_END()
