#pragma once

#include <jwt.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace parley::testing {

/// A JSON Web Token with these claims, in JSON.
inline std::string sign_jwt(const std::string& claims, const std::string& key,
                            jwt_alg_t algorithm = JWT_ALG_HS256) {
  jwt_t* made = nullptr;
  auto bytes = reinterpret_cast<const unsigned char*>(key.data());
  auto size = algorithm == JWT_ALG_NONE ? 0 : static_cast<int>(key.size());
  if (jwt_new(&made) != 0 || jwt_add_grants_json(made, claims.c_str()) != 0
      || jwt_set_alg(made, algorithm, size == 0 ? nullptr : bytes, size) != 0)
    throw std::runtime_error{"no token of " + claims};
  auto text = jwt_encode_str(made);
  std::string result{text == nullptr ? "" : text};
  std::free(text);
  jwt_free(made);
  return result;
}

} // namespace parley::testing
