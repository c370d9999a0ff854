#include "actors/multiplexer.hpp"

#include "schema/limits.hpp"

#include <caf/io/network/stream_impl.hpp>
#include <caf/policy/tcp.hpp>

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>

namespace parley {

namespace net = caf::io::network;

/// One TCP connection of a broker.
class multiplexer::connection final : public caf::io::scribe {
public:
  connection(multiplexer& loop, net::native_socket fd)
      : scribe(net::conn_hdl_from_socket(fd)), loop_(loop), stream_(*this, fd) {
    // nop
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
    return stream_.wr_buf();
  }

  void flush() override {
    if (!std::exchange(flushed_, true))
      loop_.flushed_.emplace_back(this);
  }

  void write() {
    flushed_ = false;
    stream_.write_through();
  }

  void ack_writes(bool enable) override {
    stream_.ack_writes(enable);
  }

  void graceful_shutdown() override {
    write();
    stream_.graceful_shutdown();
    detach(&loop_, false);
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
      if (count > 0) {
        if (!owner_.take({arrived.data(), static_cast<size_t>(count)}))
          passivate();
      } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        owner_.io_failure(&owner_.loop_, net::operation::read);
        passivate();
      }
    }

    connection& owner_;
    size_t at_most_ = 0;
  };

  /// False if nobody wants more.
  bool take(std::string_view bytes) {
    if (detached())
      return false;
    auto& burst = loop_.burst_;
    burst.assign(bytes.begin(), bytes.end());
    msg().buf.swap(burst);
    auto wants_more = invoke_mailbox_element(&loop_);
    msg().buf.swap(burst);
    flush();
    return wants_more;
  }

  multiplexer& loop_;
  stream stream_;
  bool launched_ = false;
  bool flushed_ = false;
};

multiplexer::multiplexer(caf::actor_system* system)
    : default_multiplexer(system), arrived_(limits::session_read_bytes) {
  // nop
}

multiplexer::~multiplexer() = default;

caf::io::scribe_ptr multiplexer::new_scribe(net::native_socket fd) {
  net::keepalive(fd, true);
  return caf::make_counted<connection>(*this, fd);
}

void multiplexer::run() {
  while (num_socket_handlers() > 0) {
    poll_once(true);
    write_what_was_flushed();
  }
}

void multiplexer::write_what_was_flushed() {
  if (flushed_.empty())
    return;
  for (size_t i = 0; i < flushed_.size(); ++i) // Who hears that it is written may flush more.
    flushed_[i]->write();
  flushed_.clear();
  handle_internal_events(); // Who is to wait for what, before the loop sleeps.
}

} // namespace parley
