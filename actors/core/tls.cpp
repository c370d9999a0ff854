#include "actors/core/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <fstream>
#include <map>
#include <mutex>
#include <new>

namespace parley::core {

namespace {

/// A record's at most (RFC 8446, 5.1). OpenSSL's buffers never shrink, so they are
/// given no more at a time.
constexpr size_t record_bytes = 16 << 10;

/// What OpenSSL says went wrong first, in this thread.
std::string first_error() {
  auto reason = ERR_reason_error_string(ERR_peek_error());
  return reason == nullptr ? "not understood" : reason;
}

bool can_be_read(const std::filesystem::path& file) {
  return std::ifstream{file}.good();
}

struct session_deleter {
  void operator()(SSL_SESSION* x) const {
    SSL_SESSION_free(x);
  }
};

using session_ptr = std::unique_ptr<SSL_SESSION, session_deleter>;

} // namespace

// -- what connections share ---------------------------------------------------------

struct tls_context::state {
  explicit state(const SSL_METHOD* method) : context(SSL_CTX_new(method)) {
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_app_data(context, this);
  }

  ~state() {
    SSL_CTX_free(context);
  }

  SSL_CTX* context;

  // A client's: the newest session with each host.
  std::mutex mutex;
  std::map<std::string, session_ptr> sessions;

