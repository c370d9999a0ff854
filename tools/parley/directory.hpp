#pragma once

#include "schema/wire.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace parley::chat {

/// The conversations and people that this program has heard of, so that users
/// need not type ids.
class directory {
public:
  struct entry {
    conversation_id id;
    wire::conversation_kind kind = wire::conversation_kind::direct;
    std::string title;
  };

  void learn(const wire::conversation& x);

  /// Somebody's name.
  void learn(std::string_view name);

  /// The one conversation with this title, or whose id or title starts so;
  /// nothing if there is none, or more than one.
  std::optional<conversation_id> find(std::string_view text) const;

  std::vector<conversation_id> all() const;

  /// The title, or the start of the id.
  std::string name_of(conversation_id id) const;

  /// Nothing about somebody unknown.
  std::optional<std::string> name_of(user_id user) const;

private:
  std::vector<entry> entries_;
  std::unordered_map<user_id, std::string> people_;
};

} // namespace parley::chat
