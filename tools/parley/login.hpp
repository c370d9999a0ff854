#pragma once

#include "tools/client/client.hpp"
#include "tools/parley/options.hpp"

#include <functional>
#include <memory>
#include <string>

namespace parley::chat {

/// The client of this program: with the token that is kept, else with the
/// password. Keeps a new token, and falls back to the password when the node
/// knows the old one no more.
class login {
public:
  login(asio::io_context& context, const options& how, client::events& app)
      : context_(context), how_(how), app_(app) {
    // nop
  }

  /// Starts; with `create`, makes the account first. May ask for the password
  /// and block. Nothing to log in with is an error.
  status start(bool create, bool reconnect);

  /// To be called by the application's `on_session`.
  void keep(const wire::session& x) const;

  /// To be called by the application's `on_refused`, outside of the client's
  /// call: whether it made another try with the password.
  bool retry(const wire::error& why);

  bool started() const noexcept {
    return client_ != nullptr;
  }

  client::client& operator*() const noexcept {
    return *client_;
  }

  client::client* operator->() const noexcept {
    return client_.get();
  }

private:
  asio::io_context& context_;
  const options& how_;
  client::events& app_;
  std::unique_ptr<client::client> client_;
  bool by_token_ = false;
  bool reconnect_ = true;
};

} // namespace parley::chat
