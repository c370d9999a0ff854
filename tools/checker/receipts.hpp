#pragma once

#include "schema/ids.hpp"
#include "tools/checker/verdict.hpp"

#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace parley::checker {

/// A device, whose it is, and which of its connections this is.
struct party {
  device_id device;
  user_id user;
  uint64_t connection = 0;
};

/// How far each user of one conversation has come, and what the node says of it.
/// Used by `checker` only.
///
///   got   a device's application got it      wrote   a message of the user's stands there
///   read  the user said so                   did     the user caused what stands there
///
/// A receipt may claim what is explained by one of these - reading is getting, and what
/// one did is one's receipt up to there - and at rest has to claim what was got and
/// read. What may be an own message that nobody saw yet is kept until somebody does.
/// On one connection no receipt goes back; after a crash, on another one, it may. The
/// user's own cursor may at any time: what it wrote is looked up again after a crash.
/// One record per user, so memory follows who is in.
class receipts {
public:
  receipts(conversation_id id, verdict& faults) : id_(id), faults_(faults) {
    // nop
  }

  void got(user_id user, seq_t seq);
  void wrote(user_id user, seq_t seq);
  void did(user_id user, seq_t seq);
  void reads(user_id user, seq_t seq);
  void has_read(user_id user, seq_t seq);

  /// From `first` on the user sees it; what lies before counts as read.
  void joined(user_id user, seq_t first);
  void left(user_id user, seq_t last);
  void excuse(user_id user);

  /// What the user has not got before `first` was let go.
  void trimmed(user_id user, seq_t first);

  /// `to` is told how far `of` is, who is another user ...
  void told(const party& to, user_id of, seq_t delivered, seq_t read, bool at_rest);

  /// ... or its own one.
  void told_own(const party& to, seq_t read, bool at_rest);

  /// Everybody who is in has read up to here.
  seq_t all_have_read() const;

  void finish();

private:
  struct progress {
    seq_t first = 0;
    seq_t got = 0;
    seq_t wrote = 0;
    seq_t did = 0;
    seq_t reads = 0;            ///< At most: it was asked for.
    seq_t has_read = 0;         ///< At least: it was answered.
    seq_t let_go = 0;           ///< Up to here.
    std::vector<seq_t> puzzles; ///< Claimed, and not explained yet.
    bool gone = false;

    seq_t may_have_read() const noexcept;
    seq_t may_have_got() const noexcept;
    void wonder(seq_t seq);
    void explain(seq_t seq);
  };

  /// The most that a device was told of a user on its last connection.
  struct claim {
    seq_t delivered = 0;
    seq_t read = 0;
    bool own = false;       ///< It is the device's user.
    bool last_word = false; ///< Told at rest.
    uint64_t connection = 0;
  };

  void rises(const party& to, user_id of, const claim& now);
  void judge_last_word(user_id of, const claim& x);
  void fault(std::string_view what, user_id of, seq_t seq);

  conversation_id id_;
  verdict& faults_;
  std::unordered_map<user_id, progress> users_;
  std::map<std::pair<device_id, user_id>, claim> told_;
};

} // namespace parley::checker
