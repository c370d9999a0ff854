#include "persistence/rocks_metrics.hpp"

#include <rocksdb/listener.h>

#include <utility>

namespace parley {

namespace {

class counting_listener final : public rocksdb::EventListener {
public:
  explicit counting_listener(std::shared_ptr<rocks_counters> counters)
      : counters_(std::move(counters)) {
    // nop
  }

  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo& info) override {
    ++counters_->flushes;
    counters_->flushed_bytes += info.table_properties.data_size;
    for (auto& large : info.blob_file_addition_infos)
      counters_->flushed_bytes += large.total_blob_bytes;
  }

  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& info) override {
    ++counters_->compactions;
    counters_->compacted_bytes +=
      info.stats.total_output_bytes + info.stats.total_output_bytes_blob;
  }

  void OnStallConditionsChanged(const rocksdb::WriteStallInfo& info) override {
    if (info.condition.cur != rocksdb::WriteStallCondition::kNormal)
      ++counters_->stalls;
  }

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) override {
    ++counters_->errors;
  }

private:
  std::shared_ptr<rocks_counters> counters_;
};

} // namespace

std::shared_ptr<rocksdb::EventListener> count_into(std::shared_ptr<rocks_counters> counters) {
  return std::make_shared<counting_listener>(std::move(counters));
}

} // namespace parley