  static int keep_session(SSL* connection, SSL_SESSION* session) {
    auto self = static_cast<state*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
    auto host = static_cast<const std::string*>(SSL_get_app_data(connection));
    std::lock_guard lock{self->mutex};
    self->sessions[*host] = session_ptr{session};
    return 1; // It is ours now.
  }
};

tls_context::tls_context(std::unique_ptr<state> made) : state_(std::move(made)) {
  // nop
}

tls_context::~tls_context() = default;

status tls_context::serve(const std::filesystem::path& certificate,
                          const std::filesystem::path& key, std::shared_ptr<tls_context>& out) {
  ERR_clear_error();
  auto made = std::make_unique<state>(TLS_server_method());
  auto refused = [](const std::string& what) {
    return status{ec::malformed, what + ": " + first_error()};
  };
  for (auto& file : {certificate, key})
    if (!can_be_read(file))
      return {ec::malformed, "cannot read " + file.string()};
  SSL_CTX_set_default_passwd_cb(made->context, [](char*, int, int, void*) { return -1; });
  if (SSL_CTX_use_certificate_chain_file(made->context, certificate.c_str()) != 1)
    return refused("cannot use certificate " + certificate.string());
  if (SSL_CTX_use_PrivateKey_file(made->context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return refused("cannot use key " + key.string());
  if (SSL_CTX_check_private_key(made->context) != 1)
    return refused("key " + key.string() + " is not that of certificate " + certificate.string());
  SSL_CTX_set_num_tickets(made->context, 1);
  out.reset(new tls_context{std::move(made)});
  return {};
}

status tls_context::trust(const std::filesystem::path& authority,
                          std::shared_ptr<tls_context>& out) {
  ERR_clear_error();
  if (!authority.empty() && !can_be_read(authority))
    return {ec::malformed, "cannot read " + authority.string()};
  auto made = std::make_unique<state>(TLS_client_method());
  auto loaded = authority.empty() ? SSL_CTX_set_default_verify_paths(made->context)
                                  : SSL_CTX_load_verify_file(made->context, authority.c_str());
  if (loaded != 1)
    return {ec::malformed, "no certificate in " + authority.string() + ": " + first_error()};
  SSL_CTX_set_verify(made->context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(made->context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(made->context, state::keep_session);
  out.reset(new tls_context{std::move(made)});
  return {};
}

// -- one connection -----------------------------------------------------------------

struct tls::state {
  ~state() {
    SSL_free(connection); // And what it reads from and writes to.
  }

  SSL* connection = nullptr;
  BIO* arrived = nullptr;
  BIO* to_send = nullptr;
  std::string host;
};

void tls::make(std::shared_ptr<tls_context>&& shared) {
  shared_ = std::move(shared);
  state_ = std::make_unique<state>();
  auto& x = *state_;
  x.connection = SSL_new(shared_->state_->context);
  x.arrived = BIO_new(BIO_s_mem());
  x.to_send = BIO_new(BIO_s_mem());
  SSL_set_bio(x.connection, x.arrived, x.to_send);
}

tls::tls(std::shared_ptr<tls_context> shared) {
  make(std::move(shared));
  SSL_set_accept_state(state_->connection);
}

tls::tls(std::shared_ptr<tls_context> shared, const std::string& host) {
  make(std::move(shared));
  auto& x = *state_;
  x.host = host;
  SSL_set_connect_state(x.connection);
  SSL_set_app_data(x.connection, &x.host);
  auto verify = SSL_get0_param(x.connection);
  if (X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str()) != 1) { // A name, then.
    if (X509_VERIFY_PARAM_set1_host(verify, host.c_str(), host.size()) != 1)
      throw std::bad_alloc{};
    SSL_set_tlsext_host_name(x.connection, host.c_str());
  }
  auto& known = *shared_->state_;
  std::lock_guard lock{known.mutex};
  if (auto session = known.sessions.find(host); session != known.sessions.end())
    SSL_set_session(x.connection, session->second.get());
}

tls::~tls() = default;

bool tls::open(std::string_view arrived, std::vector<char>& plain) {
  while (!arrived.empty()) {
    auto piece = arrived.substr(0, record_bytes);
    arrived.remove_prefix(piece.size());
    BIO_write(state_->arrived, piece.data(), static_cast<int>(piece.size()));
    if (!shake_hands() || (ready_ && !read_what_is_whole(plain)))
      return false;
  }
  return true;
}

bool tls::shake_hands() {
  if (ready_)
    return true;
  ERR_clear_error();
  auto result = SSL_do_handshake(state_->connection);
  ready_ = result == 1;
  return goes_on(result);
}

bool tls::read_what_is_whole(std::vector<char>& plain) {
  std::array<char, record_bytes> record;
  for (;;) {
    ERR_clear_error();
    auto count = SSL_read(state_->connection, record.data(), record_bytes);
    if (count <= 0)
      return goes_on(count);
    plain.insert(plain.end(), record.data(), record.data() + count);
  }
}

/// Whether what was tried only wants more to arrive.
bool tls::goes_on(int result) {
  if (result > 0)
    return true;
  auto said = first_error(); // It may be gone after the next call.
  auto error = SSL_get_error(state_->connection, result);
  if (error == SSL_ERROR_WANT_READ)
    return true;
  auto verdict = SSL_get_verify_result(state_->connection);
  if (error == SSL_ERROR_ZERO_RETURN)
    why_ = "the other side ended it";
  else if (verdict != X509_V_OK)
    why_ = X509_verify_cert_error_string(verdict);
  else
    why_ = std::move(said);
  return false;
}

bool tls::seal(std::string_view plain, std::vector<char>& sealed) {
  auto fine = !why_.empty() || shake_hands();
  while (fine && ready_ && !plain.empty()) {
    auto piece = plain.substr(0, record_bytes);
    plain.remove_prefix(piece.size());
    ERR_clear_error();
    fine = goes_on(SSL_write(state_->connection, piece.data(), static_cast<int>(piece.size())));
    take_what_is_to_be_sent(sealed);
  }
  take_what_is_to_be_sent(sealed);
  return fine && plain.empty();
}

void tls::take_what_is_to_be_sent(std::vector<char>& sealed) {
  char* bytes = nullptr;
  auto count = BIO_get_mem_data(state_->to_send, &bytes);
  if (count == 0)
    return; // A reset clears all that it ever held.
  sealed.insert(sealed.end(), bytes, bytes + count);
  (void)BIO_reset(state_->to_send);
}

void tls::end(std::vector<char>& sealed) {
  ERR_clear_error();
  if (ready_)
    SSL_shutdown(state_->connection);
  take_what_is_to_be_sent(sealed);
}

bool tls::resumed() const noexcept {
  return SSL_session_reused(state_->connection) == 1;
}

} // namespace parley::core
