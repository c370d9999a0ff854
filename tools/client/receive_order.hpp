#pragma once

#include "schema/frame.hpp"
#include "schema/ids.hpp"
#include "tools/client/send_queue.hpp"

#include <map>
#include <optional>
#include <string_view>

namespace parley::client {

/// Brings the messages of one conversation into order for the application and
/// says what may be acknowledged.
///
///   push -------> the next one? --> application --> ack
///                  | above: kept (at most `reorder_limit`)
///                  | below: dropped, but acknowledged again
///   sent -------> fills the place of an own message, which is never pushed
///   hole for more than `hole_patience`, or too much kept --> read history
///
/// Where one hole had to be read, others of the same time follow without
/// patience: a device that was cut off lacks the answers to many own messages.
///
/// Where a conversation begins for this device is what the server pushes
/// first, or what `begins_at` says of one that is new.
class receive_order {
public:
  /// Messages that wait for an earlier one: a full device window.
  static constexpr size_t reorder_limit = 256;

  /// An own message may be acknowledged this much later than its successor is
  /// pushed; after that the place is read from history.
  static constexpr auto hole_patience = std::chrono::seconds{1};

  enum class verdict { deliver, wait, duplicate };

  struct range {
    seq_t from = 0;
    seq_t to = 0;
  };

  /// A message came. `deliver`: hand it over now, then whatever `next` has.
  /// `wait`: its bytes were copied. `duplicate`: forget it.
  verdict push(seq_t seq, std::string_view bytes, steady_time now);

  /// As `push`, for a message that was read from history instead.
  verdict read(seq_t seq, std::string_view bytes, steady_time now);

  /// An own message was stored at `seq`.
  void sent(seq_t seq, steady_time now);

  /// An own request made the change at `seq`, or found it made by someone else:
  /// it may never be pushed, so a hole there needs no patience.
  void changed(seq_t seq) noexcept {
    suspect_ = seq;
  }

  /// Messages before `first` are not for this device, or are gone. Those that
  /// were already handed over stay so.
  void begins_at(seq_t first, steady_time now);

  /// The server announced a membership from `first` on, after it had pushed all
  /// of an earlier one: what lies between the two is not for this device, what
  /// still waits of the earlier one is.
  void stay_begins(seq_t first, steady_time now);

  /// The next message that waited and may be handed over now.
  std::optional<frame> next(steady_time now);

  /// What is missing for too long and must be read from history, best up to
  /// `pushed()`. The caller reports `asked`, then `read` or `begins_at`.
  std::optional<range> missing(steady_time now) const;

  /// The last that was pushed on this connection.
  seq_t pushed() const noexcept {
    return pushed_;
  }

  /// Restarts the patience: history is on its way, or did not come.
  void asked(steady_time now);

  /// When `missing` may have something.
  std::optional<steady_time> wakes_at() const;

  /// The place to acknowledge, if it is due; then it is taken as acknowledged.
  /// Never above what was pushed on this connection.
  std::optional<seq_t> take_ack();

  /// Acknowledgements may be lost and pushes come again from the start.
  void disconnected();

  /// Everything up to here was handed over, or is an own message; 0: unknown.
  seq_t held() const noexcept {
    return held_.value_or(0);
  }

private:
  verdict accept(seq_t seq, std::string_view bytes, steady_time now);
  void hold(seq_t seq);
  bool hole() const;
  void look_for_hole(steady_time now);

  std::optional<seq_t> held_;
  std::map<seq_t, frame> waiting_; ///< Empty frames stand for own messages.
  seq_t pushed_ = 0;               ///< Highest on this connection.
  seq_t acknowledged_ = 0;
  seq_t suspect_ = 0;
  seq_t overdue_ = 0; ///< Holes before it need no patience.
  range between_;     ///< Between two stays; empty if `to` is 0.
  bool repeat_ack_ = false;
  std::optional<steady_time> hole_since_;
};

} // namespace parley::client
