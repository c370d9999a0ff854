#include "persistence/data_directory.hpp"

#include "persistence/open_file.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include <unistd.h>

namespace parley {

namespace fs = std::filesystem;

namespace {

status refuse(const fs::path& dir, const std::string& why) {
  return {ec::storage_failed, "data directory " + dir.string() + " " + why};
}

/// Whether `name` may lie about without being anybody's data.
bool is_ignorable(const std::string& name) {
  return name == "lost+found"; // `dir` is the root of an ext4 volume.
}

/// What RocksDB leaves when it dies before it has made a database.
bool is_unborn(const std::string& name) {
  return name == "LOCK" || name == "IDENTITY" || name == "MANIFEST-000001"
         || name.starts_with("LOG") || name.ends_with(".dbtmp");
}

/// The first entry that makes `dir` somebody else's; empty if there is none.
template <class Accept>
std::string stranger_in(const fs::path& dir, Accept accept) {
  std::error_code error;
  for (auto i = fs::directory_iterator{dir, error}; !error && i != fs::directory_iterator{};
       i.increment(error))
    if (auto name = i->path().filename().string(); !accept(name))
      return name;
  return {};
}

} // namespace

fs::path rocksdb_directory(const fs::path& dir) {
  return dir / "rocksdb";
}

status damaged_directory(const fs::path& dir, const std::string& what) {
  return refuse(dir, "is damaged: " + what
                       + "; replace the node in its cluster or restore a copy"
                         " (docs/operations.md, Damage)");
}

status prepare_data_directory(const fs::path& dir) {
  auto rocks = rocksdb_directory(dir);
  std::error_code error;
  if (fs::exists(dir, error) && !fs::is_directory(dir, error))
    return refuse(dir, "is a file");
  if (!fs::exists(rocks, error))
    if (auto name = stranger_in(dir, is_ignorable); !name.empty())
      return refuse(dir, "holds something else (" + name + "); give an empty one");
  if (fs::create_directories(rocks, error); error)
    return {error == std::errc::no_space_on_device ? ec::storage_full : ec::storage_failed,
            refuse(dir, "cannot be created: " + error.message()).text};
  fs::permissions(dir, fs::perms::owner_all, error); // Earlier builds let everybody read.
  if (::access(rocks.c_str(), R_OK | W_OK | X_OK) != 0)
    return refuse(dir, std::string{"cannot be written: "} + std::strerror(errno));
  if (!fs::exists(rocks / "CURRENT", error)) {
    if (auto name = stranger_in(rocks, is_unborn); !name.empty())
      return refuse(dir, "is damaged or holds something else (rocksdb/" + name
                           + " without rocksdb/CURRENT); restore a backup");
    (void)sync_directory(dir);
    (void)sync_directory(fs::absolute(dir).parent_path());
  }
  return {};
}

} // namespace parley
