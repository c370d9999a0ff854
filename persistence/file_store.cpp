#include "persistence/file_store.hpp"

#include "persistence/file_completion.hpp"
#include "persistence/open_file.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace parley {

namespace fs = std::filesystem;

namespace {

std::string hex_of(user_id x) {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016lx%016lx", x.high, x.low);
  return text.data();
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

file_store::file_store(fs::path root, uint64_t reserve)
    : root_(std::move(root)), space_(root_, reserve) {
  // nop
}

status file_store::open(const fs::path& data_dir, uint64_t reserve,
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
  out.reset(new file_store{root, reserve});
  return {};
}

fs::path file_store::upload_path(const upload_key& x) const {
  return root_ / "uploads" / hex_of(x.user)
         / (to_hex(x.file.hash_bytes()) + "-" + std::to_string(x.file.size));
}

fs::path file_store::content_path(std::string_view hash) const {
  auto name = to_hex(hash);
  return root_ / "contents" / name.substr(0, 2) / name;
}

// -- uploads ------------------------------------------------------------------------

std::optional<uint64_t> file_store::length(const upload_key& x) const {
  auto info = stat_of(upload_path(x));
  if (!info)
    return std::nullopt;
  return std::min(static_cast<uint64_t>(info->st_size), x.file.size);
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
  open_file file{path, O_WRONLY};
  if (!file) {
    make_room_for_upload(x);
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    file = {path, O_WRONLY | O_CREAT};
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
  open_file file{upload_path(x), O_RDONLY};
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
  open_file file{content_path(x.hash_bytes()), O_RDONLY};
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
  fs::rename(content_path(x.hash_bytes()), root_ / "damaged" / to_hex(x.hash_bytes()), error);
}

void file_store::touch(const file_ref& x, wall_time now) {
  timespec at{std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count(), 0};
  timespec both[] = {at, at};
  ::utimensat(AT_FDCWD, content_path(x.hash_bytes()).c_str(), both, 0);
}

void file_store::list(uint8_t first,
                      const std::function<void(std::string_view, wall_time)>& visit) const {
  char byte = static_cast<char>(first);
  for_each_in(root_ / "contents" / to_hex({&byte, 1}), [&](const fs::path& path) {
    auto hash = from_hex(path.filename().string());
    auto info = stat_of(path);
    if (hash && info)
      visit(*hash, changed_at(*info));
  });
}

void file_store::remove(std::string_view hash) {
  std::error_code error;
  fs::remove(content_path(hash), error);
}

} // namespace parley
