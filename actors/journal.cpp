#include "actors/journal.hpp"

#include "schema/limits.hpp"

#include <caf/actor_cast.hpp>
#include <spdlog/spdlog.h>

namespace parley {

void journal_state::add(append& x) {
  auto sender = caf::actor_cast<writer_actor>(self->current_sender());
  if (x.epoch != epoch || refused_.contains(x.writer)) {
    if (sender)
      self->send(sender, committed{x.number - 1, ec::retry});
    return;
  }
  auto writes = !x.what.empty();
  if (!writes && !writers_.contains(x.writer)) {
    if (sender)
      self->send(sender, committed{x.number, ec::none});
    return;
  }
  if (idle())
    self->send(self, caf::unit);
  batch_bytes_ += x.what.bytes;
  (x.behind ? behind_ : batch_).push_back(std::move(x.what));
  auto& progress = writers_[x.writer];
  progress.who = std::move(sender);
  progress.upto = x.number;
  progress.droppable = progress.droppable && (x.droppable || !writes);
  if (batch_bytes_ >= limits::journal_batch_bytes)
    flush();
}

bool journal_state::idle() const noexcept {
  return batch_.empty() && behind_.empty();
}

void journal_state::flush() {
  if (idle())
    return;
  auto done = behind_.empty() ? status{} : disk->write_behind(behind_);
  if (done.ok() && !batch_.empty())
    done = disk->write(batch_, space);
  if (!done.ok())
    spdlog::error("event=write-refused code={} appends={} text=\"{}\"", name_of(done.code),
                  batch_.size() + behind_.size(), done.text);
  answer(done.code);
  batch_.clear();
  behind_.clear();
  batch_bytes_ = 0;
  writers_.clear();
}

void journal_state::answer(ec code) {
  for (auto& [id, progress] : writers_) {
    if (code == ec::none || progress.droppable) {
      if (progress.who)
        self->send(progress.who, committed{progress.upto, ec::none});
      continue;
    }
    refused_.insert(id);
    if (progress.who)
      self->send(progress.who, committed{0, code});
  }
}

void journal_state::refuse_from_now_on(writer_id writer) {
  flush();
  refused_.insert(writer);
}

journal_actor::behavior_type journal(journal_actor::stateful_pointer<journal_state> self,
                                     std::shared_ptr<store> disk, uint64_t epoch,
                                     store::space space) {
  self->state.disk = std::move(disk);
  self->state.epoch = epoch;
  self->state.space = space;
  return {
    [self](append& x) { self->state.add(x); },
    [self](const fence& x) {
      self->state.refuse_from_now_on(x.writer);
      if (auto asker = caf::actor_cast<shard_actor>(self->current_sender()))
        self->send(asker, fenced{x.writer});
    },
    [self](caf::unit_t) { self->state.flush(); },
  };
}

} // namespace parley
