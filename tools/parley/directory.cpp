#include "tools/parley/directory.hpp"

#include "schema/identity.hpp"
#include "tools/parley/render.hpp"

#include <algorithm>

namespace parley::chat {

void directory::learn(const wire::conversation& x) {
  entry fresh{x.id, x.kind, printable(x.title)};
  auto known =
    std::find_if(entries_.begin(), entries_.end(), [&x](const entry& y) { return y.id == x.id; });
  if (known == entries_.end())
    entries_.push_back(std::move(fresh));
  else
    *known = std::move(fresh);
  if (x.kind == wire::conversation_kind::direct)
    learn(x.title);
}

void directory::learn(std::string_view name) {
  if (auto normal = normalize_name(name))
    people_.emplace(user_of(*normal), *normal);
}

std::optional<conversation_id> directory::find(std::string_view text) const {
  if (auto id = parse_id(text))
    return id;
  std::vector<conversation_id> found;
  for (auto& x : entries_) {
    if (x.kind == wire::conversation_kind::direct)
      continue;
    if (x.title == text)
      return x.id;
    if (x.title.starts_with(text) || to_text(x.id).starts_with(text))
      found.push_back(x.id);
  }
  if (found.size() != 1)
    return std::nullopt;
  return found.front();
}

std::vector<conversation_id> directory::all() const {
  std::vector<conversation_id> result;
  for (auto& x : entries_)
    result.push_back(x.id);
  return result;
}

std::string directory::name_of(conversation_id id) const {
  for (auto& x : entries_)
    if (x.id == id && !x.title.empty())
      return x.title;
  return to_text(id).substr(0, 8);
}

std::optional<std::string> directory::name_of(user_id user) const {
  auto found = people_.find(user);
  if (found == people_.end())
    return std::nullopt;
  return found->second;
}

} // namespace parley::chat
