#pragma once

#include "actors/core/fifo.hpp"
#include "actors/core/tls.hpp"

#include <caf/io/network/default_multiplexer.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley {

/// CAF's loop over sockets, with connections of our own: of clients, plain TCP or
/// TLS, and plain ones between nodes.
///
/// What a round of the loop flushes to a connection leaves at its end in one
/// send(2), or earlier if others were flushed since; only what the socket does not
/// take waits for it to be writable (CAF waits always, for four system calls and
/// another round). Connections that read `at_most` share one buffer and read once for
/// each event.
///
/// What follows from the end of a connection is work, and does not stand before those who
/// speak: when thousands end at once, a few of them are ended in each round.
///
/// Loaded by the composition root: config.load<caf::io::middleman, multiplexer>().
class multiplexer : public caf::io::network::default_multiplexer {
public:
  explicit multiplexer(caf::actor_system* system);
  ~multiplexer() override;

  using native_socket = caf::io::network::native_socket;

  /// From now on, who connects to `listening` must speak TLS with this certificate;
  /// connections that are there keep theirs. Any thread may call it, first before a
  /// broker takes the socket. Under TLS brokers must read `at_most`.
  void serve_tls(native_socket listening, std::shared_ptr<core::tls_context> certificate);

  void run() override;
  caf::io::scribe_ptr new_scribe(native_socket fd) override;
  caf::io::doorman_ptr new_doorman(native_socket fd) override;

private:
  class connection;
  class tls_doorman;

  void end_some(size_t most);
  void write_what_was_flushed();
  void write_oldest();
  std::shared_ptr<core::tls_context> certificate_of(native_socket listening) const;
  void log_refused(const std::string& peer, const std::string& why);

  mutable std::mutex mutex_; ///< Of the certificates.
  std::map<native_socket, std::shared_ptr<core::tls_context>> certificates_; ///< By who listens.

  size_t refused_ = 0; ///< Not logged yet.
  std::chrono::steady_clock::time_point log_refused_at_{};

  fifo<caf::intrusive_ptr<connection>> flushed_; ///< In this round.
  fifo<caf::intrusive_ptr<connection>> ended_;   ///< By the other side; nobody knows yet.
  std::vector<char> arrived_;                    ///< Room for one read.
  std::vector<char> burst_;                      ///< What was read, for its reader.
};

} // namespace parley
