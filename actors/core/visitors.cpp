#include "actors/core/visitors.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace parley::core {

namespace {

/// In the form of IPv6; one of IPv4 is mapped (RFC 4291, 2.5.5.2).
bool parse(const std::string& text, in6_addr& out) {
  return ::inet_pton(AF_INET6, text.c_str(), &out) == 1
         || ::inet_pton(AF_INET6, ("::ffff:" + text).c_str(), &out) == 1;
}

bool is_loopback(std::string_view network) {
  return network == "::1/64" || network.starts_with("127.");
}

bool is_over(const visitors::place& x, visitors::time now) {
  return x.connections == 0 && x.passwords.forgotten_at() <= now
         && x.registrations.forgotten_at() <= now && x.told.forgotten_at() <= now;
}

} // namespace

std::string network_of(std::string_view address) {
  std::string text{address};
  in6_addr parsed{};
  if (!parse(text, parsed))
    return text;
  std::array<char, INET6_ADDRSTRLEN> shown{};
  if (IN6_IS_ADDR_V4MAPPED(&parsed))
    return ::inet_ntop(AF_INET, parsed.s6_addr + 12, shown.data(), shown.size());
  if (!IN6_IS_ADDR_LOOPBACK(&parsed))
    std::fill(parsed.s6_addr + 8, parsed.s6_addr + 16, uint8_t{0});
  return std::string{::inet_ntop(AF_INET6, &parsed, shown.data(), shown.size())} + "/64";
}

visitors::visitor* visitors::come(std::string_view address, time now) {
  auto network = network_of(address);
  std::lock_guard guard{mutex_};
  if (places_.size() >= sweep_at_)
    forget_who_is_gone(now);
  auto [at, added] = places_.try_emplace(std::move(network));
  auto& who = *at;
  if (added)
    who.second.bounded = rules_.loopback || !is_loopback(who.first);
  if (who.second.bounded && who.second.connections >= rules_.connections)
    return nullptr;
  ++who.second.connections;
  return &who;
}

void visitors::leave(visitor& who, time now) {
  std::lock_guard guard{mutex_};
  --who.second.connections;
  if (is_over(who.second, now))
    places_.erase(places_.find(who.first));
}

size_t visitors::size() const {
  std::lock_guard guard{mutex_};
  return places_.size();
}

void visitors::forget_who_is_gone(time now) {
  std::erase_if(places_, [now](const visitor& x) { return is_over(x.second, now); });
  sweep_at_ = std::max(limits::visitors_remembered, 2 * places_.size());
}

} // namespace parley::core
