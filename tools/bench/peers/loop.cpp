#include "tools/bench/peers/loop.hpp"

#include "schema/identity.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace parley::peers {

namespace {

constexpr size_t read_bytes = 256 << 10;
constexpr size_t events_per_turn = 512;
constexpr size_t failures_shown = 5;
constexpr int least_buffer = 4096;
constexpr uint32_t first_source = 0x7f000002; // 127.0.0.2

} // namespace

loop::loop(options how)
    : how_(std::move(how)), epoll_(epoll_create1(EPOLL_CLOEXEC)),
      run_number_(static_cast<uint32_t>(random_number())), buffer_(read_bytes) {
  if (!how_.tls_ca.empty())
    if (auto read = core::tls_context::trust(how_.tls_ca, trust_); !read.ok())
      throw std::runtime_error(read.text);
  epoll_event input{};
  input.events = EPOLLIN;
  if (how_.kill_at > 0)
    epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &input);
  until_ = look_at_clock() + in_nanoseconds(how_.patience);
}

loop::~loop() {
  for (auto& c : users)
    close(c);
  ::close(epoll_);
}

nanoseconds loop::look_at_clock() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return now_ =
           static_cast<nanoseconds>(t.tv_sec) * 1'000'000'000 + static_cast<nanoseconds>(t.tv_nsec);
}

void loop::run(protocol& speech, workload& play) {
  speech_ = &speech;
  play_ = &play;
  play.begin();
  while (!play.done()) {
    turn();
    if (now_ > until_)
      return blame("it takes too long");
  }
}

