#include "persistence/file_store.hpp"

#include "persistence/disk_cipher.hpp"
#include "persistence/file_completion.hpp"
#include "persistence/open_file.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace parley {

namespace fs = std::filesystem;

namespace {

std::string bytes_of(user_id x) {
  std::string result;
  for (auto part : {x.high, x.low})
    for (auto shift = 64; shift > 0; shift -= 8)
      result += static_cast<char>(part >> (shift - 8));
  return result;
}

uint64_t pieces_of(uint64_t size) {
  return (size + limits::file_piece_bytes - 1) / limits::file_piece_bytes;
}

/// Of a content on disk, with the checksums behind it.
uint64_t stored_bytes(uint64_t size) {
  return size + pieces_of(size) * checksum_bytes;
}

std::optional<struct stat> stat_of(const fs::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? std::optional{info} : std::nullopt;
}

file_store::wall_time changed_at(const struct stat& x) {
  return file_store::wall_time{std::chrono::seconds{x.st_mtim.tv_sec}};
}

template <class Visit>
void for_each_in(const fs::path& dir, Visit visit) {
  std::error_code error;
  for (auto i = fs::directory_iterator{dir, error}; !error && i != fs::directory_iterator{};
       i.increment(error))
    visit(i->path());
}

} // namespace

file_store::file_store(fs::path root, uint64_t reserve, std::shared_ptr<const disk_cipher> cipher)
    : root_(std::move(root)), space_(root_, reserve), cipher_(std::move(cipher)) {
  // nop
}

status file_store::open(const fs::path& data_dir, uint64_t reserve,
                        std::shared_ptr<const disk_cipher> cipher,
                        std::unique_ptr<file_store>& out) {
  auto root = data_dir / "files";
  std::error_code error;
  for (auto part : {"uploads", "contents", "damaged"})
    if (fs::create_directories(root / part, error); error)
      return {error == std::errc::no_space_on_device ? ec::storage_full : ec::storage_failed,
              root.string() + " cannot be created: " + error.message()};
  for (auto& dir : {root, data_dir})
    if (auto synced = sync_directory(dir); !synced.ok())
      return synced;
  out.reset(new file_store{root, reserve, std::move(cipher)});
  return {};
}

std::string file_store::name_of(std::string_view bytes) const {
  return to_hex(cipher_ ? cipher_->hide_name(bytes) : std::string{bytes});
}

fs::path file_store::upload_path(const upload_key& x) const {
  return root_ / "uploads" / name_of(bytes_of(x.user))
         / (name_of(x.file.hash_bytes()) + "-" + std::to_string(x.file.size));
}

/// Of the contents whose hash begins with this byte.
fs::path file_store::contents_path(uint8_t first) const {
  std::string name(cipher_ ? sizeof(disk_cipher::nonce) : 1, static_cast<char>(first));
  return root_ / "contents" / name_of(name);
}

fs::path file_store::content_path(std::string_view hash) const {
  return contents_path(static_cast<uint8_t>(hash[0])) / name_of(hash);
}

fs::path file_store::damaged_path(std::string_view hash) const {
  return root_ / "damaged" / name_of(hash);
}

open_file file_store::opened(const fs::path& path, int flags) const {
  return {path, flags, cipher_.get()};
}

// -- uploads ------------------------------------------------------------------------

std::optional<uint64_t> file_store::length(const upload_key& x) const {
  auto info = stat_of(upload_path(x));
  if (!info)
    return std::nullopt;
  auto size = static_cast<uint64_t>(info->st_size);
  if (cipher_)
    size -= std::min(size, disk_cipher::header_bytes);
  return std::min(size, x.file.size);
}

bool file_store::complete(const upload_key& x) const {
  auto mine = stat_of(upload_path(x));
  auto whole = mine ? stat_of(content_path(x.file.hash_bytes())) : std::nullopt;
  return whole && whole->st_ino == mine->st_ino;
}

