#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace rocksdb {
class EventListener;
} // namespace rocksdb

namespace parley {

class store;

/// What RocksDB did in the background since it was opened, and what it holds.
struct rocks_metrics {
  uint64_t flushes = 0; ///< Files written from memory.
  uint64_t flushed_bytes = 0;
  uint64_t compactions = 0;     ///< Merges of files.
  uint64_t compacted_bytes = 0; ///< Bytes that merges wrote.
  uint64_t stalls = 0;          ///< Times that writes were slowed or stopped.
  uint64_t errors = 0;          ///< Background errors.
  uint64_t memtable_bytes = 0;  ///< Rows in memory, with their overhead.
  uint64_t cache_bytes = 0;     ///< Blocks, indexes and filters in memory.
  uint64_t file_bytes = 0;      ///< Sorted files and large rows on disk; logs come on top.
  uint64_t free_bytes = 0;      ///< Room that the file system has.
};

/// The metrics of a store that open_rocks_store made; zeroes for another one.
/// Any thread; takes some microseconds.
rocks_metrics metrics_of(const store& rows);

/// Counts what happens in the background. RocksDB calls it from its threads.
struct rocks_counters {
  std::atomic<uint64_t> flushes = 0;
  std::atomic<uint64_t> flushed_bytes = 0;
  std::atomic<uint64_t> compactions = 0;
  std::atomic<uint64_t> compacted_bytes = 0;
  std::atomic<uint64_t> stalls = 0;
  std::atomic<uint64_t> errors = 0;
};

/// A listener that counts into `counters`.
std::shared_ptr<rocksdb::EventListener> count_into(std::shared_ptr<rocks_counters> counters);

} // namespace parley
