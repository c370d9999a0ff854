#pragma once

#include <caf/io/network/default_multiplexer.hpp>

#include <vector>

namespace parley {

/// CAF's loop over sockets, with connections of our own: plain TCP, of clients
/// and between nodes.
///
/// What a round of the loop flushes to a connection leaves at its end in one
/// send(2); only what the socket does not take waits for it to be writable (CAF
/// waits always, for four system calls and another round). Connections that read
/// `at_most` share one buffer, so an idle one holds none, and read once for each
/// event.
///
/// Loaded by the composition root: config.load<caf::io::middleman, multiplexer>().
class multiplexer : public caf::io::network::default_multiplexer {
public:
  explicit multiplexer(caf::actor_system* system);
  ~multiplexer() override;

  void run() override;
  caf::io::scribe_ptr new_scribe(caf::io::network::native_socket fd) override;

private:
  class connection;

  void write_what_was_flushed();

  std::vector<caf::intrusive_ptr<connection>> flushed_; ///< In this round.
  std::vector<char> arrived_;                           ///< Room for one read.
  std::vector<char> burst_;                             ///< What was read, for its reader.
};

} // namespace parley
