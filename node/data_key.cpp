#include "node/data_key.hpp"

#include "node/secrets.hpp"
#include "persistence/data_directory.hpp"
#include "persistence/disk_cipher.hpp"
#include "schema/identity.hpp"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace parley {

namespace fs = std::filesystem;

namespace {

status refuse(const fs::path& dir, const std::string& why) {
  return {ec::forbidden, "data directory " + dir.string() + " " + why};
}

/// As long as it lives, nobody else makes or seals the key of this directory.
class directory_lock {
public:
  explicit directory_lock(const fs::path& dir)
      : fd_(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
        locked_(fd_ >= 0 && ::flock(fd_, LOCK_EX) == 0) {
    // nop
  }

  ~directory_lock() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  explicit operator bool() const noexcept {
    return locked_;
  }

  directory_lock(const directory_lock&) = delete;
  directory_lock& operator=(const directory_lock&) = delete;

private:
  int fd_;
  bool locked_;
};

/// Leaves what was there, or this, whatever happens.
status write_sealed(const fs::path& dir, const std::string& key, const std::string& data_key) {
  auto sealed = seal(key, data_key);
  if (!sealed)
    return {ec::internal, "cannot seal the key of " + dir.string()};
  return write_secret(dir / "sealed.key", *sealed);
}

/// Of what RocksDB wrote first; empty if there is no store yet.
std::string first_bytes(const fs::path& dir) {
  std::ifstream in{rocksdb_directory(dir) / "CURRENT", std::ios::binary};
  std::string result(disk_cipher::header_used_bytes, '\0');
  in.read(result.data(), static_cast<std::streamsize>(result.size()));
  result.resize(static_cast<size_t>(in.gcount()));
  return result;
}

} // namespace

status read_data_key(const fs::path& file, std::string& out) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0)
    return {ec::storage_failed, "cannot read " + file.string() + ": " + std::strerror(errno)};
  if ((info.st_mode & 077) != 0)
    return {ec::forbidden, "others than its owner can use " + file.string() + "; chmod 600 it"};
  auto key = read_hex(file);
  if (!key || key->size() != disk_cipher::key_bytes)
    return {ec::malformed, "cannot read a data key (64 hex digits) from " + file.string()};
  out = *std::move(key);
  return {};
}

status unlock_data_directory(const fs::path& dir, const std::string& key,
                             const std::string& old_key, std::shared_ptr<const disk_cipher>& out) {
  auto file = dir / "sealed.key";
  std::error_code error;
  if (!fs::exists(file, error) && disk_cipher::nonce_in(first_bytes(dir)))
    return refuse(dir, "is encrypted and has lost sealed.key; restore that from a copy");
  if (key.empty())
    return fs::exists(file, error) ? refuse(dir, "is encrypted; give its key (--data-key)")
                                   : status{};
  if (auto ready = prepare_data_directory(dir); !ready.ok())
    return ready;
  directory_lock lock{dir};
  if (!lock)
    return {ec::storage_failed, "cannot lock " + dir.string() + ": " + std::strerror(errno)};
  if (!fs::exists(file, error)) {
    if (fs::exists(rocksdb_directory(dir) / "CURRENT", error))
      return refuse(dir, "is not encrypted; go on without --data-key, or begin with an empty one");
    auto data_key = make_token();
    out = std::make_shared<disk_cipher>(data_key);
    return write_sealed(dir, key, data_key);
  }
  auto sealed = read_hex(file);
  if (!sealed)
    return refuse(dir, "has a damaged sealed.key; restore that from a copy");
  auto data_key = unseal(key, *sealed);
  auto renewed = false;
  if (!data_key && !old_key.empty()) {
    data_key = unseal(old_key, *sealed);
    renewed = data_key.has_value();
  }
  if (!data_key)
    return refuse(dir, old_key.empty() ? "is encrypted under another key than that of --data-key"
                                       : "is encrypted under another key than those of --data-key "
                                         "and --old-data-key");
  if (renewed) {
    if (auto written = write_sealed(dir, key, *data_key); !written.ok())
      return written;
    spdlog::info("event=data-key-changed text=\"the old key opens it no more\"");
  }
  out = std::make_shared<disk_cipher>(*data_key);
  return {};
}

} // namespace parley
