#include "persistence/rocks_log.hpp"

#include <rocksdb/env.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace parley {

namespace {

constexpr size_t file_bytes = 1 << 20;

class rocks_log final : public rocksdb::Logger {
public:
  explicit rocks_log(std::filesystem::path path)
      : rocksdb::Logger(rocksdb::InfoLogLevel::INFO_LEVEL), path_(std::move(path)) {
    turn_over();
  }

  ~rocks_log() override {
    shut();
  }

  using rocksdb::Logger::Logv;

  void Logv(const char* format, va_list arguments) override {
    char line[1024];
    auto now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    auto size = std::strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ ", &utc);
    auto room = sizeof line - size - 1; // For the end of the line.
    auto length = std::vsnprintf(line + size, room, format, arguments);
    size += std::min(static_cast<size_t>(std::max(length, 0)), room - 1);
    if (line[size - 1] != '\n')
      line[size++] = '\n';
    add({line, size});
  }

private:
  void add(std::string_view line) {
    std::lock_guard guard{mutex_};
    if (written_ + line.size() > file_bytes)
      turn_over();
    if (file_ < 0)
      return;
    if (auto n = ::write(file_, line.data(), line.size()); n > 0)
      written_ += static_cast<size_t>(n);
  }

  void turn_over() {
    shut();
    std::error_code ignored;
    auto old = path_;
    std::filesystem::rename(path_, old += ".old", ignored);
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    written_ = 0;
  }

  void shut() {
    if (file_ >= 0)
      ::close(file_);
    file_ = -1;
  }

  std::filesystem::path path_;
  std::mutex mutex_;
  int file_ = -1;
  size_t written_ = 0;
};

class silence final : public rocksdb::Logger {
public:
  silence() : rocksdb::Logger(rocksdb::InfoLogLevel::HEADER_LEVEL) {
    // nop
  }

  using rocksdb::Logger::Logv;

  void Logv(const char*, va_list) override {
    // nop
  }
};

} // namespace

std::shared_ptr<rocksdb::Logger> open_rocks_log(const std::filesystem::path& path) {
  return std::make_shared<rocks_log>(path);
}

std::shared_ptr<rocksdb::Logger> no_rocks_log() {
  return std::make_shared<silence>();
}

} // namespace parley
