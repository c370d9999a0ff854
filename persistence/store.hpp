#pragma once

#include "schema/effect.hpp"
#include "schema/error.hpp"
#include "schema/keys.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parley {

/// Rows in the order of their keys, to read.
class row_view {
public:
  /// Sees one row; returns false to stop. The views die with the call; the
  /// value is aligned to eight, as the decoders want it. Must not call the
  /// store.
  using visitor = std::function<bool(std::string_view key, std::string_view value)>;

  virtual ~row_view() = default;

  /// Shows the row at `at`, if there is one.
  virtual status get(const key& at, const visitor& visit) const = 0;

  /// Shows the rows in `range` in the order of their keys.
  virtual status scan(const key_range& range, const visitor& visit) const = 0;

  /// Shows the last row in `range`, if there is one.
  virtual status last(const key_range& range, const visitor& visit) const = 0;
};

/// An ordered map of rows that survives power loss. One object per node.
///
/// Writes have one caller, the journal; reads come from any thread and see what
/// is written. That is durable, but for rows that were written behind: those are
/// in a log as well, and become durable later, a shard at a time. The engine's
/// store is RocksDB (rocks_store.hpp); its twin for tests lives in memory and can
/// crash (memory_store.hpp).
class store : public row_view {
public:
  /// What a write may take. The reserve is kept free for flushes, compactions
  /// and the few rows without which a node cannot start.
  enum class space { free, reserve };

  /// Makes all effects durable, in order, as one batch: all or nothing.
  /// `storage_full` changed nothing and may be tried again later; after
  /// `storage_failed` the outcome is unknown and every later write fails.
  virtual status write(std::span<const effect> batch, space from) = 0;

  status write(std::span<const effect> batch) {
    return write(batch, space::free);
  }

  /// Shows all effects to readers, in order. A crash takes a shard back to where
  /// its last flush found it, with everything that was written durably since.
  /// For rows of shards, and of one shard not mixed with durable writes to the
  /// same rows.
  virtual status write_behind(std::span<const effect> batch) = 0;

  /// The row at `at` as a crash would leave it, or an older one; if there is one.
  virtual status get_durable(const key& at, const visitor& visit) const = 0;

  /// What is written to `shard` becomes durable soon, and with it whatever shares
  /// its files. Does not wait; a failure shows in later writes. From any thread.
  virtual void flush(shard_id shard) const = 0;

  /// Whether there is room besides the reserve: for who must refuse a write
  /// before it is promised. From any thread.
  virtual bool has_room() const = 0;

  /// The rows as they are now, for as long as the result lives, which must not
  /// be longer than the store.
  virtual std::unique_ptr<const row_view> snapshot() const = 0;
};

/// The value of one row; nothing if it does not exist. One that cannot be read may
/// exist: who takes it for missing forgets a vote or makes a second start the first.
status read_row(const row_view& from, const key& at, std::optional<std::string>& out);

} // namespace parley
