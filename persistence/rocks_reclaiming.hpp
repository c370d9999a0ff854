#pragma once

#include <memory>
#include <span>

namespace rocksdb {
class ColumnFamilyHandle;
class CompactionFilterFactory;
class DB;
class EventListener;
} // namespace rocksdb

namespace parley {

/// Lets RocksDB's compactions drop what rooms have let go (reclaiming.hpp): nothing is
/// read or written for it besides what is compacted anyway, and the rows by which
/// conversations say how far they let go. Rows that nothing compacts are compacted by
/// RocksDB about once in thirty days.
///
/// Large rows leave a hole in their file (docs/decisions/0027). While a quarter of all such
/// files is holes, compactions move what is left in the oldest ones; else nothing is moved.
class reclaiming {
public:
  reclaiming();

  /// For the options of families of rows.
  std::shared_ptr<rocksdb::CompactionFilterFactory> factory() const;

  /// For the options of the database.
  std::shared_ptr<rocksdb::EventListener> listener() const;

  /// Once they are open, and before they are closed: until then, and from then on, nothing
  /// is dropped.
  void begin(rocksdb::DB& db, std::span<rocksdb::ColumnFamilyHandle* const> families);
  void end();

private:
  class filters;
  class holes;
  std::shared_ptr<filters> filters_;
  std::shared_ptr<holes> holes_;
};

} // namespace parley
