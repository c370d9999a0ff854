#pragma once

#include "actors/core/rate_limit.hpp"
#include "schema/limits.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace parley::core {

/// Where clients come from: how many connections each address has, and what it tried.
/// An address of IPv4 counts for itself, one of IPv6 with all of its network of 64 bits,
/// for whoever has one has them all (RFC 4291, 2.5.4). Safe to share.
class visitors {
public:
  using time = std::chrono::microseconds;

  struct rules {
    size_t connections = limits::connections_per_address; ///< At a time.
    bool loopback = false; ///< Whether this machine is bounded like others.
  };

  struct place {
    size_t connections = 0;   ///< Guarded by `visitors`.
    bool bounded = false;     ///< Or it may do what it likes.
    rate_limit passwords;     ///< Wrong ones.
    rate_limit registrations; ///< New accounts.
    rate_limit told;          ///< Refusals in the audit log.
  };

  /// An address, and what came from there. Stays where it is while a connection of it
  /// is open.
  using visitor = std::pair<const std::string, place>;

  /// Before the first connection.
  void rule(const rules& x) {
    rules_ = x;
  }

  /// A connection came; nothing if its address has too many.
  visitor* come(std::string_view address, time now);

  /// It is gone. What it tried is remembered for as long as it counts.
  void leave(visitor& who, time now);

  /// Addresses that are remembered.
  size_t size() const;

private:
  void forget_who_is_gone(time now);

  rules rules_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, place> places_;
  size_t sweep_at_ = limits::visitors_remembered;
};

/// What an address counts as. What is none counts for itself.
std::string network_of(std::string_view address);

} // namespace parley::core
