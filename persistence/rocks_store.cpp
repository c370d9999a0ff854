#include "persistence/rocks_store.hpp"

#include "persistence/data_directory.hpp"
#include "persistence/disk_space.hpp"
#include "persistence/rocks_encryption.hpp"
#include "persistence/rocks_log.hpp"
#include "persistence/rocks_metrics.hpp"
#include "persistence/rocks_opening.hpp"
#include "persistence/rocks_reclaiming.hpp"
#include "persistence/rocks_records.hpp"
#include "persistence/rocks_tuning.hpp"
#include "schema/record.hpp"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>
#include <vector>

namespace parley {

namespace {

using rocksdb::Slice;

Slice slice(std::string_view x) {
  return {x.data(), x.size()};
}

std::string_view view(const Slice& x) {
  return {x.data(), x.size()};
}

bool names_a_file(const rocksdb::Status& why) {
  auto text = why.ToString();
  return text.find(".sst") != text.npos || text.find(".blob") != text.npos
         || text.find("MANIFEST") != text.npos;
}

/// Shows values at aligned addresses; RocksDB keeps them at any.
class presenter {
public:
  explicit presenter(const store::visitor& visit) : visit_(visit) {
    // nop
  }

  bool operator()(std::string_view key, std::string_view value) {
    if (reinterpret_cast<uintptr_t>(value.data()) % frame::word == 0)
      return visit_(key, value);
    words_.resize(std::max(words_.size(), value.size() / frame::word + 1));
    std::memcpy(words_.data(), value.data(), value.size());
    return visit_(key, {reinterpret_cast<const char*>(words_.data()), value.size()});
  }

private:
  const store::visitor& visit_;
  std::vector<uint64_t> words_;
};

// -- ranges ---------------------------------------------------------------------

key owner_of(const key& x) {
  return key::from(x.bytes().substr(0, owner_bytes));
}

/// Whether every key in `range` has the same owner, so that filters help.
bool within_owner(const key_range& range) {
  return range.from.bytes().size() >= owner_bytes
         && range.to <= keys::with_prefix(owner_of(range.from)).to;
}

/// A key that none in `range` is greater than; of the same owner if they all
/// have one, for a filter is asked about the key that is looked for.
key last_in(const key_range& range) {
  auto last = owner_of(range.from);
  if (!within_owner(range) || owner_of(range.to) == last)
    return range.to;
  while (last.bytes().size() < key::capacity)
    last.byte(0xff);
  return last;
}

// -- the store --------------------------------------------------------------------

class rocks_store final : public store {
public:
  rocks_store(const std::filesystem::path& dir, const rocks_options& options)
      : dir_(dir.string()), space_(dir, options.reserve_bytes), write_options_(tune_write()),
        behind_options_(tune_write_behind()) {
    if (options.cipher)
      encrypted_ = encrypted_env(options.cipher);
  }

  ~rocks_store() override {
    if (!db_)
      return;
    reclaiming_.end();
    rocksdb::CancelAllBackgroundWork(db_.get(), true); // Which may read by these handles.
    for (auto handle : handles_)
      db_->DestroyColumnFamilyHandle(handle);
    db_->Close();
  }

  rocksdb::Env& env() const {
    return encrypted_ ? *encrypted_ : *rocksdb::Env::Default();
  }

  /// Whether the records of what is there are whole, before it is opened.
  rocksdb::Status check(const std::string& path, const rocks_options& options) const {
    auto database = tune_database(options);
    database.env = &env();
    database.info_log = no_rocks_log();
    return check_records(database, path);
  }

  /// Opens the default family and those of the shards.
  rocksdb::Status open(const std::string& path, const rocks_options& options,
                       const std::vector<std::string>& names) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    auto rows = tune_rows(options, names.size() - 1);
    rows.compaction_filter_factory = reclaiming_.factory();
    families.reserve(names.size());
    for (auto& name : names)
      families.emplace_back(name, rows);
    families[0].options.prefix_extractor.reset(); // Its keys have no owner.
    families[0].options.compaction_filter_factory.reset();
    // Flushed later than the rows, Raft's log is mostly cut by then.
    families[0].options.write_buffer_size = options.memtable_bytes;
    auto database = tune_database(options);
    database.env = &env();
    database.info_log = encrypted_ ? no_rocks_log() : open_rocks_log(path + ".log");
    database.listeners = {count_into(counters_), reclaiming_.listener()};
    rocksdb::DB* db = nullptr;
    auto result = rocksdb::DB::Open(database, path, families, &handles_, &db);
    db_.reset(db);
    if (db_)
      reclaiming_.begin(*db_, std::span{handles_}.subspan(1));
    return result;
  }

