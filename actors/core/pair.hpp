#pragma once

#include "schema/error.hpp"
#include "schema/record.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::core {

/// What is between two users, decided in one place: the room of their direct
/// chat, whose order is that of their changes. So whatever both do at once, both
/// end in one state.
///
///              request                 accept, or the other one requests too
///   nothing ------------> one has asked ------------------------------------> contacts
///      ^ <---------------------+                                                 |
///      |   withdraw, reject, block, or limits::contact_request_for               |
///      +------------------------------ remove -----------------------------------+
///
/// A block is apart from that: it ends what was asked and lets nothing be asked,
/// and contacts stay contacts behind it.
class pair {
public:
  pair() = default;
  explicit pair(record::pair now) : now_(std::move(now)) {
    // nop
  }

  enum class side : uint8_t { lower, higher };

  static side side_of(user_id user, user_id other) noexcept {
    return user < other ? side::lower : side::higher;
  }

  /// What one side said when it asked; told when they become contacts.
  struct hello {
    side from = side::lower;
    std::string greeting;
  };

  struct outcome {
    ec code = ec::none;
    bool changed = false;        ///< It has another version.
    bool befriended = false;     ///< They are contacts from now on ...
    std::vector<hello> hellos{}; ///< ... and this was said before, in this order.
  };

  /// The row that makes their direct chat is 1 among the changes of both.
  static constexpr uint64_t first_version = 2;

  /// One side does that; not a remark, which is nobody else's business.
  outcome change(side who, wire::contact_change what, std::string_view greeting, time_us now);

  bool blocked() const noexcept {
    return now_.lower.blocked || now_.higher.blocked;
  }

  bool contacts() const noexcept {
    return now_.contacts;
  }

  /// How it stands for one side; names nobody.
  record::contact as_seen_by(side who) const;

  const record::pair& state() const noexcept {
    return now_;
  }

private:
  record::pair::side& of(side who) noexcept {
    return who == side::lower ? now_.lower : now_.higher;
  }

  const record::pair::side& of(side who) const noexcept {
    return who == side::lower ? now_.lower : now_.higher;
  }

  static side other(side who) noexcept {
    return who == side::lower ? side::higher : side::lower;
  }

  outcome changed();
  outcome befriend(side last, time_us now);
  outcome request(side who, std::string_view greeting, time_us now);

  record::pair now_;
};

} // namespace parley::core
