#include "tools/parley/secrets.hpp"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

namespace parley::chat {

namespace {

std::optional<std::string> ask_password(const std::string& user) {
  if (isatty(STDIN_FILENO) == 0)
    return std::nullopt;
  termios shown{};
  if (tcgetattr(STDIN_FILENO, &shown) != 0)
    return std::nullopt;
  auto hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  hidden.c_lflag |= ICANON;
  std::cerr << "Password of " << user << ": " << std::flush;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string result;
  auto got = static_cast<bool>(std::getline(std::cin, result));
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  std::cerr << "\n";
  if (!got)
    return std::nullopt;
  return result;
}

} // namespace

std::filesystem::path token_file(const options& how) {
  auto node = how.node_text;
  std::replace(node.begin(), node.end(), '/', '_');
  return how.state_dir / (how.user + "@" + node + "." + how.device + ".token");
}

std::optional<std::string> first_line_of(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::string line;
  if (!std::getline(in, line))
    return std::nullopt;
  return line;
}

std::optional<std::string> find_password(const options& how) {
  if (!how.password_file.empty())
    return first_line_of(how.password_file);
  if (auto given = std::getenv("PARLEY_PASSWORD"))
    return given;
  return ask_password(how.user);
}

} // namespace parley::chat