  /// Checks that this program may use what was opened; marks a new store, with a
  /// format that earlier builds can use too.
  status check_format() {
    std::optional<std::string> version;
    if (auto read = read_row(*this, keys::format(), version); !read.ok())
      return read;
    if (version) {
      auto counter = record::decode<record::counter>(*version);
      if (!counter)
        return damaged_directory(dir_, "no format version");
      if (counter->value == 0 || counter->value > record::format_version)
        return {ec::storage_failed, "data directory " + dir_ + " has format "
                                      + std::to_string(counter->value) + "; this program knows "
                                      + std::to_string(record::format_version)};
      return {};
    }
    if (!is_empty())
      return {ec::storage_failed, "data directory " + dir_ + " holds no Parley store"};
    effect mark;
    mark.put(keys::format(), record::encode(record::counter{record::format_without_bursts}));
    return commit({&mark, 1}, write_options_);
  }

  /// Stores of earlier builds have these rows in the default family.
  status move_what_tells_of_rows() {
    rocksdb::WriteBatch moved;
    for (uint8_t shard = 0; shard < shard_count; ++shard)
      for (auto& at : {keys::applied({shard}), keys::replacing({shard})}) {
        std::string value;
        auto found = db_->Get({}, handles_[0], slice(at.bytes()), &value);
        if (!found.ok() && !found.IsNotFound())
          return failed(found);
        if (found.ok()) {
          (void)moved.Delete(handles_[0], slice(at.bytes()));
          (void)moved.Put(family_of(at), slice(at.bytes()), value);
        }
      }
    auto done = moved.Count() == 0 ? rocksdb::Status{} : db_->Write(write_options_, &moved);
    return done.ok() ? status{} : failed(done);
  }

  status write(std::span<const effect> batch, space from) override {
    if (!poison_.empty())
      return {ec::storage_failed, poison_};
    uint64_t bytes = 0;
    for (auto& change : batch)
      bytes += change.bytes + change.rows.size() * key::capacity;
    if (!has_room_for(bytes) && from == space::free)
      return {ec::storage_full, "the disk is nearly full"};
    return commit(batch, write_options_);
  }

  status write_behind(std::span<const effect> batch) override {
    return poison_.empty() ? commit(batch, behind_options_) : status{ec::storage_failed, poison_};
  }

  status get(const key& at, const visitor& visit) const override {
    return get(nullptr, at, visit);
  }

  status scan(const key_range& range, const visitor& visit) const override {
    return scan(nullptr, range, visit);
  }

  status last(const key_range& range, const visitor& visit) const override {
    return last(nullptr, range, visit);
  }

  status get_durable(const key& at, const visitor& visit) const override {
    rocksdb::ReadOptions options;
    options.read_tier = rocksdb::kPersistedTier;
    return get(options, at, visit);
  }

  bool has_room() const override {
    return has_room_for(0);
  }

  void flush(shard_id shard) const override {
    rocksdb::FlushOptions options;
    options.wait = false;
    options.allow_write_stall = true; // Or this would wait.
    (void)db_->Flush(options, family_of(keys::everything(shard).from));
  }

  std::unique_ptr<const row_view> snapshot() const override;

  // As of a moment; now, if there is none.

  status get(const rocksdb::Snapshot* moment, const key& at, const visitor& visit) const {
    rocksdb::ReadOptions options;
    options.snapshot = moment;
    return get(options, at, visit);
  }

