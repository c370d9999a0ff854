#pragma once

#include <filesystem>
#include <memory>

namespace rocksdb {
class Logger;
} // namespace rocksdb

namespace parley {

/// A log for what RocksDB tells of itself: at most 1 MiB in `path`, and as much
/// in `path`.old. Unlike RocksDB's own it takes a full disk calmly: what cannot
/// be written is dropped (Debian's build asserts that a log that failed once is
/// not written again, which would kill the node). Any thread.
std::shared_ptr<rocksdb::Logger> open_rocks_log(const std::filesystem::path& path);

/// Drops everything, for a store that is encrypted: the log names keys of rows.
std::shared_ptr<rocksdb::Logger> no_rocks_log();

} // namespace parley
