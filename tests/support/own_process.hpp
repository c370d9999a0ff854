#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>

namespace parley::testing {

/// What `run` says (up to 255 bytes), or how it died: it runs in a child of
/// this process, for `seconds` at most, so that it may break anything.
inline std::string in_own_process(const std::function<std::string()>& run, unsigned seconds = 20) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0)
    throw std::runtime_error{"no pipe"};
  auto child = fork();
  if (child < 0)
    throw std::runtime_error{"no process"};
  if (child == 0) {
    (void)close(STDERR_FILENO); // What the C library says of a broken heap.
    (void)alarm(seconds);
    for (int x : {SIGSEGV, SIGABRT, SIGALRM})
      (void)std::signal(x, SIG_DFL); // Boost's handlers would write a report.
    auto text = run();
    auto told = ::write(ends[1], text.data(), text.size());
    _exit(told == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  (void)close(ends[1]);
  std::array<char, 255> text{};
  auto size = ::read(ends[0], text.data(), text.size());
  (void)close(ends[0]);
  int status = 0;
  (void)waitpid(child, &status, 0);
  if (WIFSIGNALED(status))
    return "signal " + std::to_string(WTERMSIG(status));
  if (size <= 0 && WEXITSTATUS(status) != 0)
    return "exit status " + std::to_string(WEXITSTATUS(status));
  return {text.data(), size > 0 ? static_cast<size_t>(size) : 0};
}

} // namespace parley::testing