  status get(const rocksdb::ReadOptions& options, const key& at, const visitor& visit) const {
    rocksdb::PinnableSlice value;
    auto result = db_->Get(options, family_of(at), slice(at.bytes()), &value);
    if (result.ok())
      presenter{visit}(at.bytes(), view(value));
    return result.ok() || result.IsNotFound() ? status{} : failed(result);
  }

  status scan(const rocksdb::Snapshot* moment, const key_range& range, const visitor& visit) const {
    auto end = slice(range.to.bytes());
    auto i = iterate(moment, range, &end);
    presenter show{visit};
    for (i->Seek(slice(range.from.bytes())); i->Valid(); i->Next())
      if (!show(view(i->key()), view(i->value())))
        break;
    return i->status().ok() ? status{} : failed(i->status());
  }

  status last(const rocksdb::Snapshot* moment, const key_range& range, const visitor& visit) const {
    auto i = iterate(moment, range, nullptr);
    i->SeekForPrev(slice(last_in(range).bytes()));
    if (i->Valid() && view(i->key()) == range.to.bytes())
      i->Prev();
    if (i->Valid() && view(i->key()) >= range.from.bytes())
      presenter{visit}(view(i->key()), view(i->value()));
    return i->status().ok() ? status{} : failed(i->status());
  }

  rocks_metrics metrics() const {
    auto sum = [this](const std::string& property) {
      uint64_t value = 0;
      db_->GetAggregatedIntProperty(property, &value);
      return value;
    };
    uint64_t cached = 0; // One cache for all: not a sum.
    db_->GetIntProperty(rocksdb::DB::Properties::kBlockCacheUsage, &cached);
    return {counters_->flushes,
            counters_->flushed_bytes,
            counters_->compactions,
            counters_->compacted_bytes,
            counters_->stalls,
            counters_->errors,
            sum(rocksdb::DB::Properties::kCurSizeAllMemTables),
            cached,
            sum(rocksdb::DB::Properties::kTotalSstFilesSize)
              + sum(rocksdb::DB::Properties::kTotalBlobFileSize),
            space_.ask()};
  }

  status compact() const {
    rocksdb::CompactRangeOptions everything;
    everything.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
    everything.blob_garbage_collection_age_cutoff = 1;
    for (auto family : handles_)
      if (auto done = db_->CompactRange(everything, family, nullptr, nullptr); !done.ok())
        return failed(done);
    return {};
  }

private:
  /// Damage comes with the name of the file, and what to do.
  status failed(const rocksdb::Status& why) const {
    if (why.IsCorruption())
      return explain_failure(dir_, names_a_file(why) ? why : damage_that_is_there(why));
    return why.IsPathNotFound() ? explain_failure(dir_, why)
                                : status{ec::storage_failed, why.ToString()};
  }

  /// Of large rows RocksDB says what is wrong and not where, so all files are looked
  /// through, once.
  rocksdb::Status damage_that_is_there(const rocksdb::Status& why) const {
    std::lock_guard lock{damage_mutex_};
    if (damage_.ok())
      damage_ = db_->VerifyFileChecksums({});
    return damage_.ok() ? why : damage_;
  }

  /// What must be flushed together is in one family: the rows of a shard, and
  /// what says how new they are. Raft's log is not with them.
  rocksdb::ColumnFamilyHandle* family_of(const key& at) const {
    auto shard =
      keys::tells_of_rows(at) ? keys::shard_of(at).value : static_cast<uint8_t>(at.bytes()[0]);
    auto count = handles_.size() - 1;
    return handles_[shard < shard_count ? 1 + shard * count / shard_count : 0];
  }

  std::unique_ptr<rocksdb::Iterator> iterate(const rocksdb::Snapshot* moment,
                                             const key_range& range, const Slice* end) const {
    rocksdb::ReadOptions options;
    options.snapshot = moment;
    options.iterate_upper_bound = end;
    options.prefix_same_as_start = within_owner(range);
    options.total_order_seek = !options.prefix_same_as_start;
    return std::unique_ptr<rocksdb::Iterator>{db_->NewIterator(options, family_of(range.from))};
  }

  bool has_room_for(uint64_t bytes) const {
    std::lock_guard lock{space_mutex_};
    return space_.allows(bytes);
  }

