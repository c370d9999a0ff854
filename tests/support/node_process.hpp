#pragma once

#include "actors/core/tls.hpp"
#include "tests/support/child_process.hpp"

#include <memory>

namespace parley::testing {

/// A port that nobody has. Below those that the system gives to outgoing
/// connections, so that it is still free when a node comes back.
uint16_t free_port();

/// A real parleyd on a loopback port. Keeps port and data across restarts.
class node_process {
public:
  /// Starts a node with a data directory of its own and waits until it
  /// listens.
  explicit node_process(std::vector<std::string> flags = {}, uint16_t port = free_port(),
                        std::string program = PARLEYD);

  /// As above, with data elsewhere.
  node_process(std::filesystem::path data_dir, std::vector<std::string> flags = {});

  /// Starts it again on the same port and data, with the flags it had.
  void start();

  /// Starts it with other flags from now on.
  void start(std::vector<std::string> flags);

  /// Starts it as another parleyd from now on.
  void start_as(std::string program);

  /// Starts it with these on top of our environment from now on, NAME=VALUE.
  void start_in(std::vector<std::string> environment);

  /// SIGKILL, as a power cut would.
  void kill();

  /// SIGTERM; returns the exit status.
  int stop();

  void signal(int which) {
    child_->signal(which);
  }

  int wait() {
    return child_->wait();
  }

  pid_t pid() const {
    return child_->pid();
  }

  bool running() {
    return child_ && !child_->ended();
  }

  uint16_t port() const noexcept {
    return port_;
  }

  std::string endpoint() const {
    return "127.0.0.1:" + std::to_string(port_);
  }

  /// Where parleyctl finds it; another port at each start.
  std::string admin_endpoint() const {
    return "127.0.0.1:" + std::to_string(admin_port_);
  }

  uint16_t admin_port() const noexcept {
    return admin_port_;
  }

  const std::filesystem::path& data_dir() const noexcept {
    return data_dir_;
  }

  /// The raw bytes of the service account's token.
  std::string service_token() const;

  /// Where a trial certificate of this node lies.
  std::filesystem::path certificate() const {
    return data_dir_ / "tls.cert";
  }

  /// Whom its clients trust; nobody if it speaks plain text.
  std::shared_ptr<core::tls_context> trust() const;

  /// What this run has logged.
  std::string log() const {
    return child_->err();
  }

  /// Bytes of memory that the process really has.
  size_t resident() const;

  /// Files and sockets that it has open.
  size_t open_files() const;

private:
  uint16_t port_after(const std::string& words) const;

  temp_dir own_dir_;
  std::filesystem::path data_dir_;
  std::vector<std::string> flags_;
  std::vector<std::string> environment_;
  std::string program_ = PARLEYD;
  uint16_t port_ = 0;
  uint16_t admin_port_ = 0;
  std::unique_ptr<child_process> child_;
};

} // namespace parley::testing
