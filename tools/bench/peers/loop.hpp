#pragma once

#include "tools/bench/peers/protocol.hpp"
#include "tools/bench/peers/workload.hpp"

#include <functional>
#include <string>
#include <vector>

namespace parley::peers {

/// One thread, one epoll set, all connections of a run:
///
///   socket -> TLS -> protocol -> workload
///   workload -> protocol -> connection.out -> TLS -> socket, once for each turn
///
/// Everything runs in `run`, and calls back from there.
class loop final : public listener {
public:
  explicit loop(options how);
  ~loop();

  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// Lets them play until they are done, or patience is over.
  void run(protocol& speech, workload& play);

  /// Brings these users online, `at_once` at a time, then calls `then`.
  void log_in(std::vector<uint32_t> who, unsigned why, std::function<void()> then);

  /// From now on.
  void become(connection& c, manners has);

  /// Without complaint.
  void close(connection& c);

  /// More time, for what was not the server's fault.
  void forgive(nanoseconds time);

  /// A run has failed; the first reason counts.
  void blame(std::string_view why);

  void forget_failures();

  /// A line that somebody wrote to standard input; once.
  std::optional<std::string> line();

  protocol& speech() noexcept {
    return *speech_;
  }

  options& how() noexcept {
    return how_;
  }

  nanoseconds now() const override {
    return now_;
  }

  /// Reads the clock.
  nanoseconds look_at_clock();

  uint32_t run_number() const noexcept {
    return run_number_;
  }

  const std::string& failure() const noexcept {
    return failure_;
  }

  size_t failures() const noexcept {
    return failures_;
  }

  std::vector<connection> users; ///< Resized before the first login, never after.

  void ready(connection& c) override;
  void received(connection& c, std::string_view text) override;
  void acknowledged(connection& c, uint32_t slot) override;
  void refused(connection& c, uint32_t slot) override;
  void touch(connection& c) override;
  void fail(connection& c, std::string_view why) override;

private:
  struct logins {
    std::vector<uint32_t> who;
    unsigned why = 0;
    std::function<void()> then;
    size_t next = 0;
    size_t open = 0;
    bool busy = false;
  };

  void turn();
  void continue_logins();
  void login_ended();
  bool open(connection& c);
  void bind_to_source(const connection& c) const;
  void watch(connection& c, int operation);
  void happened(connection& c, uint32_t events);
  void connected(connection& c);
  void read(connection& c);
  void read_bytes_of_the_slow();
  void take(connection& c, std::string_view bytes);
  void understand(connection& c, std::string_view bytes);
  void flush(connection& c);
  bool write(connection& c, std::string_view bytes);
  void read_line();

  options how_;
  protocol* speech_ = nullptr;
  workload* play_ = nullptr;
  std::shared_ptr<core::tls_context> trust_;
  int epoll_ = -1;
  nanoseconds now_ = 0;
  nanoseconds until_ = 0;
  uint32_t run_number_ = 0;
  logins logins_;
  std::vector<connection*> dirty_;
  std::vector<connection*> slow_; ///< Who read a byte a second.
  nanoseconds slow_read_at_ = 0;
  std::vector<char> buffer_;
  std::vector<char> plain_;
  std::string typed_;
  std::string failure_;
  size_t failures_ = 0;
};

} // namespace parley::peers
