#include "tools/client/secret_file.hpp"

#include "schema/identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace parley::client {

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
