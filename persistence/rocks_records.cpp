#include "persistence/rocks_records.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace parley {

namespace {

// -- the format, as RocksDB's wiki has it ("Write Ahead Log File Format") ---------------

/// A file is cut into these, and a record that does not fit into fragments.
constexpr size_t block_bytes = 32 << 10;

/// Checksum (4), length (2), kind (1).
constexpr size_t header_bytes = 7;

/// Of a batch: sequence number (8), count of rows (4).
constexpr size_t batch_bytes = 12;

enum class kind : uint8_t { whole = 1, first, middle, last };

constexpr auto crc_tables = [] {
  std::array<std::array<uint32_t, 256>, 8> result{};
  for (uint32_t i = 0; i < 256; ++i) {
    auto crc = i;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0u);
    result[0][i] = crc;
  }
  for (size_t k = 1; k < result.size(); ++k)
    for (size_t i = 0; i < 256; ++i)
      result[k][i] = result[k - 1][i] >> 8 ^ result[0][result[k - 1][i] & 0xff];
  return result;
}();

uint32_t crc32c(std::string_view x) {
  auto crc = ~uint32_t{0};
  for (; x.size() >= 8; x.remove_prefix(8)) {
    uint64_t word = 0;
    std::memcpy(&word, x.data(), 8);
    word ^= crc;
    crc = 0;
    for (size_t k = 0; k < 8; ++k)
      crc ^= crc_tables[7 - k][word >> (8 * k) & 0xff];
  }
  for (auto c : x)
    crc = crc >> 8 ^ crc_tables[0][(crc ^ static_cast<uint8_t>(c)) & 0xff];
  return ~crc;
}

/// As it stands in a header.
uint32_t masked(uint32_t crc) {
  return std::rotr(crc, 15) + 0xa282ead8u;
}

template <class T>
T number_at(std::string_view bytes) {
  T result = 0;
  std::memcpy(&result, bytes.data(), sizeof result);
  return result;
}

struct fragment {
  kind what;
  std::string_view bytes;
};

/// The fragment at the beginning of what is left of a block, if there is one.
std::optional<fragment> fragment_at(std::string_view rest) {
  if (rest.size() < header_bytes)
    return {};
  auto length = number_at<uint16_t>(rest.substr(4));
  auto what = static_cast<uint8_t>(rest[6]);
  if (what < 1 || what > 4 || rest.size() < header_bytes + length)
    return {};
  if (number_at<uint32_t>(rest) != masked(crc32c(rest.substr(6, 1 + length))))
    return {};
  return fragment{static_cast<kind>(what), rest.substr(header_bytes, length)};
}

/// No header fits behind it: only at the end of a block that is full.
bool is_trailer(std::string_view rest) {
  return rest.find_first_not_of('\0') == rest.npos && rest.size() < header_bytes;
}

/// The bytes up to the next fragment, behind one that is damaged: where its length says,
/// or another length that its checksum fits. Else up to the next block. Nothing else is
/// looked at, for users write what is in rows, and may write whole records there.
size_t step_over_damage(std::string_view rest) {
  if (rest.size() < header_bytes)
    return rest.size();
  auto begins_at = [rest](size_t at) {
    return at <= rest.size()
           && (is_trailer(rest.substr(at)) || fragment_at(rest.substr(at)).has_value());
  };
  auto by_length = header_bytes + number_at<uint16_t>(rest.substr(4));
  if (begins_at(by_length))
    return by_length;
  auto crc = ~uint32_t{0};
  for (size_t end = header_bytes; end <= rest.size(); ++end) {
    crc = crc >> 8 ^ crc_tables[0][(crc ^ static_cast<uint8_t>(rest[end - 1])) & 0xff];
    if (masked(~crc) == number_at<uint32_t>(rest) && begins_at(end))
      return end;
  }
  return rest.size();
}

// -- a file of records ------------------------------------------------------------------

/// Where a file is no longer what was written, and what lies behind.
class examination {
public:
  enum class of { batches, anything };

  explicit examination(of what = of::batches) : what_(what) {
    // nop
  }

  std::optional<uint64_t> damage; ///< The first byte that belongs to no whole record.
  bool more = false;              ///< A whole record lies behind that.
  bool any = false;               ///< There is one at all.

  void block(std::string_view bytes, uint64_t at) {
    while (!is_trailer(bytes)) {
      auto found = fragment_at(bytes);
      if (found)
        add(*found, at);
      else
        spoilt(at);
      auto step = found ? header_bytes + found->bytes.size() : step_over_damage(bytes);
      bytes.remove_prefix(step);
      at += step;
    }
  }

