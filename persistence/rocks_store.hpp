#pragma once

#include "persistence/store.hpp"
#include "schema/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace parley {

class disk_cipher;

/// What an operator or a test may choose. docs/decisions/0001 has the
/// measurements behind the defaults.
struct rocks_options {
  /// Column families that a new store cuts the shards into, 1 to 64. A store
  /// keeps the number it was made with.
  size_t families = 1;

  /// Bytes of recently read blocks, with their indexes and filters.
  size_t cache_bytes = 64 << 20;

  /// Bytes of rows in memory that wait to be sorted into files, over all
  /// families; and as many of Raft's log. More means less work for compactions
  /// and longer restarts.
  size_t memtable_bytes = 64 << 20;

  /// Bytes of logs beyond which the oldest rows in memory are flushed: what a
  /// restart after a crash reads at most.
  uint64_t log_bytes = 256 << 20;

  /// Files that RocksDB keeps open; of some 64 MiB each.
  int open_files = 512;

  /// Free bytes below which writes are refused; see disk_space.hpp.
  uint64_t reserve_bytes = limits::disk_reserve_bytes;

  /// Encrypts everything; nothing is if there is none. A store keeps to what it was
  /// made with.
  std::shared_ptr<const disk_cipher> cipher;
};

/// Opens the store in `dir`, which is made if it does not exist, and locks it.
///
/// On an error `out` stays empty and the text is one line for the operator:
/// another node uses the directory, it holds something else, it cannot be
/// written, the disk is full (`storage_full`), another program version wrote
/// it, or it is damaged. Blocks for as long as the replay of the log takes.
status open_rocks_store(const std::filesystem::path& dir, const rocks_options& options,
                        std::unique_ptr<store>& out);

/// Merges all files now, so that what was let go is gone from disk. Blocks for as long
/// as it takes; from any thread. Nothing to do for a store that is none of RocksDB.
status compact(const store& rows);

} // namespace parley
