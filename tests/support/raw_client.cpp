#include "tests/support/raw_client.hpp"

#include "actors/core/splitter.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace parley::testing {

namespace {

/// Whether `fd` is ready before `until`.
bool ready(int fd, short what, steady::time_point until) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now()).count();
  pollfd x{fd, what, 0};
  return ::poll(&x, 1, static_cast<int>(std::max<long>(left, 0))) > 0;
}

} // namespace

std::string describe(const received& x) {
  auto words = "a frame of kind " + std::to_string(x.what.body.index()) + " for request "
               + std::to_string(x.what.request);
  if (auto error = x.as<wire::error>())
    words = "error " + std::string{name_of(error->code)};
  if (auto closing = x.as<wire::closing>())
    words = "closing " + std::string{name_of(closing->why.code)};
  return words;
}

raw_client::raw_client(uint16_t port, int receive_buffer,
                       const std::shared_ptr<core::tls_context>& trust)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  int yes = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (receive_buffer != 0) {
    int segment = 536; // Of which the node's socket makes its own buffer.
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    ::setsockopt(fd_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    close();
    throw std::runtime_error("cannot connect: " + std::string{std::strerror(errno)});
  }
  if (!trust)
    return;
  tls_ = std::make_unique<core::tls>(trust, "127.0.0.1");
  write({});
  while (!tls_->ready())
    if (!read_some(steady::now() + patience)) {
      close();
      throw std::runtime_error("no handshake: " + tls_->why());
    }
}

raw_client::~raw_client() {
  close();
}

raw_client::raw_client(raw_client&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), tls_(std::move(other.tls_)),
      input_(std::move(other.input_)), waiting_(std::move(other.waiting_)), at_end_(other.at_end_),
      last_request_(other.last_request_) {
  // nop
}

raw_client& raw_client::operator=(raw_client&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(tls_, other.tls_);
  input_ = std::move(other.input_);
  waiting_ = std::move(other.waiting_);
  at_end_ = other.at_end_;
  last_request_ = other.last_request_;
  return *this;
}

// -- saying -----------------------------------------------------------------------

bool raw_client::write(std::string_view bytes) {
  if (!tls_)
    return send_all(bytes);
  std::vector<char> sealed;
  tls_->seal(bytes, sealed);
  return send_all({sealed.data(), sealed.size()});
}

bool raw_client::send_all(std::string_view bytes) {
  auto until = steady::now() + patience;
  while (!bytes.empty()) {
    auto done = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done > 0)
      bytes.remove_prefix(static_cast<size_t>(done));
    else if (errno != EAGAIN && errno != EINTR)
      return false;
    else if (!ready(fd_, POLLOUT, until))
      throw timed_out("the node does not read");
  }
  return true;
}

void raw_client::write_slowly(std::string_view bytes) {
  for (auto& byte : bytes)
    write({&byte, 1});
}

uint64_t raw_client::say(wire::client_body what) {
  auto request = next_request();
  say(request, std::move(what));
  return request;
}

void raw_client::say(uint64_t request, wire::client_body what) {
  write(wire::encode(wire::client_frame{request, std::move(what)}).bytes());
}

void raw_client::hello() {
  ask<wire::welcome>(wire::hello{wire::protocol_version, "a test", {}});
}

void raw_client::end_output() {
  ::shutdown(fd_, SHUT_WR);
}

void raw_client::close() {
  if (fd_ >= 0)
    ::close(std::exchange(fd_, -1));
}

// -- hearing ----------------------------------------------------------------------

received raw_client::answer(uint64_t request) {
  return take("the answer to request " + std::to_string(request),
              [request](const received& x) { return x.what.request == request; });
}

received raw_client::answer_for_good(const wire::client_body& what) {
  received result;
  wait_until("a request is answered with anything but retry", [&] {
    result = answer(say(what));
    auto error = result.as<wire::error>();
    return error == nullptr || error->code != ec::retry;
  });
  return result;
}

ec raw_client::refusal_of(uint64_t request) {
  auto x = answer(request);
  auto error = x.as<wire::error>();
  return error != nullptr ? error->code : ec::none;
}

ec raw_client::closed(std::chrono::milliseconds limit) {
  auto until = steady::now() + limit;
  while (!at_end_)
    if (!read_some(until) && !at_end_)
      fail("the end");
  for (auto& x : waiting_)
    if (auto closing = x.as<wire::closing>())
      return closing->why.code;
  return ec::none;
}

bool raw_client::read_some(steady::time_point until) {
  if (at_end_ || !ready(fd_, POLLIN, until))
    return false;
  char buffer[64 << 10];
  auto size = ::recv(fd_, buffer, sizeof buffer, 0);
  if (size <= 0) {
    at_end_ = true;
    return false;
  }
  std::string_view bytes{buffer, static_cast<size_t>(size)};
  if (tls_)
    return open_sealed(bytes);
  input_.append(bytes);
  cut();
  return true;
}

bool raw_client::open_sealed(std::string_view bytes) {
  std::vector<char> plain;
  at_end_ = !tls_->open(bytes, plain);
  input_.append(plain.data(), plain.size());
  cut();
  return write({}) && !at_end_;
}

void raw_client::cut() {
  size_t done = 0;
  for (;;) {
    auto rest = std::string_view{input_}.substr(done);
    auto head = read_frame_head(rest, limits::frame_bytes);
    if (head.error != ec::none)
      throw std::runtime_error("the node sent a frame that is too large");
    if (head.bytes == 0 || head.bytes > rest.size())
      break;
    frame bytes{rest.substr(0, head.bytes)};
    auto what = wire::decode_server(bytes);
    if (!what)
      throw std::runtime_error("the node sent a frame that does not decode");
    waiting_.push_back({std::move(bytes), *std::move(what)});
    done += head.bytes;
  }
  input_.erase(0, done);
}

void raw_client::fail(const std::string& what) const {
  std::string words = (at_end_ ? "the node closed before " : "waited in vain for ") + what;
  for (size_t i = 0; i < std::min<size_t>(waiting_.size(), 8); ++i)
    words += "; there is " + describe(waiting_[i]);
  throw timed_out(words);
}

} // namespace parley::testing