  void end() {
    if (open_)
      spoilt(begun_at_);
  }

private:
  void add(const fragment& x, uint64_t at) {
    auto begins = x.what == kind::whole || x.what == kind::first;
    if (begins == open_)
      spoilt(open_ ? begun_at_ : at);
    if (begins) {
      open_ = true;
      begun_at_ = at;
      head_.clear();
    }
    head_ += x.bytes.substr(0, batch_bytes - std::min(batch_bytes, head_.size()));
    if (!open_ || (x.what != kind::whole && x.what != kind::last))
      return;
    open_ = false;
    if (what_ == of::batches && is_empty_batch())
      return; // RocksDB begins a log with one.
    any = true;
    more = more || damage;
  }

  bool is_empty_batch() const {
    return head_.size() < batch_bytes
           || number_at<uint32_t>(std::string_view{head_}.substr(8)) == 0;
  }

  void spoilt(uint64_t at) {
    damage = damage.value_or(at);
    open_ = false;
  }

  of what_;
  bool open_ = false; ///< A record whose end has not come.
  uint64_t begun_at_ = 0;
  std::string head_; ///< Its first bytes.
};

rocksdb::Status examine(rocksdb::Env& env, const std::string& path, examination& out) {
  std::unique_ptr<rocksdb::SequentialFile> file;
  if (auto opened = env.NewSequentialFile(path, &file, {}); !opened.ok())
    return opened;
  std::vector<char> space(block_bytes);
  rocksdb::Slice block;
  for (uint64_t at = 0; at % block_bytes == 0; at += block.size()) {
    if (auto read = file->Read(block_bytes, &block, space.data()); !read.ok())
      return read;
    if (block.empty())
      break;
    out.block({block.data(), block.size()}, at);
  }
  out.end();
  return {};
}

rocksdb::Status damaged(const std::string& file, const examination& x) {
  return rocksdb::Status::Corruption(file + " at byte " + std::to_string(*x.damage));
}

rocksdb::Status check_manifest(rocksdb::Env& env, const std::string& path) {
  std::string name;
  if (auto read = rocksdb::ReadFileToString(&env, path + "/CURRENT", &name); !read.ok())
    return read;
  name.resize(std::min(name.size(), name.find('\n')));
  examination found{examination::of::anything};
  auto read = examine(env, path + "/" + name, found);
  return read.ok() && found.more ? damaged(name, found) : read;
}

/// Logs before this one are over, and only were not deleted yet.
uint64_t first_log(const rocksdb::DBOptions& how, const std::string& path) {
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(rocksdb::Options{how, {}}, path, &opened).ok())
    return 0;
  std::unique_ptr<rocksdb::DB> db{opened};
  uint64_t result = 0;
  db->GetIntProperty(rocksdb::DB::Properties::kMinLogNumberToKeep, &result);
  return result;
}

/// Nothing if it is no log of RocksDB.
std::optional<uint64_t> number_of_log(std::string_view name) {
  uint64_t result = 0;
  auto end = name.data() + name.size();
  auto [rest, error] = std::from_chars(name.data(), end, result);
  auto is_log = error == std::errc{} && std::string_view{rest, end} == ".log";
  return is_log ? std::optional{result} : std::nullopt;
}

rocksdb::Status check_logs(const rocksdb::DBOptions& how, const std::string& path) {
  std::vector<std::string> names;
  if (auto read = how.env->GetChildren(path, &names); !read.ok())
    return read;
  std::map<uint64_t, std::pair<std::string, examination>> logs;
  for (auto& name : names)
    if (auto number = number_of_log(name)) {
      auto& log = logs[*number];
      log.first = name;
      if (auto read = examine(*how.env, path + "/" + name, log.second); !read.ok())
        return read;
    }
  bool behind = false;
  for (auto i = logs.rbegin(); i != logs.rend(); ++i) {
    auto& [name, found] = i->second;
    if (found.damage && (found.more || behind) && i->first >= first_log(how, path))
      return damaged(name, found);
    behind = behind || found.any;
  }
  return {};
}

} // namespace

rocksdb::Status check_records(const rocksdb::DBOptions& how, const std::string& path) {
  rocksdb::FileLock* lock = nullptr; // Whoever writes them would tear them for us.
  if (auto locked = how.env->LockFile(path + "/LOCK", &lock); !locked.ok())
    return locked;
  auto result = check_manifest(*how.env, path);
  if (result.ok())
    result = check_logs(how, path);
  how.env->UnlockFile(lock);
  return result;
}

} // namespace parley
