#include "node/secrets.hpp"

#include "persistence/open_file.hpp"
#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace parley {

namespace {

status fail(const char* what, const std::filesystem::path& file) {
  return {ec::storage_failed,
          "cannot " + std::string{what} + " " + file.string() + ": " + std::strerror(errno)};
}

status write_private(const std::filesystem::path& file, std::string_view text) {
  auto fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail("make", file);
  auto done =
    ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  auto result = done ? status{} : fail("write", file);
  ::close(fd);
  return result;
}

} // namespace

std::optional<std::string> read_hex(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::string word;
  in >> word;
  return word.empty() ? std::nullopt : from_hex(word);
}

status replace_private(const std::filesystem::path& file, std::string_view text) {
  auto fresh = std::filesystem::path{file.string() + ".new"};
  if (auto written = write_private(fresh, text); !written.ok())
    return written;
  return ::rename(fresh.c_str(), file.c_str()) == 0 ? sync_directory(file.parent_path())
                                                    : fail("make", file);
}

status write_secret(const std::filesystem::path& file, std::string_view secret) {
  return replace_private(file, to_hex(secret) + "\n");
}

status read_or_make_secret(const std::filesystem::path& file, std::string& out) {
  if (!std::filesystem::exists(file)) {
    out = make_token();
    return write_secret(file, out);
  }
  std::ifstream in{file};
  std::string word;
  if (!in)
    return fail("read", file);
  in >> word;
  auto secret = from_hex(word);
  if (!secret || secret->size() != limits::token_bytes)
    return {ec::storage_failed, file.string()
                                  + " holds no key of 64 hexadecimal digits; remove it"
                                    " and another one is made"};
  out = *std::move(secret);
  return {};
}

} // namespace parley
