#pragma once

#include <memory>
#include <span>

namespace rocksdb {
class ColumnFamilyHandle;
class CompactionFilterFactory;
class DB;
} // namespace rocksdb

namespace parley {

/// Lets RocksDB's compactions drop what rooms have let go (reclaiming.hpp): nothing is
/// read or written for it besides what is compacted anyway, and the rows by which
/// conversations say how far they let go. Rows that nothing compacts are compacted by
/// RocksDB about once in thirty days.
class reclaiming {
public:
  reclaiming();

  /// For the options of families of rows.
  std::shared_ptr<rocksdb::CompactionFilterFactory> factory() const;

  /// Once they are open, and before they are closed: until then, and from then on, nothing
  /// is dropped.
  void begin(rocksdb::DB& db, std::span<rocksdb::ColumnFamilyHandle* const> families);
  void end();

private:
  class filters;
  std::shared_ptr<filters> filters_;
};

} // namespace parley
