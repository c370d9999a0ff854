#pragma once

#include "persistence/store.hpp"

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>

namespace parley {

/// The twin of rocks_store that lives in memory, for tests and the simulator.
/// It honours the same contract and can be told to fail in the ways a disk
/// does. Any thread may call anything; a test turns the knobs while a journal
/// writes.
///
///   writes go well --fill()--> refused, unchanged --drain()--> go well
///                  --tear()--> the next write fails; poisoned --crash()--> go well
class memory_store final : public store {
public:
  /// What a crash leaves of a write that was under way.
  enum class torn {
    lost,    ///< Nothing: it had not reached the disk.
    applied, ///< All of it: only the answer was missing.
  };

  using store::write;
  status write(std::span<const effect> batch, space from) override;
  status write_behind(std::span<const effect> batch) override;
  status get(const key& at, const visitor& visit) const override;
  status get_durable(const key& at, const visitor& visit) const override;
  status scan(const key_range& range, const visitor& visit) const override;
  status last(const key_range& range, const visitor& visit) const override;
  bool has_room() const override;
  void flush(shard_id shard) const override;
  std::unique_ptr<const row_view> snapshot() const override;

  /// From now on writes that may not take the reserve change nothing and
  /// answer `storage_full`.
  void fill();

  /// There is room again.
  void drain();

  /// The next write answers `storage_failed`, and so does every later one
  /// until crash(). Readers do not see it before, and afterwards only if
  /// `outcome` says so.
  void tear(torn outcome);

  /// The row at `at` cannot be read from now on.
  void spoil(const key& at);

  /// Power loss and restart: what was acknowledged is there, a torn write is
  /// what tear() said, what was written behind is as the last flush left it, and
  /// writes go well again.
  void crash();

  /// What compactions do to a store on disk (reclaiming.hpp).
  void compact();

  /// Another store with the same rows, all of them durable, and no faults.
  std::unique_ptr<memory_store> clone() const;

  /// Rows, and durable writes that were answered with success.
  size_t rows() const;
  size_t writes() const;

private:
  using table = std::map<key, frame>;

  void apply(const effect& change, bool behind);
  void set(const key& at, frame value, bool behind);

  mutable std::shared_mutex mutex_;
  table rows_;
  mutable table unflushed_; ///< What a crash makes of rows; empty: they are gone.
  size_t writes_ = 0;
  bool full_ = false;
  bool poisoned_ = false;
  std::optional<torn> tear_;
  std::optional<key> spoilt_;
  std::vector<effect> unknown_; ///< The torn write, if it is to be applied.
};

} // namespace parley
