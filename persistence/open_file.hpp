#pragma once

#include "persistence/disk_cipher.hpp"
#include "schema/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace parley {

/// A file by its descriptor, closed with the object. What fails says so with the
/// file's name; a full disk is told from a broken one.
///
/// With a cipher, which must outlive it, its bytes are encrypted behind a header,
/// which offsets and sizes do not count. A file that has none gets one when it is
/// opened to be written (O_RDWR); what there was, and what is read without, is noise.
class open_file {
public:
  open_file() = default;
  open_file(const std::filesystem::path& path, int flags, const disk_cipher* cipher = nullptr);
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
  bool take_header(bool may_write);
  status read_as_it_is(uint64_t position, uint64_t limit, std::string& out) const;
  status write_as_it_is(uint64_t position, std::string_view bytes) const;

  std::filesystem::path path_;
  int fd_ = -1;
  const disk_cipher* cipher_ = nullptr;
  disk_cipher::nonce nonce_{};
  uint64_t begin_ = 0; ///< Where its bytes begin.
};

/// Makes new names in a directory survive power loss.
status sync_directory(const std::filesystem::path& dir);

} // namespace parley
