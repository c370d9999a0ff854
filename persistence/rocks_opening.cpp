#include "persistence/rocks_opening.hpp"

#include "persistence/data_directory.hpp"
#include "schema/ids.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>

namespace parley {

namespace {

std::string family_name(size_t index, size_t count) {
  return "rows-" + std::to_string(index) + "-of-" + std::to_string(count);
}

/// How many families the store that has the family `name` was made with.
size_t count_in(const std::string& name) {
  size_t count = 0;
  if (auto at = name.rfind('-'); at != std::string::npos)
    for (auto c : name.substr(at + 1))
      count = std::isdigit(static_cast<unsigned char>(c)) ? count * 10 + size_t(c - '0') : 0;
  return std::min(count, shard_count);
}

std::vector<std::string> families_of(size_t count) {
  std::vector<std::string> names{rocksdb::kDefaultColumnFamilyName};
  for (size_t i = 0; i < count; ++i)
    names.push_back(family_name(i, count));
  return names;
}

/// Whether a database without families of ours has rows all the same. Looks
/// without changing anything: it may be somebody's.
bool is_foreign(const std::string& path) {
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::OpenForReadOnly({}, path, &opened).ok())
    return false; // Opening it will tell why.
  std::unique_ptr<rocksdb::DB> db{opened};
  std::unique_ptr<rocksdb::Iterator> i{db->NewIterator({})};
  i->SeekToFirst();
  return i->Valid();
}

} // namespace

status find_families(const std::string& dir, const std::string& path, size_t wanted,
                     rocksdb::Env& env, std::vector<std::string>& names) {
  auto count = std::clamp<size_t>(wanted, 1, shard_count);
  std::vector<std::string> present;
  rocksdb::DBOptions options;
  options.env = &env;
  if (std::filesystem::exists(path + "/CURRENT"))
    if (auto done = rocksdb::DB::ListColumnFamilies(options, path, &present); !done.ok())
      return explain_failure(dir, done);
  for (auto& name : present)
    if (auto made_with = count_in(name); made_with != 0)
      count = made_with;
  names = families_of(count);
  for (auto& name : present)
    if (std::find(names.begin(), names.end(), name) == names.end())
      return {ec::storage_failed,
              "data directory " + dir + " has rows of another program version (" + name + ")"};
  auto encrypted = &env != rocksdb::Env::Default(); // Then it is nobody else's.
  if (present.size() == 1 && !encrypted && is_foreign(path))
    return {ec::storage_failed, "data directory " + dir + " holds no Parley store"};
  return {};
}

status explain_failure(const std::string& dir, const rocksdb::Status& why) {
  auto text = why.ToString();
  if (text.starts_with("IO error: While lock file") || text.starts_with("IO error: lock hold by"))
    return {ec::storage_failed, "data directory " + dir + " is used by another node"};
  if (why.IsNoSpace())
    return {ec::storage_full, "data directory " + dir + ": the disk is full"};
  if (why.IsCorruption() || why.IsInvalidArgument() || why.IsPathNotFound())
    return damaged_directory(dir, text);
  return {ec::storage_failed, "data directory " + dir + " cannot be opened: " + text};
}

} // namespace parley
