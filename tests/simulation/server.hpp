#pragma once

#include "actors/core/mail.hpp"

#include <chrono>
#include <functional>

namespace parley::simulation {

/// What a simulated client connects to.
class server {
public:
  using receiver = std::function<void(parcel&&)>;

  virtual ~server() = default;

  /// `receive` gets what the connection brings until it closes. No session if
  /// nobody answers.
  virtual session_id connect(receiver receive) = 0;

  /// Does nothing for a session that is over.
  virtual void close(session_id session) = 0;
  virtual void submit(session_id session, const frame& bytes) = 0;

  virtual std::chrono::microseconds now() const = 0;
};

} // namespace parley::simulation