status file_store::append(const upload_key& x, uint64_t at, std::string_view data) {
  if (!space_.allows(data.size()))
    return {ec::storage_full, "the disk is nearly full"};
  auto path = upload_path(x);
  auto file = opened(path, O_RDWR);
  if (!file) {
    make_room_for_upload(x);
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    file = opened(path, O_RDWR | O_CREAT);
  }
  if (!file)
    return file.failure("open");
  if (auto written = file.write(at, data); !written.ok()) {
    (void)file.cut(at);
    return written;
  }
  constexpr uint64_t step = limits::file_step_bytes;
  if (auto end = at + data.size(); end / step != at / step)
    file.sync_soon((at / step) * step, step);
  return {};
}

void file_store::make_room_for_upload(const upload_key& x) {
  if (!x.user)
    return;
  std::vector<std::pair<wall_time, fs::path>> open;
  for_each_in(upload_path(x).parent_path(), [&](const fs::path& path) {
    if (auto info = stat_of(path); info && info->st_nlink == 1)
      open.emplace_back(changed_at(*info), path);
  });
  std::sort(open.begin(), open.end());
  std::error_code error;
  for (size_t i = 0; i + limits::uploads_per_user <= open.size(); ++i)
    fs::remove(open[i].second, error);
}

void file_store::drop(const upload_key& x) {
  std::error_code error;
  fs::remove(upload_path(x), error);
}

status file_store::read(const upload_key& x, uint64_t offset, uint64_t limit,
                        std::string& out) const {
  auto file = opened(upload_path(x), O_RDONLY);
  if (!file)
    return file.failure("open");
  return file.read(offset, std::min(limit, x.file.size - std::min(offset, x.file.size)), out);
}

std::unique_ptr<file_store::completion> file_store::complete_soon(const upload_key& x) {
  return std::make_unique<file_completion>(*this, x);
}

void file_store::drop_uploads(wall_time before) {
  std::error_code error;
  for_each_in(root_ / "uploads", [&](const fs::path& user) {
    for_each_in(user, [&](const fs::path& path) {
      if (auto info = stat_of(path); info && changed_at(*info) < before)
        fs::remove(path, error);
    });
    fs::remove(user, error); // If nothing is left.
  });
}

// -- contents -----------------------------------------------------------------------

bool file_store::has(const file_ref& x) const {
  return stat_of(content_path(x.hash_bytes())).has_value();
}

status file_store::read(const file_ref& x, uint64_t offset, std::string& out) {
  auto file = opened(content_path(x.hash_bytes()), O_RDONLY);
  if (!file)
    return {ec::unknown_file, "no such file"};
  auto number = offset / limits::file_piece_bytes;
  auto begin = number * limits::file_piece_bytes;
  std::string piece;
  std::string sum;
  auto whole = file.size() == stored_bytes(x.size);
  if (whole && offset < x.size) {
    auto length = std::min<uint64_t>(limits::file_piece_bytes, x.size - begin);
    auto sum_at = x.size + number * checksum_bytes;
    whole = file.read(begin, length, piece).ok() && file.read(sum_at, checksum_bytes, sum).ok()
            && checksum_of(piece) == sum;
  }
  if (!whole) {
    put_aside(x);
    return {ec::file_damaged, to_hex(x.hash_bytes()) + " is damaged at " + std::to_string(begin)};
  }
  out = offset < x.size ? piece.substr(offset - begin) : std::string{};
  return {};
}

void file_store::put_aside(const file_ref& x) {
  std::error_code error;
  fs::rename(content_path(x.hash_bytes()), damaged_path(x.hash_bytes()), error);
}

void file_store::touch(const file_ref& x, wall_time now) {
  timespec at{std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count(), 0};
  timespec both[] = {at, at};
  ::utimensat(AT_FDCWD, content_path(x.hash_bytes()).c_str(), both, 0);
}

void file_store::list(uint8_t first,
                      const std::function<void(std::string_view, wall_time)>& visit) const {
  for_each_in(contents_path(first), [&](const fs::path& path) {
    auto name = from_hex(path.filename().string());
    auto info = stat_of(path);
    if (name && name->size() == limits::file_hash_bytes && info)
      visit(cipher_ ? cipher_->show_name(*name) : *name, changed_at(*info));
  });
}

void file_store::remove(std::string_view hash) {
  std::error_code error;
  fs::remove(content_path(hash), error);
}

} // namespace parley
