#pragma once

#include "actors/contracts.hpp"
#include "persistence/store.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace parley {

/// Writes everything, together and in order. One batch is on its way to disk
/// while the next comes together in the mailbox: that is the group commit
/// (leveldb's DBImpl::Write, with a mailbox for its queue).
///
///   append, append, append -> batch -> one write, one sync -> committed
///
/// What is written behind needs no sync: readers get it before the sync of its
/// batch.
///
/// Lifecycle: detached, one per node, dies last. When a write fails with
/// `storage_failed` the store is poisoned and every later append is refused;
/// the node reads, and serves errors to who wants to write, until it is
/// restarted, for an fsync is never retried. `storage_full` refuses the batch's
/// writers and recovers by itself. Cursors are not worth a refusal: they are dropped.
struct journal_state {
  static constexpr const char* name = "journal";

  explicit journal_state(journal_actor::pointer self) : self(self) {
    // nop
  }

  void add(append& x);
  void refuse_from_now_on(writer_id writer);
  void flush();

  journal_actor::pointer self;
  std::shared_ptr<store> disk;
  uint64_t epoch = 0;
  store::space space = store::space::free;

private:
  struct writer_progress {
    writer_actor who;
    uint64_t upto = 0;
    bool droppable = true;
  };

  void answer(ec code);
  bool idle() const noexcept;

  std::vector<effect> batch_;
  std::vector<effect> behind_;
  size_t batch_bytes_ = 0;
  std::unordered_map<writer_id, writer_progress> writers_;
  std::unordered_set<writer_id> refused_;
};

/// Spawned detached by the composition root. Appends of an epoch other than
/// this are refused. In a cluster the journal may take the reserve of the disk,
/// for a replica cannot take back what it has promised.
journal_actor::behavior_type journal(journal_actor::stateful_pointer<journal_state> self,
                                     std::shared_ptr<store> disk, uint64_t epoch,
                                     store::space space);

} // namespace parley
