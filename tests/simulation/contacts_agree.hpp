#pragma once

#include "actors/core/pair.hpp"
#include "schema/identity.hpp"
#include "schema/keys.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace parley::simulation {

/// Whether a row of somebody's contacts says what their direct chat decided, and
/// the other one has theirs; empty if so. `find` gives the rows of the disk.
inline std::string
contacts_agree(std::string_view at, std::string_view value,
               const std::function<std::optional<std::string>(const key&)>& find) {
  using state = wire::contact_state;
  auto row = *record::decode<record::contact>(value);
  auto user = keys::user_at_end(at.substr(0, at.size() - 16));
  auto chat = find(keys::conversation(direct_conversation(user, row.user)));
  auto decided = chat ? record::decode<record::conversation>(*chat) : std::nullopt;
  auto seen = core::pair{decided ? decided->pair : record::pair{}}.as_seen_by(
    core::pair::side_of(user, row.user));
  auto since = row.state == state::none || row.since == seen.since;
  if (row.state != seen.state || !since || row.blocked != seen.blocked)
    return row.name + " stands otherwise in a list than in the chat\n";
  if (row.state != state::none && !find(keys::contact(row.user, user)))
    return row.name + " has nobody in their list who has them\n";
  return {};
}

} // namespace parley::simulation
