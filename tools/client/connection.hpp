#pragma once

#include "actors/core/tls.hpp"
#include "schema/address.hpp"
#include "schema/frame.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::client {

/// One connection to a node, plain TCP or TLS, from the look-up of its name to its
/// end. It is never opened twice: whoever reconnects makes a new one.
///
/// Reads into one buffer that all connections of a thread share, so that ten
/// thousand idle ones cost nothing; only the start of an unfinished frame is
/// kept. Writes what was queued with one system call per `flush`.
///
/// Runs in the thread of its io_context. Handlers hold the connection by
/// shared_ptr; after `close` the owner hears nothing any more.
class connection : public std::enable_shared_from_this<connection> {
public:
  class owner {
  public:
    virtual void on_connected() = 0;

    /// A whole frame, aligned to eight; valid during the call.
    virtual void on_frame(std::string_view bytes) = 0;

    /// The connection failed, or the server closed it.
    virtual void on_disconnected(const std::string& why) = 0;

  protected:
    ~owner() = default;
  };

  /// Plain text if there is nobody to `trust`.
  connection(asio::io_context& context, owner& who, std::shared_ptr<core::tls_context> trust = {});

  void open(const address& to);

  /// Queues a frame; `flush` sends it.
  void write(const frame& bytes) {
    auto view = bytes.bytes();
    auto& to = trust_ ? plain_ : out_;
    to.insert(to.end(), view.begin(), view.end());
  }

  void flush();

  /// Closes without telling the owner.
  void close();

private:
  void connect(const asio::ip::tcp::endpoint& to);
  void connected();
  void begin();
  void wait_for_input();
  void read();
  size_t read_some(char* to, size_t room, asio::error_code& error);
  size_t open_sealed(char* to, size_t room, asio::error_code& error);
  size_t cut(std::string_view bytes);
  void fail(const std::string& why);

  asio::ip::tcp::socket socket_;
  asio::ip::tcp::resolver resolver_;
  owner* owner_;
  std::shared_ptr<core::tls_context> trust_;
  std::unique_ptr<core::tls> tls_; ///< Once it is known with whom.
  bool begun_ = false;             ///< The owner was told that it is connected.
  std::vector<char> plain_;        ///< To be sealed.
  std::vector<char> out_;          ///< To be sent.
  size_t written_ = 0;
  bool writing_ = false;
  std::string unfinished_; ///< The start of a frame.
};

} // namespace parley::client
