#pragma once

#include "actors/core/tls.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace parley::peers {

/// What a connection logs in for.
enum purpose : unsigned {
  inbox = 1,  ///< Messages for its user.
  room = 2,   ///< Those of the one room.
  author = 4, ///< To send, and nothing else.
  again = 8,  ///< It was there before; what it subscribed to holds.
};

/// How it deals with what it is sent. All but the first are faults for a server to bear.
enum class manners { polite, never_reads, reads_a_byte_a_second, never_acknowledges, lies };

/// Its user for what must be made before the users come.
inline constexpr uint32_t setup_user = UINT32_MAX;

/// One connection; the loop opens, reads, writes and closes it.
struct connection {
  uint32_t user = 0;
  unsigned why = 0; ///< Of `purpose`.

  bool closed = true;
  bool connecting = false;
  bool ready = false;   ///< Logged in and subscribed.
  bool leaving = false; ///< Its end is no failure.
  bool dirty = false;   ///< Has something to write, or may have.
  bool blocked = false; ///< The socket took no more.
  bool hungry = false;  ///< A workload's: a place in its window is free.
  manners has = manners::polite;

  int fd = -1;
  std::vector<char> in; ///< The start of something. Aligned for any protocol.
  std::string out;      ///< Protocols append to it.
  std::vector<char> sealed;
  size_t written = 0;
  std::unique_ptr<core::tls> tls;

  bool reads() const noexcept {
    return has != manners::never_reads && has != manners::reads_a_byte_a_second;
  }

  bool wants(unsigned x) const noexcept {
    return (why & x) != 0;
  }
};

} // namespace parley::peers
