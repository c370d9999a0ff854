#include "tools/parley/login.hpp"

#include "tools/client/secret_file.hpp"
#include "tools/parley/secrets.hpp"

#include <cstdio>

namespace parley::chat {

status login::start(bool create, bool reconnect) {
  reconnect_ = reconnect;
  client::options with;
  with.nodes = how_.nodes;
  with.tls = how_.tls;
  with.name = how_.user;
  with.agent = "parley";
  with.kind = how_.kind;
  with.label = how_.device;
  with.reconnect = reconnect;
  with.create = create;
  auto& given = how_.token_file;
  if (auto token = client::read_token(given.empty() ? token_file(how_) : given); token && !create)
    with.token = *std::move(token);
  else if (!given.empty())
    return {ec::wrong_credentials, given.string() + " holds no token"};
  by_token_ = !with.token.empty();
  if (!by_token_) {
    auto secret = how_.jwt_file.empty() ? find_password(how_) : first_line_of(how_.jwt_file);
    if (!secret)
      return {ec::wrong_credentials, "no password: use --password-file or PARLEY_PASSWORD"};
    (how_.jwt_file.empty() ? with.password : with.jwt) = *std::move(secret);
  }
  client_ = std::make_unique<client::client>(context_, std::move(with), app_);
  client_->start();
  return {};
}

void login::keep(const wire::session& x) const {
  if (!x.token.empty() && !client::write_token(token_file(how_), x.token))
    std::fprintf(stderr, "parley: cannot write %s\n", token_file(how_).c_str());
}

bool login::retry(const wire::error& why) {
  auto token_is_no_good = why.code == ec::wrong_credentials || why.code == ec::token_expired;
  if (!token_is_no_good || !by_token_ || !how_.token_file.empty())
    return false;
  std::error_code ignored;
  std::filesystem::remove(token_file(how_), ignored);
  return start(false, reconnect_).ok();
}

} // namespace parley::chat
