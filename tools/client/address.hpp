#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::client {

/// Where a node listens.
struct address {
  std::string host;
  uint16_t port = 0;
};

/// The port of clients where none is given.
inline constexpr uint16_t default_port = 7710;

/// Reads HOST, HOST:PORT or [IPV6]:PORT; nothing if it is none of them.
std::optional<address> parse_address(std::string_view text, uint16_t port_if_none = default_port);

/// Reads addresses with commas between them; empty if one of them is none.
std::vector<address> parse_addresses(std::string_view text);

} // namespace parley::client
