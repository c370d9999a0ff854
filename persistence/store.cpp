#include "persistence/store.hpp"

namespace parley {

status read_row(const row_view& from, const key& at, std::optional<std::string>& out) {
  out.reset();
  return from.get(at, [&out](std::string_view, std::string_view value) {
    out.emplace(value);
    return false;
  });
}

} // namespace parley
