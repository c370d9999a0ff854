#include "actors/core/file_keeper.hpp"

#include "schema/limits.hpp"
#include "schema/record.hpp"

#include <algorithm>
#include <chrono>
#include <string>

// Rows say which files this node should have; the disk, which it has. They are compared
// a 256th at a time: what is missing is fetched, what nobody wants goes after the grace,
// and inboxes are told of files that no message names.
//
// A node that has just started, or gets rows anew, does not know all that is wanted. So
// what is wanted is marked so (want) at least twice in a grace, and nothing is deleted
// that was marked within one, nor before this keeper could mark all for half of one.

namespace parley::core {

namespace {

constexpr unsigned buckets = 256;

/// So that everything is looked at some times within a grace, and a node that does
/// nothing costs nothing.
constexpr std::chrono::microseconds fastest = std::chrono::milliseconds{20};

} // namespace

std::chrono::microseconds file_keeper::pace() const {
  if (hurry_ != 0)
    return fastest;
  return std::clamp<time>(rules_.grace / (4 * buckets), fastest, limits::file_tick);
}

void file_keeper::sweep() {
  std::map<std::string, std::pair<file_ref, shard_id>> wanted;
  uint64_t held = 0;
  auto first = static_cast<uint8_t>(next_bucket_);
  for (size_t i = 0; i < shard_count; ++i) {
    shard_id shard{static_cast<uint8_t>(i)};
    if (!places_.holds(shard))
      continue;
    held |= uint64_t{1} << i;
    auto leads = places_.leader(shard) == places_.self;
    auto read =
      rows_.scan(keys::kept_files(shard, first), [&](std::string_view key, std::string_view value) {
        auto kept = record::decode<record::kept_file>(value);
        if (!kept)
          return true;
        wanted.try_emplace(std::string{kept->file.hash_bytes()}, kept->file, shard);
        if (leads && kept->names == 0 && now_.trusted() >= kept->since + rules_.grace.count())
          out_->inboxes.push_back({keys::user_at_end(key), unneeded_file{kept->file.id()}});
        return true;
      });
    if (!read.ok())
      return; // What cannot be read is no reason to delete.
  }
  file_store::wall_time long_ago{std::chrono::microseconds{now_.trusted()} - rules_.grace};
  auto half_ago = long_ago + rules_.grace / 2;
  std::vector<std::string> unwanted;
  files_.list(first, [&](std::string_view hash, file_store::wall_time since) {
    auto at = wanted.find(std::string{hash});
    if (at != wanted.end() && since < half_ago)
      want(at->second.first);
    if (at != wanted.end())
      wanted.erase(at);
    else if (since < long_ago && now_.steady >= began_at_ + rules_.grace / 2)
      unwanted.emplace_back(hash);
  });
  for (auto& hash : unwanted)
    files_.remove(hash);
  for (auto& [hash, x] : wanted)
    mend(x.first, x.second);
  if (first == 0)
    files_.drop_uploads(long_ago);
  next_bucket_ = (next_bucket_ + 1) % buckets;
  hurry_ -= hurry_ != 0;
  if ((held & ~held_) != 0)
    hurry_ = buckets; // Rows came, and their files perhaps not.
  held_ = held;
}

/// If nobody has it either, it is asked for again at the next round.
void file_keeper::mend(const file_ref& file, shard_id shard) {
  auto mends =
    std::count_if(uploads_.begin(), uploads_.end(), [](const auto& x) { return x.second.mends; });
  upload_key key{{}, file};
  if (static_cast<size_t>(mends) >= limits::files_mended || uploads_.contains(key)
      || places_.others().empty())
    return;
  auto& x = open(key, shard);
  x.mends = true;
  x.others = who_may_have(shard);
  ask_another(key, x);
}

} // namespace parley::core
