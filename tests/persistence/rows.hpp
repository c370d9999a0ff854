#pragma once

#include "persistence/disk_cipher.hpp"
#include "persistence/store.hpp"
#include "schema/message_row.hpp"
#include "schema/record.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

// What the tests of stores share: short names for rows, and a directory.

namespace parley::testing {

/// A directory that lives as long as the object.
class temporary_directory {
public:
  temporary_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "parley-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }

  ~temporary_directory() {
    std::filesystem::remove_all(path_);
  }

  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::filesystem::path& path() const noexcept {
    return path_;
  }

private:
  std::filesystem::path path_;
};

/// The same in every process.
inline std::shared_ptr<const disk_cipher> some_cipher() {
  return std::make_shared<disk_cipher>(std::string(disk_cipher::key_bytes, 'k'));
}

/// A conversation in the given shard.
inline conversation_id conversation_in(unsigned shard, uint64_t low = 1) {
  return {uint64_t{shard} << 58 | 7, low};
}

/// The value that stands for `x`.
inline frame number(uint64_t x) {
  return record::encode(record::counter{x});
}

inline uint64_t number_in(std::string_view value) {
  return record::decode<record::counter>(value).value_or(record::counter{~0ull}).value;
}

/// A row of messages, each a frame of two words: its segment table, and its number.
inline frame row_of_messages(seq_t first, seq_t last) {
  std::vector<frame> messages;
  for (auto seq = first; seq <= last; ++seq) {
    uint64_t words[] = {uint64_t{1} << 32, seq};
    messages.push_back(frame{{reinterpret_cast<const char*>(words), sizeof words}});
  }
  return join_messages(messages);
}

/// A row of one message of `bytes`, a multiple of 8, that does not compress.
inline frame row_of_large_message(size_t bytes, std::mt19937_64& dice) {
  std::vector<uint64_t> words(bytes / sizeof(uint64_t));
  std::generate(words.begin(), words.end(), std::ref(dice));
  words[0] = (words.size() - 1) << 32;
  return join_messages(std::vector{frame{{reinterpret_cast<const char*>(words.data()), bytes}}});
}

/// One effect that sets `at` to `x`.
inline effect put(const key& at, uint64_t x) {
  effect result;
  result.put(at, number(x));
  return result;
}

inline effect erase(const key& at) {
  effect result;
  result.erase(at);
  return result;
}

inline status write(store& to, const effect& change) {
  return to.write({&change, 1});
}

inline status write_behind(store& to, const effect& change) {
  return to.write_behind({&change, 1});
}

/// The numbers in a range, in order.
inline std::vector<uint64_t> numbers(const store& from, const key_range& range) {
  std::vector<uint64_t> result;
  auto done = from.scan(range, [&result](std::string_view, std::string_view value) {
    result.push_back(number_in(value));
    return true;
  });
  return done.ok() ? result : std::vector<uint64_t>{~0ull};
}

/// The number in a range's last row; 0 if the range is empty.
inline uint64_t last_number(const store& from, const key_range& range) {
  uint64_t result = 0;
  auto done = from.last(range, [&result](std::string_view, std::string_view value) {
    result = number_in(value);
    return false;
  });
  return done.ok() ? result : ~0ull;
}

} // namespace parley::testing
