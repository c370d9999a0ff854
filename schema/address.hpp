#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

/// Where something listens.
struct address {
  std::string host;
  uint16_t port = 0;

  friend bool operator==(const address&, const address&) = default;
};

/// The ports of a node where nothing else is said.
inline constexpr uint16_t client_port = 7710;
inline constexpr uint16_t admin_port = 7711;

/// Reads where to connect to, HOST:PORT or [IPV6]:PORT, and a host alone if there
/// is a `port_if_none`; nothing if it is none of them.
std::optional<address> parse_address(std::string_view text, uint16_t port_if_none = 0);

/// Reads where to listen, HOST:PORT or [IPV6]:PORT; port 0 stands for a free one.
std::optional<address> parse_listen_address(std::string_view text);

/// Reads addresses to connect to, with commas between them; empty if one of
/// them is none.
std::vector<address> parse_addresses(std::string_view text, uint16_t port_if_none = 0);

} // namespace parley
