#include "actors/core/room.hpp"
#include "schema/codec.hpp"
#include "schema/limits.hpp"

// A live room: who is in it and what happens to it is stored as in any room; what
// its members write is told to those who are online, and stored nowhere.

namespace parley::core {

bool room::is_live() const noexcept {
  return conversation_ && conversation_->kind == wire::conversation_kind::live;
}

/// Answered at once: there is nothing to wait for. Repeats are known as such while
/// the room is awake.
void room::say(const waiting_request& x, const wire::send& body, uint64_t digest) {
  if (auto extra = body.content.extra.get()) {
    if (std::holds_alternative<wire::file>(extra->thing))
      return refuse(x, ec::forbidden, "nobody could fetch a file that no message names");
    if (extra->reply_to != 0 && !sees(x.from->user, extra->reply_to))
      return refuse(x, ec::unknown_message);
  }
  last_time_ = std::max(last_time_, now_.wall);
  auto& ids = senders_[{x.from->user, x.from->device}].ids;
  ids.add({ids.next_index(), body.counter, 0, 0, last_time_, digest});
  forget_oldest(senders_, limits::client_id_devices);
  out_->answer(x.from->session, x.what.number,
               wire::encode_answer(x.what.number, wire::sent{id_, 0, last_time_}));
  if (!may_tell()) {
    ++dropped_;
    tell_dropped_at_ = std::min(tell_dropped_at_, now_.steady + limits::live_dropped_after);
    return;
  }
  tell_dropped();
  wire::message what{
    id_, 0, 0, last_time_, x.from->user, x.from->name, x.from->device, body.counter, body.content};
  auto bytes = wire::encode_answer(0, wire::live_message{std::move(what)});
  tell_subscribers(show{std::move(bytes), false, true});
}

/// A leaky bucket that holds limits::live_ahead (GCRA, ITU-T I.371).
bool room::may_tell() {
  if (told_until_ > now_.steady + limits::live_ahead)
    return false;
  auto each = std::chrono::microseconds{subscribers_.size() * 1'000'000 / limits::live_deliveries};
  told_until_ = std::max(told_until_, now_.steady) + each;
  return true;
}

void room::tell_dropped() {
  tell_dropped_at_ = never;
  if (auto count = std::exchange(dropped_, 0); count != 0)
    tell_subscribers(show{wire::encode_answer(0, wire::dropped{id_, count}), false, true});
}

} // namespace parley::core
