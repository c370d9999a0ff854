#include "persistence/store.hpp"

namespace parley {

std::optional<std::string> read_row(const row_view& from, const key& at) {
  std::optional<std::string> result;
  auto copy = [&result](std::string_view, std::string_view value) {
    result.emplace(value);
    return false;
  };
  auto done = from.get(at, copy);
  return done.ok() ? result : std::nullopt;
}

} // namespace parley
