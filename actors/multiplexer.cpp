#include "actors/multiplexer.hpp"

#include "schema/limits.hpp"

#include <caf/io/network/doorman_impl.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <caf/policy/tcp.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>

namespace parley {

namespace net = caf::io::network;

/// One TCP connection of a broker. Under TLS what the broker writes waits in
/// `plain_` and is sealed when the socket has taken what was sealed before.
class multiplexer::connection final : public caf::io::scribe {
public:
  connection(multiplexer& loop, native_socket fd,
             const std::shared_ptr<core::tls_context>& certificate = {})
      : scribe(net::conn_hdl_from_socket(fd)), loop_(loop), stream_(*this, fd) {
    net::keepalive(fd, true);
    if (certificate) {
      tls_ = std::make_unique<core::tls>(certificate);
      stream_.ack_writes(true);
    }
  }

  // -- reading

  void configure_read(caf::io::receive_policy::config x) override {
    stream_.configure(x);
    if (!std::exchange(launched_, true))
      stream_.start(this);
  }

  std::vector<char>& rd_buf() override {
    return stream_.rd_buf();
  }

  void add_to_loop() override {
    stream_.activate(this);
  }

  void remove_from_loop() override {
    stream_.passivate();
  }

  // -- writing

  std::vector<char>& wr_buf() override {
    return tls_ ? plain_ : stream_.wr_buf();
  }

  void flush() override {
    if (std::exchange(flushed_, true))
      return;
    loop_.flushed_.push_back(caf::intrusive_ptr<connection>{this});
    if (loop_.flushed_.size() > limits::connections_flushed)
      loop_.write_oldest();
  }

  void write() {
    flushed_ = false;
    if (tls_ && !stream_.writing())
      seal();
    stream_.write_through();
  }

  void data_transferred(caf::execution_unit* where, size_t written, size_t remaining) override {
    if (!tls_)
      scribe::data_transferred(where, written, remaining);
    else if (remaining == 0 && !plain_.empty())
      flush();
  }

  void ack_writes(bool enable) override {
    stream_.ack_writes(enable || tls_);
  }

  void graceful_shutdown() override {
    if (tls_) {
      seal(); // Also behind what the socket has not taken yet.
      tls_->end(stream_.wr_buf());
    }
    write();
    stream_.graceful_shutdown();
    detach(&loop_, false);
  }

  /// The other side has ended it.
  void fail() {
    if (!detached())
      io_failure(&loop_, net::operation::read);
  }

  // -- the other side

  std::string addr() const override {
    auto known = net::remote_addr_of_fd(stream_.fd());
    return known ? *known : std::string{};
  }

  uint16_t port() const override {
    auto known = net::remote_port_of_fd(stream_.fd());
    return known ? *known : uint16_t{0};
  }

private:
  class stream final : public net::stream_impl<caf::policy::tcp> {
  public:
    stream(connection& owner, net::native_socket fd) : stream_impl(owner.loop_, fd), owner_(owner) {
      // nop
    }

    void configure(caf::io::receive_policy::config x) {
      at_most_ = x.first == caf::io::receive_policy_flag::at_most ? x.second : 0;
      configure_read(at_most_ == 0 ? x : caf::io::receive_policy::at_most(1)); // Its own buffer.
    }

    void handle_event(net::operation what) override {
      if (what == net::operation::read && at_most_ != 0)
        read();
      else
        stream_impl::handle_event(what);
    }

    bool writing() const {
      return state_.writing;
    }

    void write_through() {
      auto& out = wr_buf();
      if (!state_.writing && !out.empty()) {
        auto sent = ::send(fd(), out.data(), out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
          out.erase(out.begin(), out.begin() + sent);
          if (state_.ack_writes)
            owner_.data_transferred(&owner_.loop_, static_cast<size_t>(sent), out.size());
        }
        if (out.empty())
          std::vector<char>{}.swap(out);
      }
      flush(&owner_); // What is left, or why.
    }

  private:
    void read() {
      caf::intrusive_ptr<connection> alive{&owner_};
      auto& arrived = owner_.loop_.arrived_;
      auto count = ::recv(fd(), arrived.data(), std::min(at_most_, arrived.size()), MSG_DONTWAIT);
      if (count > 0 && !owner_.take({arrived.data(), static_cast<size_t>(count)}))
        passivate();
      if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        passivate();
        owner_.loop_.ended_.push_back(alive);
      }
    }

    connection& owner_;
    size_t at_most_ = 0;
  };

