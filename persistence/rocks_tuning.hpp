#pragma once

#include "persistence/rocks_store.hpp"

#include <string>
#include <unordered_map>

// How RocksDB is set up, apart from what it is used for.

namespace rocksdb {
struct ColumnFamilyOptions;
struct DBOptions;
struct WriteOptions;
} // namespace rocksdb

namespace parley {

/// For the database as a whole.
rocksdb::DBOptions tune_database(const rocks_options& options);

/// For each of the `families` that hold rows. They share one block cache, so this
/// is called once.
rocksdb::ColumnFamilyOptions tune_rows(const rocks_options& options, size_t families);

/// What changes in them when what is left in the oldest files of large rows shall be moved, so
/// that these can go.
std::unordered_map<std::string, std::string> move_large_rows(bool yes);

/// Every write is synced in itself: a write followed by a sync of the log
/// would show readers what is not durable.
rocksdb::WriteOptions tune_write();

/// No log: what is written behind is in one already.
rocksdb::WriteOptions tune_write_behind();

/// Spares the calling thread RocksDB's counters, some 6% of a write. Cheap
/// enough to call before each one.
void tune_thread();

} // namespace parley
