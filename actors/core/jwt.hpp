#pragma once

#include "schema/ids.hpp"

#include <string>
#include <string_view>

namespace parley {

/// Whose JSON Web Tokens (RFC 7519) this node believes. All of an algorithm: one key.
struct jwt_rules {
  std::string algorithm; ///< HS256 to ES512 (RFC 7518); empty: nobody's.
  std::string key;       ///< The secret of HS*, else a public key in PEM.
  std::string issuer;    ///< Empty: any.
  std::string audience;  ///< Empty: any.
};

/// What is wrong with rules, in words for an operator; nothing if they will do.
std::string what_is_wrong_with(const jwt_rules& rules);

/// Whether `bearer` is the subject of this token, it is signed as the rules say, and it
/// is valid now.
bool check_jwt(const std::string& token, const jwt_rules& rules, std::string_view bearer,
               time_us now);

} // namespace parley