void loop::turn() {
  std::array<epoll_event, events_per_turn> events;
  auto wait = play_->patience();
  timespec longest{static_cast<time_t>(wait / 1'000'000'000),
                   static_cast<long>(wait % 1'000'000'000)};
  auto count = epoll_pwait2(epoll_, events.data(), events.size(), &longest, nullptr);
  look_at_clock();
  for (auto& x : std::span{events}.first(static_cast<size_t>(std::max(count, 0))))
    if (x.data.ptr == nullptr)
      read_line();
    else
      happened(*static_cast<connection*>(x.data.ptr), x.events);
  look_at_clock();
  read_bytes_of_the_slow();
  play_->tick();
  speech_->tick();
  for (size_t i = 0; i < dirty_.size(); ++i)
    flush(*dirty_[i]);
  dirty_.clear();
}

// -- logins -------------------------------------------------------------------------

void loop::log_in(std::vector<uint32_t> who, unsigned why, std::function<void()> then) {
  logins_ = {std::move(who), why, std::move(then), 0, 0, true};
  continue_logins();
}

void loop::continue_logins() {
  auto& x = logins_;
  while (x.busy && x.open < how_.at_once && x.next < x.who.size()) {
    auto& c = users[x.who[x.next++]];
    c.why = x.why;
    if (open(c))
      ++x.open;
  }
  if (!x.busy || x.open > 0 || x.next < x.who.size())
    return;
  x.busy = false;
  auto then = std::move(x.then);
  then();
}

void loop::login_ended() {
  --logins_.open;
  continue_logins();
}

void loop::ready(connection& c) {
  c.ready = true;
  if (logins_.busy)
    login_ended();
}

// -- one connection -----------------------------------------------------------------

void loop::bind_to_source(const connection& c) const {
  if (how_.sources == 0)
    return;
  int yes = 1;
  setsockopt(c.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(first_source + c.user % static_cast<uint32_t>(how_.sources));
  if (bind(c.fd, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0)
    throw std::runtime_error("cannot connect from 127.0.0.x; try --sources 0");
}

bool loop::open(connection& c) {
  c.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c.fd < 0) {
    ++failures_;
    blame(std::string{"socket: "} + std::strerror(errno));
    return false;
  }
  int yes = 1;
  setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  bind_to_source(c);
  c.closed = c.ready = c.leaving = c.blocked = false;
  c.connecting = true;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(how_.server.port);
  inet_pton(AF_INET, how_.server.host.c_str(), &to.sin_addr);
  auto refused = connect(c.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0;
  watch(c, EPOLL_CTL_ADD);
  if (!refused || errno == EINPROGRESS)
    return true;
  ++failures_;
  blame(std::string{"connect: "} + std::strerror(errno));
  close(c);
  return false;
}

void loop::watch(connection& c, int operation) {
  epoll_event x{};
  x.events = c.reads() ? EPOLLIN : 0U;
  if (c.connecting || c.blocked)
    x.events |= EPOLLOUT;
  x.data.ptr = &c;
  epoll_ctl(epoll_, operation, c.fd, &x);
}

void loop::become(connection& c, manners has) {
  c.has = has;
  if (c.closed)
    return;
  if (!c.reads()) // So that the system holds less for it.
    setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &least_buffer, sizeof least_buffer);
  watch(c, EPOLL_CTL_MOD);
  if (has == manners::reads_a_byte_a_second)
    slow_.push_back(&c);
}

void loop::close(connection& c) {
  if (c.closed)
    return;
  ::close(c.fd);
  c.fd = -1;
  c.closed = true;
  c.connecting = c.ready = c.blocked = false;
  c.in = {};
  c.out = {};
  c.sealed = {};
  c.written = 0;
  c.tls.reset();
}

void loop::fail(connection& c, std::string_view why) {
  if (c.closed)
    return;
  auto was_ready = c.ready;
  close(c);
  if (c.leaving)
    return;
  if (failures_++ < failures_shown)
    std::fprintf(stderr, "peerload: user %u: %.*s\n", c.user, static_cast<int>(why.size()),
                 why.data());
  blame(why);
  if (!was_ready && logins_.busy)
    login_ended();
}

void loop::happened(connection& c, uint32_t events) {
  if (c.closed)
    return;
  if (c.connecting)
    return connected(c);
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
    read(c);
  if (!c.closed && (events & EPOLLOUT) != 0)
    touch(c);
}

void loop::connected(connection& c) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(c.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0)
    return fail(c, std::strerror(error));
  c.connecting = false;
  watch(c, EPOLL_CTL_MOD);
  touch(c);
  if (trust_)
    c.tls = std::make_unique<core::tls>(trust_, how_.server.host);
  else
    speech_->begin(c);
}

void loop::read(connection& c) {
  auto count = ::read(c.fd, buffer_.data(), buffer_.size());
  if (count < 0 && errno == EAGAIN)
    return;
  if (count <= 0)
    return fail(c, count == 0 ? "the server closed the connection" : std::strerror(errno));
  take(c, {buffer_.data(), static_cast<size_t>(count)});
}

void loop::read_bytes_of_the_slow() {
  if (slow_.empty() || now_ < slow_read_at_)
    return;
  slow_read_at_ = now_ + 1'000'000'000;
  for (auto c : slow_)
    if (char one = 0; !c->closed && ::read(c->fd, &one, 1) == 1)
      take(*c, {&one, 1});
}

void loop::take(connection& c, std::string_view bytes) {
  if (!c.tls)
    return understand(c, bytes);
  auto was_ready = c.tls->ready();
  plain_.clear();
  auto fine = c.tls->open(bytes, plain_);
  touch(c); // What the handshake has to say.
  if (!was_ready && c.tls->ready())
    speech_->begin(c);
  if (!plain_.empty())
    understand(c, {plain_.data(), plain_.size()});
  if (!fine)
    fail(c, "TLS is broken");
}

/// Without a copy if nothing was left of the last time.
void loop::understand(connection& c, std::string_view bytes) {
  auto waited = !c.in.empty();
  if (waited) {
    c.in.insert(c.in.end(), bytes.begin(), bytes.end());
    bytes = {c.in.data(), c.in.size()};
  }
  auto done = speech_->read(c, bytes);
  if (!done || c.closed)
    return;
  if (waited)
    c.in.erase(c.in.begin(), c.in.begin() + static_cast<ptrdiff_t>(*done));
  else
    c.in.assign(bytes.begin() + static_cast<ptrdiff_t>(*done), bytes.end());
}

void loop::received(connection& c, std::string_view text) {
  play_->received(c, text);
}

void loop::acknowledged(connection& c, uint32_t slot) {
  play_->acknowledged(c, slot);
}

void loop::refused(connection& c, uint32_t slot) {
  play_->refused(c, slot);
}

void loop::touch(connection& c) {
  if (!std::exchange(c.dirty, true))
    dirty_.push_back(&c);
}

void loop::flush(connection& c) {
  c.dirty = false;
  if (c.closed || c.connecting)
    return;
  speech_->before_flush(c);
  auto sealed = c.tls != nullptr;
  if (sealed) {
    (void)c.tls->seal(c.out, c.sealed); // If it broke, reading says why.
    c.out.clear();                      // There is nothing before the handshake is done.
  }
  auto more = !(sealed ? write(c, {c.sealed.data(), c.sealed.size()}) : write(c, c.out));
  if (c.closed)
    return;
  if (!more) {
    c.written = 0;
    if (sealed)
      c.sealed.clear();
    else
      c.out.clear();
  }
  if (more != std::exchange(c.blocked, more))
    watch(c, EPOLL_CTL_MOD);
}

/// Whether all is written.
bool loop::write(connection& c, std::string_view bytes) {
  while (c.written < bytes.size()) {
    auto count = ::write(c.fd, bytes.data() + c.written, bytes.size() - c.written);
    if (count < 0 && errno == EAGAIN)
      return false;
    if (count < 0) {
      fail(c, std::strerror(errno));
      return false;
    }
    c.written += static_cast<size_t>(count);
  }
  return true;
}

// -- the run ------------------------------------------------------------------------

void loop::blame(std::string_view why) {
  if (failure_.empty())
    failure_ = why;
}

void loop::forget_failures() {
  failure_.clear();
}

void loop::forgive(nanoseconds time) {
  until_ += time;
}

void loop::read_line() {
  std::array<char, 256> some;
  auto count = ::read(STDIN_FILENO, some.data(), some.size());
  if (count > 0)
    typed_.append(some.data(), static_cast<size_t>(count));
  else
    epoll_ctl(epoll_, EPOLL_CTL_DEL, STDIN_FILENO, nullptr);
}

std::optional<std::string> loop::line() {
  auto end = typed_.find('\n');
  if (end == std::string::npos)
    return std::nullopt;
  auto result = typed_.substr(0, end);
  typed_.erase(0, end + 1);
  return result;
}

} // namespace parley::peers
