#pragma once

#include "tests/support/node_process.hpp"
#include "tests/support/raw_client.hpp"

#include <vector>

namespace parley::testing {

inline constexpr auto password = "correct horse";

/// A raw_client that is logged in.
class device : public raw_client {
public:
  /// Logs in with a token.
  device(const node_process& node, std::string name, std::string token,
         std::vector<wire::cursor> resume = {}, int receive_buffer = 0);

  /// Logs in with the password: a new device.
  device(const node_process& node, std::string name);

  /// Breaks the connection and logs in again.
  void reconnect(const node_process& node, std::vector<wire::cursor> resume = {});

  /// A text to a user, with the next counter; returns the request id.
  uint64_t text(const std::string& to, const std::string& body, uint64_t counter = 0);

  /// As above, and waits until it is stored.
  wire::sent text_stored(const std::string& to, const std::string& body, uint64_t counter = 0);

  /// Waits for the next message and acknowledges it.
  held<wire::message> message(std::chrono::milliseconds limit = patience);

  /// Says that everything up to `seq` is here.
  void ack(conversation_id id, seq_t seq);

  conversation_id with(const std::string& other) const;

  /// All messages of a conversation, page by page.
  std::vector<held<wire::message>> history(conversation_id id);

  const std::string& name() const noexcept {
    return name_;
  }

  const std::string& token() const noexcept {
    return token_;
  }

  user_id user() const noexcept {
    return user_;
  }

  device_id id() const noexcept {
    return id_;
  }

  uint64_t last_counter() const noexcept {
    return counter_;
  }

private:
  wire::send next_text(const std::string& to, const std::string& body, uint64_t counter);
  void log_in(std::vector<wire::cursor> resume, const char* with_password);

  std::string name_;
  std::string token_;
  user_id user_;
  device_id id_;
  uint64_t counter_ = 0;
};

/// Makes an account with `password`.
void register_person(const node_process& node, const std::string& name);

/// Makes accounts without passwords, through the service account, and logs a
/// device of each in. Cheaper than hashing.
device import_person(const node_process& node, const std::string& name);

/// The body of a message's text.
std::string text_of(const wire::message& x);

} // namespace parley::testing
