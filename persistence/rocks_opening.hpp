#pragma once

#include "schema/error.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace rocksdb {
class Env;
class Status;
} // namespace rocksdb

// What a data directory holds before RocksDB is opened in it. `dir` is the
// data directory, for the operator; `path` is RocksDB's below it.

namespace parley {

/// Names the families to open, the default one first: those that are there, or
/// `wanted` ones for a new store. Changes nothing, and refuses a database that
/// is somebody else's.
status find_families(const std::string& dir, const std::string& path, size_t wanted,
                     rocksdb::Env& env, std::vector<std::string>& names);

/// Why opening or reading failed, in one line for the operator.
status explain_failure(const std::string& dir, const rocksdb::Status& why);

} // namespace parley
