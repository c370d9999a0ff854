#pragma once

#include "schema/error.hpp"

#include <filesystem>
#include <string>

namespace parley {

/// Where RocksDB lives below a node's data directory.
std::filesystem::path rocksdb_directory(const std::filesystem::path& dir);

/// Makes `dir` ready to hold a store: creates it if need be, durably, and
/// refuses one that cannot be written or that holds something else. An error's
/// text is one line for the operator. docs/disk.md has the layout.
status prepare_data_directory(const std::filesystem::path& dir);

/// For the operator, in one line: what is damaged in `dir`, and what to do.
status damaged_directory(const std::filesystem::path& dir, const std::string& what);

} // namespace parley
