#pragma once

#include <string>

namespace rocksdb {
class Status;
struct DBOptions;
} // namespace rocksdb

namespace parley {

/// Looks at every record of the logs and of the manifest below `path` before RocksDB
/// does, which takes some damage for the end of a file and forgets what lies behind.
///
/// A write is one record, and synced before the next one. So what is no record at the
/// end is one that a crash tore, or the last one, damaged: nobody can tell. If a whole
/// record lies behind it, it is damage, and the error names file and place. Changes
/// nothing; reads what RocksDB is about to read.
rocksdb::Status check_records(const rocksdb::DBOptions& how, const std::string& path);

} // namespace parley
