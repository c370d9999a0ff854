#include "actors/core/retention.hpp"
#include "actors/core/room.hpp"
#include "schema/codec.hpp"
#include "schema/limits.hpp"

#include <algorithm>

// How long messages are kept. What is over is out of sight first, and let go behind that:
//
//   1 ........ reclaimed ........... first .............. head
//     gone from    files are           what members
//     disk, soon   let go next         see
//
// `first` stands in the conversation's row, and reads begin there. Page after page of what
// is older is looked through for files, so that nothing names them any more. `reclaimed`
// is a row of its own, by which the store's compactions know what to drop
// (persistence/reclaiming.hpp).

namespace parley::core {

namespace {

/// Outbox rows about files of messages that are too old stand beside those of changes.
constexpr uint64_t of_age = uint64_t{1} << 62;

} // namespace

wire::retention room::keeps() const {
  if (!rules_.let_go || !conversation_ || members_.empty())
    return {}; // Where nobody ever was, broadcasts are on their way.
  return stricter(conversation_->keep, rules_.keep);
}

seq_t room::first() const {
  return conversation_ ? std::max<seq_t>(conversation_->first, 1) : 1;
}

void room::look_for_old() {
  look_for_old_at_ = never;
  if (looking_)
    return;
  auto keep = keeps();
  auto from = first();
  if (keep.messages != 0 && committed_head_ > keep.messages)
    from = std::max(from, committed_head_ - keep.messages + 1);
  auto oldest = conversation_ ? oldest_of(*conversation_) : 0;
  if (!is_over(oldest, keep, now_.trusted()))
    return let_go_before(from);
  looking_ = true;
  reader read = [this](auto queries, auto then) { look_up(std::move(queries), std::move(then)); };
  find_time(read, from, committed_head_, now_.trusted() - life_of(keep), [this, read](seq_t found) {
    read({{keys::messages(id_, found, found)}}, [this, found](const rows& at) {
      looking_ = false;
      auto stored =
        at.results[0].empty() ? std::nullopt : wire::decode_server(at.results[0][0].value);
      if (stored)
        let_go_before(found, std::get<wire::message>(stored->body).time);
      else
        let_go_before(found, found > head_ ? nothing_left : 0); // Or it is on its way to disk.
    });
  });
}

/// The message at `seq` is the oldest that is kept, and not from before `time`.
void room::let_go_before(seq_t seq, time_us time) {
  looked_ = true;
  if (conversation_ && (seq > first() || time > conversation_->first_time)) {
    if (seq > first())
      conversation_->first = seq;
    conversation_->first_time = std::max(conversation_->first_time, time);
    write_apart([this] { put_conversation(); });
  }
  expect_old();
  reclaim();
}

/// When something may be over.
void room::expect_old() {
  constexpr std::chrono::microseconds soon = limits::retention_every;
  constexpr std::chrono::microseconds often = limits::wall_looked_at_every;
  auto keep = keeps();
  if (looking_)
    return;
  if (conversation_ && is_too_long(*conversation_, committed_head_, keep))
    look_for_old_at_ = std::min(look_for_old_at_, now_.steady + soon);
  auto ages = keep.seconds != 0 && oldest_of(*conversation_) != nothing_left;
  if (ages && look_for_old_at_ == never) {
    std::chrono::microseconds due{oldest_of(*conversation_) + life_of(keep) - now_.trusted()};
    look_for_old_at_ = now_.steady + std::clamp(due, soon, often);
  }
}

/// Whether something is out of sight that the disk still has to keep.
bool room::owes_reclaiming() const {
  return rules_.let_go && std::max<seq_t>(reclaimed_, 1) < first();
}

/// The next page, unless the disk is busy with earlier ones.
void room::reclaim() {
  if (reclaiming_ || !owes_reclaiming() || failed()
      || in_flight_.size() >= limits::appends_in_flight)
    return;
  reclaiming_ = true;
  auto from = std::max<seq_t>(reclaimed_, 1);
  look_up({{keys::messages(id_, from, first() - 1), limits::page_rows, limits::page_bytes}},
          [this](const rows& found) { reclaim_page(found); });
}

void room::reclaim_page(const rows& found) {
  reclaiming_ = false;
  auto upto = first();
  std::map<user_id, std::vector<record::named_file>> files;
  for (auto& row : found.results[0]) {
    upto = keys::seq_at_end(row.key.bytes()) + 1;
    if (auto stored = wire::decode_server(row.value)) {
      auto& message = std::get<wire::message>(stored->body);
      note_file(message, files[message.sender]);
    }
  }
  reclaimed_ = upto;
  write_apart([this, &files, upto] {
    for (auto& [keeper, named] : files) {
      auto last = named.empty() ? 0 : named.back().seq;
      put_namings(keeper, last | of_age, std::move(named));
    }
    building().what.put(keys::reclaimed(id_), record::encode(record::counter{upto}));
  });
  reclaim();
}

/// A disk that takes nothing now does not end the room for it.
void room::write_apart(const std::function<void()>& put) {
  flush();
  put();
  building().droppable = true;
  flush();
}

} // namespace parley::core
