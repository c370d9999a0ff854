#include "persistence/rocks_tuning.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>

namespace parley {

namespace {

/// The owners of messages only. Each hint costs some 300 bytes of memory, so
/// they are kept where they help most.
class message_owner final : public rocksdb::SliceTransform {
public:
  const char* Name() const override {
    return "parley.message-owner";
  }

  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), owner_bytes};
  }

  bool InDomain(const rocksdb::Slice& key) const override {
    return key.size() > owner_bytes && key[1] == 't';
  }
};

} // namespace

rocksdb::DBOptions tune_database(const rocks_options& options) {
  rocksdb::DBOptions x;
  x.create_if_missing = true;
  x.create_missing_column_families = true;

  // The log: what is torn at its end was never acknowledged, whichever pages of it are
  // there. That it is the end is known by then (rocks_records.hpp).
  x.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  x.track_and_verify_wals_in_manifest = true;
  x.max_total_wal_size = options.log_bytes;
  x.recycle_log_file_num = 0; // What an encrypted file had held would be noise at its end.

  // One writer, so there is nobody to share a memtable or a pipeline with.
  x.allow_concurrent_memtable_write = false;
  x.enable_write_thread_adaptive_yield = false;

  // Background work must not delay syncs: little at once, deleted late and
  // written out steadily.
  x.max_background_jobs = 2;
  x.avoid_unnecessary_blocking_io = true;
  x.bytes_per_sync = 1 << 20;
  x.env->LowerThreadPoolCPUPriority(rocksdb::Env::Priority::LOW, rocksdb::CpuPriority::kLow);

  // Of every file that was written, so that it can be told which one is damaged.
  x.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();

  x.max_open_files = options.open_files;
  x.stats_dump_period_sec = 0;
  x.stats_persist_period_sec = 0;
  return x;
}

rocksdb::ColumnFamilyOptions tune_rows(const rocks_options& options, size_t families) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.cache_bytes);
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = false; // Owners are few, rows are many.
  table.block_size = 16 << 10;
  table.format_version = 5;

  // Indexes and filters in small parts, so that the cache can hold those that
  // are in use and drop the others.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.metadata_block_size = 4 << 10;

  rocksdb::ColumnFamilyOptions x;
  x.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  x.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(owner_bytes));

  // A conversation's messages come in order: start where the last one went.
  x.memtable_insert_with_hint_prefix_extractor = std::make_shared<message_owner>();

  // Small arenas, so that a family with little in it holds little.
  x.write_buffer_size = options.memtable_bytes / families;
  x.arena_block_size = std::min<size_t>(128 << 10, x.write_buffer_size / 8);
  x.max_write_buffer_number = 4;

  // Records are full of zeroes. ZSTD at the bottom would save some 6% more bytes
  // for some 10% more CPU.
  x.compression = rocksdb::kLZ4Compression;

  // What was flushed is soon merged, and packed then; until then it is few files.
  x.compression_per_level = {rocksdb::kNoCompression, rocksdb::kLZ4Compression};
  x.level_compaction_dynamic_level_bytes = true;
  x.target_file_size_base = 64 << 20;
  x.max_bytes_for_level_base = 256 << 20;

  // Large rows, of which most are of messages, stay where they were flushed to, and
  // compactions move their keys alone (docs/decisions/0027).
  x.enable_blob_files = true;
  x.min_blob_size = 1 << 10;
  x.blob_compression_type = rocksdb::kLZ4Compression;
  x.enable_blob_garbage_collection = true;
  x.blob_garbage_collection_age_cutoff = 0; // Until there is some.
  x.blob_garbage_collection_force_threshold = 0.5;
  return x;
}

std::unordered_map<std::string, std::string> move_large_rows(bool yes) {
  return {{"blob_garbage_collection_age_cutoff", yes ? "0.25" : "0"}};
}

rocksdb::WriteOptions tune_write() {
  rocksdb::WriteOptions x;
  x.sync = true;
  return x;
}

rocksdb::WriteOptions tune_write_behind() {
  rocksdb::WriteOptions x;
  x.disableWAL = true;
  return x;
}

void tune_thread() {
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
}

} // namespace parley
