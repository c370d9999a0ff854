#pragma once

#include "schema/ids.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::core {

/// Users and their names, as a request to a room lists them.
using people = std::vector<std::pair<user_id, std::string>>;

/// Points into `who`.
inline std::vector<std::string_view> names_of(const people& who) {
  std::vector<std::string_view> result;
  for (auto& [user, name] : who)
    result.emplace_back(name);
  return result;
}

} // namespace parley::core
