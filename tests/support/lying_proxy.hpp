#pragma once

#include "schema/codec.hpp"
#include "tests/support/raw_client.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace parley::testing {

/// Stands between clients and a node and tells them what the lie wants.
///
///   client <--- frames ---> proxy <--- frames ---> node
///                             |
///                            lie: each frame becomes none, itself, or others
///
/// One thread; every connection has a lie of its own, made by `make`.
class lying_proxy {
public:
  class lie {
  public:
    virtual ~lie() = default;

    /// What the client is told instead of `x`.
    virtual std::vector<frame> to_client(const received& x) {
      return {x.bytes};
    }

    /// What the node is told instead of `x`; adds to `back` what the client
    /// hears at once.
    virtual std::vector<frame> to_node(const frame& bytes, const wire::client_frame& x,
                                       std::vector<frame>& back) {
      (void)x;
      (void)back;
      return {bytes};
    }
  };

  using maker = std::function<std::unique_ptr<lie>()>;

  lying_proxy(uint16_t node_port, maker make);
  ~lying_proxy();

  std::string endpoint() const;

private:
  struct link;

  void work();
  void accept_one();

  uint16_t node_port_;
  maker make_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::vector<std::unique_ptr<link>> links_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

} // namespace parley::testing
