#pragma once

#include "actors/core/tls.hpp"
#include "actors/directory.hpp"
#include "schema/address.hpp"
#include "schema/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace parley {

/// The I/O threads that serve clients. CAF has one loop over sockets to an actor
/// system, so each is a system of its own, in which gates, listeners and sessions
/// live and nothing else: what decides is in the engine's.
class client_io {
public:
  client_io();

  /// Stops.
  ~client_io();

  client_io(const client_io&) = delete;
  client_io& operator=(const client_io&) = delete;

  /// Takes the port: one socket for each of so many threads. On an error, one line
  /// for the operator.
  status listen(const address& at, size_t threads);

  /// The port that it took.
  uint16_t port() const;

  /// Starts the threads with their gates, as the directory's only ones.
  void start(directory_ptr dir);

  /// Clients must speak TLS with this certificate from now on; first before
  /// accept(). Any thread may call it.
  void serve_tls(const std::shared_ptr<core::tls_context>& certificate);

  /// Lets clients in.
  void accept();

  std::vector<listener_actor> listeners() const;

  /// Accepts nobody any more, and delivers nothing: when it returns, no gate is
  /// left.
  void stop();

private:
  struct thread;

  std::vector<int> sockets_; ///< By thread.
  std::vector<std::unique_ptr<thread>> threads_;
  directory_ptr dir_;
};

} // namespace parley
