#pragma once

#include "tests/support/deadline.hpp"
#include "tests/support/temp_dir.hpp"

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace parley::testing {

/// A program that runs beside the test, with its output in files. Dies with
/// the object, and with the test should that be killed.
class child_process {
public:
  /// Starts it at once; `environment` has NAME=VALUE on top of ours.
  explicit child_process(std::vector<std::string> command,
                         std::vector<std::string> environment = {});
  ~child_process();

  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  void signal(int which);

  /// SIGKILL, and waits for the end.
  void kill();

  /// The exit status, or 128 and the signal; nothing while it runs.
  std::optional<int> ended();

  /// Waits for the end.
  int wait(std::chrono::milliseconds limit = patience);

  /// What it wrote so far.
  std::string out() const;
  std::string err() const;

  pid_t pid() const noexcept {
    return pid_;
  }

private:
  temp_dir files_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

/// Runs a program to its end.
struct finished {
  int status = 0;
  std::string out;
  std::string err;
};

finished run(std::vector<std::string> command, std::vector<std::string> environment = {},
             std::chrono::milliseconds limit = patience);

/// The environment of a program under which this library lies, with `more`; sanitizers
/// are told that it comes before them.
std::vector<std::string> preload(const std::string& library, std::vector<std::string> more);

std::string read_file(const std::filesystem::path& file);

} // namespace parley::testing
