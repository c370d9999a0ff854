#include "persistence/open_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace parley {

open_file::open_file(const std::filesystem::path& path, int flags, const disk_cipher* cipher)
    : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)), cipher_(cipher) {
  if (fd_ < 0 || !cipher_)
    return;
  begin_ = disk_cipher::header_bytes;
  if (take_header((flags & O_ACCMODE) == O_RDWR))
    return;
  ::close(fd_);
  fd_ = -1;
}

open_file::~open_file() {
  if (fd_ >= 0)
    ::close(fd_);
}

open_file::open_file(open_file&& x) noexcept
    : path_(std::move(x.path_)), fd_(std::exchange(x.fd_, -1)), cipher_(x.cipher_),
      nonce_(x.nonce_), begin_(x.begin_) {
  // nop
}

open_file& open_file::operator=(open_file&& x) noexcept {
  std::swap(path_, x.path_);
  std::swap(fd_, x.fd_);
  std::swap(cipher_, x.cipher_);
  std::swap(nonce_, x.nonce_);
  std::swap(begin_, x.begin_);
  return *this;
}

bool open_file::take_header(bool may_write) {
  std::string header;
  if (!read_as_it_is(0, disk_cipher::header_used_bytes, header).ok())
    return false;
  auto found = disk_cipher::nonce_in(header);
  if (!found) {
    header = disk_cipher::new_header();
    found = disk_cipher::nonce_in(header);
    if (may_write && !write_as_it_is(0, header).ok())
      return false;
  }
  nonce_ = *found;
  return true;
}

uint64_t open_file::size() const {
  struct stat info {};
  auto whole = ::fstat(fd_, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
  return whole - std::min(whole, begin_);
}

status open_file::read(uint64_t offset, uint64_t limit, std::string& out) const {
  auto done = read_as_it_is(begin_ + offset, limit, out);
  if (!done.ok() || !cipher_ || cipher_->apply(nonce_, begin_ + offset, out))
    return done;
  return {ec::storage_failed, "cannot decrypt " + path_.string()};
}

status open_file::read_as_it_is(uint64_t position, uint64_t limit, std::string& out) const {
  out.resize(limit);
  uint64_t got = 0;
  while (got < limit) {
    auto n = ::pread(fd_, out.data() + got, limit - got, static_cast<off_t>(position + got));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return failure("read");
    if (n == 0)
      break;
    got += static_cast<uint64_t>(n);
  }
  out.resize(got);
  return {};
}

status open_file::write(uint64_t offset, std::string_view bytes) const {
  if (!cipher_)
    return write_as_it_is(offset, bytes);
  std::string encrypted{bytes};
  if (!cipher_->apply(nonce_, begin_ + offset, encrypted))
    return {ec::storage_failed, "cannot encrypt " + path_.string()};
  return write_as_it_is(begin_ + offset, encrypted);
}

status open_file::write_as_it_is(uint64_t position, std::string_view bytes) const {
  while (!bytes.empty()) {
    auto n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return failure("write");
    position += static_cast<uint64_t>(n);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

status open_file::cut(uint64_t size) const {
  return ::ftruncate(fd_, static_cast<off_t>(begin_ + size)) == 0 ? status{} : failure("cut");
}

status open_file::sync() const {
  return ::fsync(fd_) == 0 ? status{} : failure("sync");
}

void open_file::sync_soon(uint64_t offset, uint64_t bytes) const {
  ::sync_file_range(fd_, static_cast<off_t>(begin_ + offset), static_cast<off_t>(bytes),
                    SYNC_FILE_RANGE_WRITE);
}

status open_file::failure(std::string_view what) const {
  auto full = errno == ENOSPC || errno == EDQUOT;
  return {full ? ec::storage_full : ec::storage_failed,
          "cannot " + std::string{what} + " " + path_.string() + ": " + std::strerror(errno)};
}

status sync_directory(const std::filesystem::path& dir) {
  open_file opened{dir, O_RDONLY | O_DIRECTORY};
  return opened ? opened.sync() : opened.failure("open");
}

} // namespace parley