  /// False if there is no more to read.
  bool take(std::string_view bytes) {
    if (detached())
      return false;
    flush(); // What follows from it, or what the handshake has to say.
    auto& burst = loop_.burst_;
    burst.clear();
    auto whole = true;
    if (tls_)
      whole = tls_->open(bytes, burst);
    else
      burst.assign(bytes.begin(), bytes.end());
    auto wants_more = burst.empty() || hand_over(burst);
    if (!whole && !detached()) {
      if (!tls_->ready())
        loop_.log_refused(addr(), tls_->why());
      write();
      loop_.ended_.push_back(caf::intrusive_ptr<connection>{this});
    }
    return whole && wants_more;
  }

  bool hand_over(std::vector<char>& burst) {
    msg().buf.swap(burst);
    auto wants_more = invoke_mailbox_element(&loop_);
    msg().buf.swap(burst);
    return wants_more;
  }

  /// What cannot be sealed is a farewell to somebody whose handshake is not done.
  void seal() {
    (void)tls_->seal({plain_.data(), plain_.size()}, stream_.wr_buf());
    std::vector<char>{}.swap(plain_);
  }

  multiplexer& loop_;
  stream stream_;
  std::unique_ptr<core::tls> tls_; ///< None: plain text.
  std::vector<char> plain_;
  bool launched_ = false;
  bool flushed_ = false;
};

/// Takes connections that begin with a handshake.
class multiplexer::tls_doorman final : public net::doorman_impl {
public:
  tls_doorman(multiplexer& loop, native_socket fd) : doorman_impl(loop, fd), loop_(loop), fd_(fd) {
    // nop
  }

  bool new_connection() override {
    if (detached())
      return false;
    auto made =
      caf::make_counted<connection>(loop_, acceptor_.accepted_socket(), loop_.certificate_of(fd_));
    auto handle = made->hdl();
    parent()->add_scribe(std::move(made));
    return doorman::new_connection(&loop_, handle);
  }

private:
  multiplexer& loop_;
  native_socket fd_;
};

multiplexer::multiplexer(caf::actor_system* system)
    : default_multiplexer(system), arrived_(limits::session_read_bytes) {
  // nop
}

multiplexer::~multiplexer() = default;

void multiplexer::serve_tls(native_socket listening,
                            std::shared_ptr<core::tls_context> certificate) {
  std::lock_guard lock{mutex_};
  certificates_[listening] = std::move(certificate);
}

std::shared_ptr<core::tls_context> multiplexer::certificate_of(native_socket listening) const {
  std::lock_guard lock{mutex_};
  auto known = certificates_.find(listening);
  return known == certificates_.end() ? nullptr : known->second;
}

/// Strangers shall not fill the log.
void multiplexer::log_refused(const std::string& peer, const std::string& why) {
  ++refused_;
  auto now = std::chrono::steady_clock::now();
  if (now < log_refused_at_)
    return;
  log_refused_at_ = now + limits::log_refused_every;
  spdlog::info("event=tls-refused count={} peer={} reason=\"{}\"", std::exchange(refused_, 0), peer,
               why);
}

caf::io::scribe_ptr multiplexer::new_scribe(native_socket fd) {
  return caf::make_counted<connection>(*this, fd);
}

caf::io::doorman_ptr multiplexer::new_doorman(native_socket fd) {
  if (certificate_of(fd))
    return caf::make_counted<tls_doorman>(*this, fd);
  return default_multiplexer::new_doorman(fd);
}

void multiplexer::run() {
  while (num_socket_handlers() > 0 || !ended_.empty()) {
    auto busy = poll_once(ended_.empty());
    end_some(busy ? limits::connections_ended_beside : limits::connections_ended);
    write_what_was_flushed();
  }
}

void multiplexer::end_some(size_t most) {
  if (ended_.empty())
    return;
  for (; most > 0 && !ended_.empty(); --most) {
    auto next = std::move(ended_.front());
    ended_.pop_front();
    next->fail();
  }
  handle_internal_events();
}

void multiplexer::write_what_was_flushed() {
  if (flushed_.empty())
    return;
  while (!flushed_.empty()) // Who hears that it is written may flush more.
    write_oldest();
  handle_internal_events(); // Who is to wait for what, before the loop sleeps.
}

void multiplexer::write_oldest() {
  auto oldest = std::move(flushed_.front());
  flushed_.pop_front();
  oldest->write();
}

} // namespace parley
