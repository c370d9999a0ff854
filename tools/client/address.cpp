#include "tools/client/address.hpp"

#include <algorithm>
#include <charconv>

namespace parley::client {

std::optional<address> parse_address(std::string_view text, uint16_t port_if_none) {
  address result{{}, port_if_none};
  auto host_end = std::string_view::npos;
  if (text.starts_with('[')) {
    auto bracket = text.find(']');
    if (bracket == std::string_view::npos)
      return std::nullopt;
    result.host = text.substr(1, bracket - 1);
    host_end = bracket + 1;
  } else {
    host_end = std::min(text.rfind(':'), text.size());
    result.host = text.substr(0, host_end);
  }
  if (result.host.empty())
    return std::nullopt;
  auto rest = text.substr(host_end);
  if (rest.empty())
    return result;
  auto port = rest.substr(1);
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (rest[0] != ':' || error != std::errc{} || end != port.data() + port.size()
      || result.port == 0)
    return std::nullopt;
  return result;
}

std::vector<address> parse_addresses(std::string_view text) {
  std::vector<address> result;
  while (true) {
    auto comma = text.find(',');
    auto one = parse_address(text.substr(0, comma));
    if (!one)
      return {};
    result.push_back(*std::move(one));
    if (comma == std::string_view::npos)
      return result;
    text.remove_prefix(comma + 1);
  }
}

} // namespace parley::client
