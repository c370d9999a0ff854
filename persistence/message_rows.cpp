#include "persistence/message_rows.hpp"

#include "schema/message_row.hpp"

namespace parley {

namespace {

const status damaged{ec::storage_failed, "a row of messages is damaged"};

/// Shows the messages of one row that are in `range`. False once there is no more
/// to see, or `done` says why.
bool show_row(std::string_view row_key, std::string_view row, const key_range& range,
              const row_view::visitor& visit, status& done) {
  for (auto seq = keys::seq_at_end(row_key); !row.empty(); ++seq) {
    auto bytes = first_message(row);
    if (bytes.empty()) {
      done = damaged;
      return false;
    }
    row.remove_prefix(bytes.size());
    auto at = keys::sibling(row_key, seq);
    if (at >= range.to || (at >= range.from && !visit(at.bytes(), bytes)))
      return false;
  }
  return true;
}

/// The key of the row in which `message` would be.
status find_row(const row_view& from, const key& message, key& out) {
  return row_of_message(from, message, [&out](std::string_view at, auto) {
    out = key::from(at);
    return false;
  });
}

} // namespace

status scan_messages(const row_view& from, const key_range& range, const row_view::visitor& visit) {
  auto begin = range.from;
  if (auto found = find_row(from, range.from, begin); !found.ok())
    return found;
  status done;
  auto read = from.scan({begin, range.to}, [&](std::string_view at, std::string_view row) {
    return show_row(at, row, range, visit, done);
  });
  return read.ok() ? done : read;
}

status row_of_message(const row_view& from, const key& message, const row_view::visitor& visit) {
  auto name = message.bytes();
  auto behind = keys::sibling(name, keys::seq_at_end(name) + 1);
  return from.last({keys::sibling(name, 0), behind}, visit);
}

status last_message(const row_view& from, const key_range& range, const row_view::visitor& visit) {
  status done;
  auto read = from.last({keys::sibling(range.from.bytes(), 0), range.to},
                        [&](std::string_view at, std::string_view row) {
                          key last;
                          std::string_view found;
                          auto keep = [&](std::string_view k, std::string_view bytes) {
                            last = key::from(k);
                            found = bytes;
                            return true;
                          };
                          (void)show_row(at, row, range, keep, done);
                          if (done.ok() && !found.empty())
                            visit(last.bytes(), found);
                          return false;
                        });
  return read.ok() ? done : read;
}

} // namespace parley
