#include "node/listening_socket.hpp"

#include "schema/limits.hpp"

#include <chrono>
#include <memory>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace parley {

namespace {

using address_list = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

address_list addresses_of(const address& x) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (::getaddrinfo(x.host.c_str(), std::to_string(x.port).c_str(), &wanted, &found) != 0)
    found = nullptr;
  return {found, &::freeaddrinfo};
}

template <class T>
void set(int socket, int level, int option, T value) {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

/// The port of the first is shared with those that follow once it has it: the
/// first to ask for a port must not share it with another process.
enum class place { first, another };

bool bind_and_listen(int socket, const sockaddr* at, socklen_t size, place which) {
  set(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (which == place::another)
    set(socket, SOL_SOCKET, SO_REUSEPORT, 1);
  if (::bind(socket, at, size) != 0)
    return false;
  set(socket, SOL_SOCKET, SO_REUSEPORT, 1);
  // Every connection inherits it.
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT,
      static_cast<unsigned>(std::chrono::milliseconds{limits::dead_after}.count()));
  return ::listen(socket, SOMAXCONN) == 0;
}

/// -1 if that cannot be.
int open_listener(const sockaddr* at, socklen_t size, place which) {
  auto socket = ::socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket == -1 || bind_and_listen(socket, at, size, which))
    return socket;
  ::close(socket);
  return -1;
}

int listen_on_first(const address& at) {
  auto found = addresses_of(at);
  auto socket = -1;
  for (auto x = found.get(); x != nullptr && socket == -1; x = x->ai_next)
    socket = open_listener(x->ai_addr, x->ai_addrlen, place::first);
  return socket;
}

/// Where another one is.
int listen_beside(int first) {
  sockaddr_storage at{};
  socklen_t size = sizeof at;
  auto where = reinterpret_cast<sockaddr*>(&at);
  return ::getsockname(first, where, &size) == 0 ? open_listener(where, size, place::another) : -1;
}

} // namespace

status listen_on(const address& at, size_t count, std::vector<int>& out) {
  std::vector<int> made;
  while (made.size() < count) {
    auto next = made.empty() ? listen_on_first(at) : listen_beside(made.front());
    if (next == -1) {
      for (auto socket : made)
        ::close(socket);
      return {ec::internal, "cannot listen on " + at.host + ":" + std::to_string(at.port)
                              + ": address in use or not ours"};
    }
    made.push_back(next);
  }
  out = std::move(made);
  return {};
}

} // namespace parley
