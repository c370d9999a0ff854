#include "persistence/query.hpp"

#include "persistence/message_rows.hpp"

namespace parley {

status run_query(const store& from, const query& what, std::vector<row>& out) {
  size_t bytes = 0;
  auto add = [&](std::string_view k, std::string_view value) {
    if (out.size() == what.max_rows || (!out.empty() && bytes + value.size() > what.max_bytes))
      return false;
    bytes += value.size();
    out.push_back({key::from(k), frame{value}});
    return true;
  };
  if (what.whole)
    return row_of_message(from, what.range.from, add);
  if (keys::is_of_messages(what.range.from))
    return what.last ? last_message(from, what.range, add) : scan_messages(from, what.range, add);
  return what.last ? from.last(what.range, add) : from.scan(what.range, add);
}

} // namespace parley
