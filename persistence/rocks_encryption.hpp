#pragma once

#include <memory>

namespace rocksdb {
class Env;
} // namespace rocksdb

namespace parley {

class disk_cipher;

/// RocksDB's encrypted environment with our cipher, over the default one. Every file
/// that RocksDB makes in it is encrypted, but for its own log and the empty LOCK. Must
/// outlive the database.
std::unique_ptr<rocksdb::Env> encrypted_env(std::shared_ptr<const disk_cipher> cipher);

} // namespace parley
