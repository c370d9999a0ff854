#include "actors/core/jwt.hpp"

#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <jwt.h>

#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

namespace parley {

namespace {

using json = nlohmann::json;

struct freed {
  void operator()(jwt_t* x) const {
    jwt_free(x);
  }

  void operator()(BIO* x) const {
    BIO_free(x);
  }

  void operator()(EVP_PKEY* x) const {
    EVP_PKEY_free(x);
  }

  void operator()(char* x) const {
    std::free(x);
  }
};

jwt_alg_t algorithm_of(const jwt_rules& rules) {
  return jwt_str_alg(rules.algorithm.c_str());
}

const unsigned char* key_of(const jwt_rules& rules) {
  return reinterpret_cast<const unsigned char*>(rules.key.data());
}

/// The claims of a token that is signed so; null otherwise.
json claims_of(const std::string& token, const jwt_rules& rules) {
  jwt_t* decoded = nullptr;
  if (jwt_decode(&decoded, token.c_str(), key_of(rules), static_cast<int>(rules.key.size())) != 0)
    return {};
  std::unique_ptr<jwt_t, freed> owned{decoded};
  // Or a public key would serve as the secret of another algorithm (RFC 8725, 2.1).
  if (jwt_get_alg(decoded) != algorithm_of(rules))
    return {};
  std::unique_ptr<char, freed> text{jwt_get_grants_json(decoded, nullptr)};
  return text ? json::parse(text.get(), nullptr, false) : json{};
}

/// Of a public key in PEM: EVP_PKEY_RSA or another one; EVP_PKEY_NONE if it is none.
int type_of(const std::string& pem) {
  std::unique_ptr<BIO, freed> in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  std::unique_ptr<EVP_PKEY, freed> key{PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr)};
  ERR_clear_error();
  return key ? EVP_PKEY_get_base_id(key.get()) : EVP_PKEY_NONE;
}

bool is(const json& claims, const char* name, std::string_view expected) {
  auto at = claims.find(name);
  return at != claims.end() && at->is_string() && at->get<std::string>() == expected;
}

/// One audience, or one of several.
bool is_for(const json& claims, const std::string& audience) {
  auto at = claims.find("aud");
  if (at != claims.end() && at->is_array())
    return std::find(at->begin(), at->end(), json(audience)) != at->end();
  return is(claims, "aud", audience);
}

} // namespace

std::string what_is_wrong_with(const jwt_rules& rules) {
  auto algorithm = algorithm_of(rules);
  if (algorithm == JWT_ALG_NONE || algorithm == JWT_ALG_INVAL)
    return "'" + rules.algorithm + "' is no algorithm that signs";
  auto by_secret = rules.algorithm.starts_with("HS");
  auto is_pem = rules.key.starts_with("-----BEGIN ");
  if (by_secret && is_pem)
    return "a public key is no secret for " + rules.algorithm;
  if (by_secret && rules.key.size() < limits::jwt_secret_bytes_min)
    return "a secret has at least " + std::to_string(limits::jwt_secret_bytes_min) + " bytes";
  auto wanted = rules.algorithm.starts_with("RS") ? EVP_PKEY_RSA : EVP_PKEY_EC;
  if (!by_secret && type_of(rules.key) != wanted)
    return rules.algorithm + " needs a public key of its kind in PEM";
  return {};
}

bool check_jwt(const std::string& token, const jwt_rules& rules, std::string_view bearer,
               time_us now) {
  if (rules.algorithm.empty())
    return false;
  auto claims = claims_of(token, rules);
  if (!claims.is_object())
    return false;
  auto seconds = [&claims](const char* name) {
    auto at = claims.find(name);
    return at != claims.end() && at->is_number() ? std::optional{at->get<double>()} : std::nullopt;
  };
  auto leeway = static_cast<double>(limits::jwt_leeway.count());
  auto today = static_cast<double>(now) / 1e6;
  auto end = seconds("exp");
  auto begin = claims.contains("nbf") ? seconds("nbf") : today;
  if (!end || !begin || today > *end + leeway || today < *begin - leeway)
    return false;
  if (!rules.issuer.empty() && !is(claims, "iss", rules.issuer))
    return false;
  if (!rules.audience.empty() && !is_for(claims, rules.audience))
    return false;
  auto subject = claims.find("sub");
  if (subject == claims.end() || !subject->is_string())
    return false;
  return normalize_name(subject->get<std::string>()) == std::string{bearer};
}

} // namespace parley