  bool is_empty() const {
    return std::all_of(handles_.begin(), handles_.end(), [this](auto handle) {
      std::unique_ptr<rocksdb::Iterator> i{db_->NewIterator({}, handle)};
      i->SeekToFirst();
      return !i->Valid() && i->status().ok();
    });
  }

  status commit(std::span<const effect> batch, const rocksdb::WriteOptions& how) {
    tune_thread();
    batch_.Clear();
    rocksdb::Status result;
    for (auto& change : batch) {
      for (auto& range : change.cleared) {
        result = batch_.DeleteRange(family_of(range.from), slice(range.from.bytes()),
                                    slice(range.to.bytes()));
        if (!result.ok())
          return failed(result);
      }
      for (auto& [at, value] : change.rows) {
        auto name = slice(at.bytes());
        result = value.empty() ? batch_.Delete(family_of(at), name)
                               : batch_.Put(family_of(at), name, slice(value.bytes()));
        if (!result.ok())
          return failed(result);
      }
    }
    result = db_->Write(how, &batch_);
    if (result.ok())
      return {};
    poison_ = failed(result).text;
    return {ec::storage_failed, poison_};
  }

  std::string dir_;
  reclaiming reclaiming_;
  std::shared_ptr<rocks_counters> counters_ = std::make_shared<rocks_counters>();
  std::unique_ptr<rocksdb::Env> encrypted_; ///< Unless everything is plain.
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_; ///< Default, then rows.
  mutable std::mutex space_mutex_;
  mutable disk_space space_;
  rocksdb::WriteOptions write_options_;
  rocksdb::WriteOptions behind_options_;
  rocksdb::WriteBatch batch_; ///< Keeps its memory from write to write.
  std::string poison_;        ///< Why every later write fails.
  mutable std::mutex damage_mutex_;
  mutable rocksdb::Status damage_; ///< The first that was found in a file.
};

/// What rocks_store was at one moment.
class rocks_snapshot final : public row_view {
public:
  rocks_snapshot(const rocks_store& rows, rocksdb::DB& db)
      : rows_(rows), db_(db), moment_(db.GetSnapshot()) {
    // nop
  }

  ~rocks_snapshot() override {
    db_.ReleaseSnapshot(moment_);
  }

  status get(const key& at, const visitor& visit) const override {
    return rows_.get(moment_, at, visit);
  }

  status scan(const key_range& range, const visitor& visit) const override {
    return rows_.scan(moment_, range, visit);
  }

  status last(const key_range& range, const visitor& visit) const override {
    return rows_.last(moment_, range, visit);
  }

private:
  const rocks_store& rows_;
  rocksdb::DB& db_;
  const rocksdb::Snapshot* moment_;
};

std::unique_ptr<const row_view> rocks_store::snapshot() const {
  return std::make_unique<rocks_snapshot>(*this, *db_);
}

} // namespace

rocks_metrics metrics_of(const store& rows) {
  auto known = dynamic_cast<const rocks_store*>(&rows);
  return known ? known->metrics() : rocks_metrics{};
}

status compact(const store& rows) {
  auto known = dynamic_cast<const rocks_store*>(&rows);
  return known ? known->compact() : status{};
}

status open_rocks_store(const std::filesystem::path& dir, const rocks_options& options,
                        std::unique_ptr<store>& out) {
  if (auto ready = prepare_data_directory(dir); !ready.ok())
    return ready;
  auto path = rocksdb_directory(dir).string();
  auto result = std::make_unique<rocks_store>(dir, options);
  if (std::filesystem::exists(path + "/CURRENT"))
    if (auto whole = result->check(path, options); !whole.ok())
      return explain_failure(dir.string(), whole);
  std::vector<std::string> names;
  if (auto known = find_families(dir.string(), path, options.families, result->env(), names);
      !known.ok())
    return known;
  if (auto opened = result->open(path, options, names); !opened.ok())
    return explain_failure(dir.string(), opened);
  if (auto fits = result->check_format(); !fits.ok())
    return fits;
  if (auto moved = result->move_what_tells_of_rows(); !moved.ok())
    return moved;
  out = std::move(result);
  return {};
}

} // namespace parley
