#pragma once

#include "schema/error.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::core {

/// What TLS connections share: the certificate that a server shows, or whom a
/// client trusts; and the sessions that are resumed.
///
/// TLS 1.3 only (RFC 8446). Any thread may use it.
class tls_context {
public:
  /// Of a server; both files are PEM, the certificate with what lies between it
  /// and the authority. Fails with one line for the operator.
  static status serve(const std::filesystem::path& certificate, const std::filesystem::path& key,
                      std::shared_ptr<tls_context>& out);

  /// Of a client who trusts what `authority` (PEM) signed; the authorities of the
  /// system if it is empty.
  static status trust(const std::filesystem::path& authority, std::shared_ptr<tls_context>& out);

  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

private:
  friend class tls;
  struct state;

  explicit tls_context(std::unique_ptr<state> made);

  std::unique_ptr<state> state_;
};

/// TLS of one connection as a step machine: what arrived goes in, what is to be
/// read and what is to be sent come out. Knows no socket.
///
///   socket -> open -> plain
///   plain  -> seal -> socket   what the handshake has to say comes along
///
/// Not thread-safe. Holds some 16 KB while nothing is said.
class tls {
public:
  /// The server's side.
  explicit tls(std::shared_ptr<tls_context> shared);

  /// The side of a client who wants to talk to `host`, a name or an address: the
  /// certificate must be for that.
  tls(std::shared_ptr<tls_context> shared, const std::string& host);

  ~tls();
  tls(const tls&) = delete;
  tls& operator=(const tls&) = delete;

  /// Appends to `plain` what can be read now. False if the connection is broken,
  /// or the other side is not who it should be: why() says it; what is to be sent
  /// still tells the other side.
  bool open(std::string_view arrived, std::vector<char>& plain);

  /// Appends to `sealed` what is to be sent: `plain`, and the handshake's part.
  /// Call it after each open, and once at a client's start. False if some of
  /// `plain` could not be sealed: the handshake is not done, or all is broken.
  bool seal(std::string_view plain, std::vector<char>& sealed);

  /// Says goodbye: nothing is sealed after.
  void end(std::vector<char>& sealed);

  /// Whether the handshake is done.
  bool ready() const noexcept {
    return ready_;
  }

  /// Whether it was a short one, for a session that was there before.
  bool resumed() const noexcept;

  const std::string& why() const noexcept {
    return why_;
  }

private:
  struct state;

  void make(std::shared_ptr<tls_context>&& shared);
  bool shake_hands();
  bool read_what_is_whole(std::vector<char>& plain);
  void take_what_is_to_be_sent(std::vector<char>& sealed);
  bool goes_on(int result);

  std::shared_ptr<tls_context> shared_;
  std::unique_ptr<state> state_;
  bool ready_ = false;
  std::string why_;
};

} // namespace parley::core
