#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace parley {

/// Watches how much room a file system has, so that writes can be refused
/// while they still fail cleanly: RocksDB cannot tell a write that met a full
/// disk from one that met a broken one, and flushes and compactions need room
/// of their own. One thread, but for `ask`.
class disk_space {
public:
  /// Keeps `reserve` bytes of the file system of `path` free; 0 never refuses.
  disk_space(std::filesystem::path path, uint64_t reserve);

  /// Whether `bytes` more may be written. Asks the file system at most every
  /// 100 ms or 8 MiB, whichever comes first; others may fill it in between,
  /// which is what the reserve is for.
  bool allows(uint64_t bytes);

  /// Asks the file system how many bytes are free; very many if it does not
  /// say. Any thread; may block.
  uint64_t ask() const;

private:
  using clock = std::chrono::steady_clock;

  std::filesystem::path path_;
  uint64_t reserve_;
  uint64_t free_ = 0;
  uint64_t written_ = 0; ///< Since the file system was asked.
  clock::time_point asked_;
};

} // namespace parley
