#include "persistence/rocks_reclaiming.hpp"

#include "persistence/reclaiming.hpp"
#include "persistence/rocks_tuning.hpp"
#include "schema/keys.hpp"
#include "schema/record.hpp"

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace parley {

namespace {

std::string_view view(const rocksdb::Slice& x) {
  return {x.data(), x.size()};
}

/// Looks at rows in the order of their keys, one conversation after the other; one for
/// each compaction.
class filter final : public rocksdb::CompactionFilter {
public:
  filter(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family) : db_(db), family_(family) {
    // nop
  }

  const char* Name() const override {
    return "parley.reclaiming";
  }

  /// Of rows that stand in files of their own: most stay without being read.
  Decision FilterBlobByKey(int, const rocksdb::Slice& key, std::string*,
                           std::string*) const override {
    return may_go(view(key)) ? Decision::kUndetermined : Decision::kKeep;
  }

  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
              bool*) const override {
    return may_go(view(key)) && is_reclaimable(view(key), aligned(value), reclaimed_);
  }

private:
  /// Whether it is of something that its conversation let go, in part at least.
  bool may_go(std::string_view key) const {
    auto at = keys::place_of(key);
    if (!at)
      return false;
    if (at->conversation != known_)
      look_up(at->conversation);
    return at->seq < reclaimed_;
  }

  void look_up(conversation_id x) const {
    known_ = x;
    reclaimed_ = 0;
    auto at = keys::reclaimed(x).bytes();
    rocksdb::PinnableSlice found;
    if (!db_.Get({}, &family_, {at.data(), at.size()}, &found).ok())
      return;
    if (auto counter = record::decode<record::counter>(aligned(found)))
      reclaimed_ = counter->value;
  }

  std::string_view aligned(const rocksdb::Slice& x) const {
    copy_ = frame{view(x)};
    return copy_.bytes();
  }

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& family_;
  mutable conversation_id known_;
  mutable seq_t reclaimed_ = 0;
  mutable frame copy_;
};

/// The families of rows while they are open, for threads of RocksDB.
class open_rows {
public:
  void use(rocksdb::DB* db, std::vector<rocksdb::ColumnFamilyHandle*> families) {
    std::lock_guard lock{mutex_};
    db_ = db;
    families_ = std::move(families);
  }

protected:
  ~open_rows() = default;

  std::mutex mutex_;
  rocksdb::DB* db_ = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

} // namespace

class reclaiming::filters final : public rocksdb::CompactionFilterFactory, public open_rows {
public:
  const char* Name() const override {
    return "parley.reclaiming";
  }

  std::unique_ptr<rocksdb::CompactionFilter>
  CreateCompactionFilter(const rocksdb::CompactionFilter::Context& of) override {
    std::lock_guard lock{mutex_};
    for (auto family : families_)
      if (family->GetID() == of.column_family_id)
        return std::make_unique<filter>(*db_, *family);
    return nullptr;
  }
};

/// Looks at how much of the files of large rows is holes whenever that may have changed.
class reclaiming::holes final : public rocksdb::EventListener, public open_rows {
public:
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override {
    look();
  }

  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override {
    look();
  }

private:
  void look() {
    std::lock_guard lock{mutex_};
    if (db_ == nullptr)
      return;
    uint64_t all = 0;
    uint64_t holes = 0;
    db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kLiveBlobFileSize, &all);
    db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kLiveBlobFileGarbageSize, &holes);
    if (auto moves = holes > all / (moves_ ? 8 : 4); std::exchange(moves_, moves) != moves)
      for (auto family : families_)
        (void)db_->SetOptions(family, move_large_rows(moves));
  }

  bool moves_ = false;
};

reclaiming::reclaiming()
    : filters_(std::make_shared<filters>()), holes_(std::make_shared<holes>()) {
  // nop
}

std::shared_ptr<rocksdb::CompactionFilterFactory> reclaiming::factory() const {
  return filters_;
}

std::shared_ptr<rocksdb::EventListener> reclaiming::listener() const {
  return holes_;
}

void reclaiming::begin(rocksdb::DB& db, std::span<rocksdb::ColumnFamilyHandle* const> families) {
  filters_->use(&db, {families.begin(), families.end()});
  holes_->use(&db, {families.begin(), families.end()});
}

void reclaiming::end() {
  filters_->use(nullptr, {});
  holes_->use(nullptr, {});
}

} // namespace parley
