#pragma once

#include "actors/core/actions.hpp"
#include "schema/record.hpp"

#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace parley::core {

/// One user's contacts, who asked and was asked, whom the user blocks: what the
/// rooms of the direct chats decided, newest version each, and the user's remarks.
class contact_book {
public:
  void load(record::contact x) {
    rows_.insert_or_assign(x.user, std::move(x));
  }

  /// Takes what is news; null if it is not.
  const record::contact* learn(const record::contact& x);

  /// Null if nothing is between the two.
  const record::contact* remark(user_id user, std::string_view text);

  /// Ends requests that nobody answered in time; gives who it was.
  std::vector<user_id> expire(time_us now);

  /// Forgets what says nothing any more, into `out`.
  void forget(user_id own, time_us now, effect& out);

  /// When the next request ends, by the wall; nothing if there is none.
  std::optional<time_us> next_end() const;

  const record::contact* find(user_id user) const;
  size_t count(wire::contact_list which) const;
  wire::contacts_page page(const wire::list_contacts& x) const;

  auto begin() const {
    return rows_.begin();
  }

  auto end() const {
    return rows_.end();
  }

private:
  std::map<user_id, record::contact> rows_;
};

/// As its devices are shown it; points into `x`.
wire::contact show_contact(const record::contact& x);

} // namespace parley::core
