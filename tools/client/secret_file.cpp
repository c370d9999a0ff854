#include "tools/client/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace parley::client {

namespace {

int digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

} // namespace

std::string to_hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (unsigned char x : bytes) {
    result += digits[x >> 4];
    result += digits[x & 15];
  }
  return result;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0)
    return std::nullopt;
  std::string result;
  for (size_t i = 0; i < text.size(); i += 2) {
    auto high = digit(text[i]);
    auto low = digit(text[i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    result += static_cast<char>(high << 4 | low);
  }
  return result;
}

std::optional<std::string> read_token(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::string word;
  if (!(in >> word))
    return std::nullopt;
  return from_hex(word);
}

bool write_token(const std::filesystem::path& file, std::string_view token) {
  std::error_code ignored;
  if (std::filesystem::create_directories(file.parent_path(), ignored))
    ::chmod(file.parent_path().c_str(), 0700);
  auto fresh = file.string() + ".new";
  auto fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return false;
  auto text = to_hex(token) + "\n";
  auto written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return written && ::rename(fresh.c_str(), file.c_str()) == 0;
}

} // namespace parley::client
