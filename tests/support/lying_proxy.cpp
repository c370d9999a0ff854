#include "tests/support/lying_proxy.hpp"

#include "actors/core/splitter.hpp"
#include "schema/limits.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace parley::testing {

namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

/// One end of a link. Writes may block: a lie needs no throughput.
struct side {
  int fd = -1;
  splitter input{limits::frame_bytes};

  bool read() {
    char buffer[64 << 10];
    auto size = ::recv(fd, buffer, sizeof buffer, 0);
    if (size <= 0)
      return false;
    input.feed({buffer, static_cast<size_t>(size)});
    return true;
  }

  bool write(const std::vector<frame>& frames) const {
    std::string bytes;
    for (auto& x : frames)
      bytes.append(x.bytes());
    for (size_t done = 0; done < bytes.size();) {
      auto size = ::send(fd, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (size <= 0)
        return false;
      done += static_cast<size_t>(size);
    }
    return true;
  }
};

void append(std::vector<frame>& to, std::vector<frame> what) {
  to.insert(to.end(), what.begin(), what.end());
}

} // namespace

struct lying_proxy::link {
  side client;
  side node;
  std::unique_ptr<lie> what;

  ~link() {
    ::close(client.fd);
    ::close(node.fd);
  }

  bool from_client() {
    if (!client.read())
      return false;
    std::vector<frame> on;
    std::vector<frame> back;
    while (auto bytes = client.input.next())
      if (auto x = wire::decode_client(*bytes))
        append(on, what->to_node(*bytes, *x, back));
    return node.write(on) && client.write(back);
  }

  bool from_node() {
    if (!node.read())
      return false;
    std::vector<frame> on;
    while (auto bytes = node.input.next())
      if (auto x = wire::decode_server(*bytes))
        append(on, what->to_client({*bytes, *std::move(x)}));
    return client.write(on);
  }
};

lying_proxy::lying_proxy(uint16_t node_port, maker make)
    : node_port_(node_port), make_(std::move(make)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto at = loopback(0);
  socklen_t size = sizeof at;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0
      || ::listen(listener_, 128) != 0
      || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::runtime_error("the proxy cannot listen");
  port_ = ntohs(at.sin_port);
  thread_ = std::thread{[this] { work(); }};
}

lying_proxy::~lying_proxy() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
}

std::string lying_proxy::endpoint() const {
  return "127.0.0.1:" + std::to_string(port_);
}

void lying_proxy::accept_one() {
  auto added = std::make_unique<link>();
  added->client.fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  added->node.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  added->what = make_();
  int yes = 1;
  for (auto fd : {added->client.fd, added->node.fd})
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  auto to = loopback(node_port_);
  if (::connect(added->node.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0)
    links_.push_back(std::move(added));
}

void lying_proxy::work() {
  while (!stop_) {
    std::vector<pollfd> fds{{listener_, POLLIN, 0}};
    for (auto& x : links_) {
      fds.push_back({x->client.fd, POLLIN, 0});
      fds.push_back({x->node.fd, POLLIN, 0});
    }
    if (::poll(fds.data(), fds.size(), 20) <= 0)
      continue;
    for (size_t i = links_.size(); i-- > 0;) {
      auto& x = *links_[i];
      auto alive = (fds[2 * i + 1].revents == 0 || x.from_client())
                   && (fds[2 * i + 2].revents == 0 || x.from_node());
      if (!alive)
        links_.erase(links_.begin() + static_cast<ptrdiff_t>(i));
    }
    if (fds[0].revents != 0)
      accept_one();
  }
}

} // namespace parley::testing
