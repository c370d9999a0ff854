#include "schema/address.hpp"

#include <algorithm>
#include <charconv>

namespace parley {

namespace {

std::optional<address> split(std::string_view text, uint16_t port_if_none) {
  address result{{}, port_if_none};
  auto host_end = std::min(text.rfind(':'), text.size());
  if (text.starts_with('[')) {
    auto bracket = text.find(']');
    if (bracket == std::string_view::npos)
      return std::nullopt;
    result.host = text.substr(1, bracket - 1);
    host_end = bracket + 1;
  } else {
    result.host = text.substr(0, host_end);
  }
  auto rest = text.substr(host_end);
  if (result.host.empty() || (rest.empty() && port_if_none == 0))
    return std::nullopt;
  if (rest.empty())
    return result;
  auto port = rest.substr(1);
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (rest[0] != ':' || error != std::errc{} || end != port.data() + port.size())
    return std::nullopt;
  return result;
}

} // namespace

std::optional<address> parse_address(std::string_view text, uint16_t port_if_none) {
  auto result = split(text, port_if_none);
  return result && result->port != 0 ? result : std::nullopt;
}

std::optional<address> parse_listen_address(std::string_view text) {
  return split(text, 0);
}

std::vector<address> parse_addresses(std::string_view text, uint16_t port_if_none) {
  std::vector<address> result;
  while (true) {
    auto comma = text.find(',');
    auto one = parse_address(text.substr(0, comma), port_if_none);
    if (!one)
      return {};
    result.push_back(*std::move(one));
    if (comma == std::string_view::npos)
      return result;
    text.remove_prefix(comma + 1);
  }
}

} // namespace parley
