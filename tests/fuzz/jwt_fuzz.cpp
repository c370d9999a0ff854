#include "actors/core/jwt.hpp"
#include "schema/limits.hpp"
#include "tests/fuzz/round_trip.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>

// Logins by JSON Web Token. The first byte says what the others are: a token, or claims
// that whom the node believes has signed.

using namespace parley;
using namespace parley::fuzz;

namespace {

constexpr time_us now = 1'700'000'000'000'000;
const jwt_rules rules{"HS256", std::string(limits::jwt_secret_bytes_min, 's'), {}, {}};
const jwt_rules strict{"HS256", rules.key, "issuer", "audience"};

/// As RFC 4648, 5, without padding.
std::string base64_url(std::string_view bytes) {
  std::string text(4 * (bytes.size() / 3 + 1) + 1, '\0');
  auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                              reinterpret_cast<const unsigned char*>(bytes.data()),
                              static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  text.resize(text.find_last_not_of('=') + 1);
  for (auto& x : text)
    x = x == '+' ? '-' : x == '/' ? '_' : x;
  return text;
}

std::string sign(std::string_view claims) {
  auto what = base64_url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64_url(claims);
  unsigned char seal[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), rules.key.data(), static_cast<int>(rules.key.size()),
       reinterpret_cast<const unsigned char*>(what.data()), what.size(), seal, &size);
  return what + "." + base64_url({reinterpret_cast<const char*>(seal), size});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > limits::jwt_bytes)
    return 0;
  auto rest = view(data + 1, size - 1);
  auto token = data[0] % 2 == 0 ? std::string{rest} : sign(rest);
  auto ada = check_jwt(token, rules, "ada", now);
  if (check_jwt(token, strict, "ada", now) && !ada)
    std::abort(); // More is asked for.
  if (check_jwt(token, rules, "eve", now) && ada)
    std::abort(); // It has one subject.
  if (check_jwt(token, {}, "ada", now))
    std::abort(); // Nobody is believed.
  return 0;
}
