#pragma once

#include "schema/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace parley {

/// A file by its descriptor, closed with the object. What fails says so with the
/// file's name; a full disk is told from a broken one.
class open_file {
public:
  open_file() = default;
  open_file(const std::filesystem::path& path, int flags);
  ~open_file();

  open_file(open_file&& x) noexcept;
  open_file& operator=(open_file&& x) noexcept;

  explicit operator bool() const noexcept {
    return fd_ >= 0;
  }

  uint64_t size() const;

  /// Reads up to `limit` bytes: fewer only at the end.
  status read(uint64_t offset, uint64_t limit, std::string& out) const;

  status write(uint64_t offset, std::string_view bytes) const;
  status cut(uint64_t size) const;
  status sync() const;

  /// Begins to bring a part to the disk, so that the sync at the end is short.
  void sync_soon(uint64_t offset, uint64_t bytes) const;

  /// What went wrong last, with this file.
  status failure(std::string_view what) const;

private:
  std::filesystem::path path_;
  int fd_ = -1;
};

/// Makes new names in a directory survive power loss.
status sync_directory(const std::filesystem::path& dir);

} // namespace parley
