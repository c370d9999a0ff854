#include "persistence/store.hpp"

namespace parley {

std::optional<std::string> read_row(const store& from, const key& at) {
  std::optional<std::string> result;
  auto visit = [&](std::string_view k, std::string_view value) {
    if (k == at.bytes())
      result.emplace(value);
    return false;
  };
  auto done = from.scan(keys::with_prefix(at), visit);
  return done.ok() ? result : std::nullopt;
}

} // namespace parley
