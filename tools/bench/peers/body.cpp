#include "tools/bench/peers/body.hpp"

#include <array>
#include <cstring>
#include <random>

namespace parley::peers {

namespace {

constexpr std::string_view letters =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr uint8_t no_letter = 64;
constexpr size_t half = body_bytes_min / 2; // 48 bits, six in each letter.

/// Larger than the largest body, so that messages share little.
constexpr size_t filling_bytes = 1 << 20;

constexpr auto values = [] {
  std::array<uint8_t, 256> result{};
  result.fill(no_letter);
  for (size_t i = 0; i < letters.size(); ++i)
    result[static_cast<uint8_t>(letters[i])] = static_cast<uint8_t>(i);
  return result;
}();

void put(char* to, uint64_t x) {
  for (size_t i = 0; i < half; ++i, x >>= 6)
    to[i] = letters[x & 63];
}

bool get(const char* from, uint64_t& out) {
  out = 0;
  for (size_t i = half; i-- > 0;) {
    auto value = values[static_cast<uint8_t>(from[i])];
    if (value == no_letter)
      return false;
    out = out << 6 | value;
  }
  return true;
}

} // namespace

std::optional<body> read_body(std::string_view text) noexcept {
  uint64_t first = 0;
  uint64_t second = 0;
  if (text.size() < body_bytes_min || !get(text.data(), first) || !get(text.data() + half, second))
    return std::nullopt;
  return body{static_cast<uint32_t>(first),
              static_cast<uint32_t>(first >> 32 | (second >> 32) << 16),
              static_cast<uint32_t>(second)};
}

body_writer::body_writer(size_t size) : filling_(filling_bytes, '\0'), text_(size, '\0') {
  std::mt19937_64 random; // The same text in every run.
  for (auto& x : filling_)
    x = letters[random() & 63];
}

std::string_view body_writer::write(const body& x) {
  put(text_.data(), x.run | uint64_t{x.sender & 0xffff} << 32);
  put(text_.data() + half, x.number | uint64_t{x.sender >> 16} << 32);
  auto rest = text_.size() - body_bytes_min;
  auto from = (uint64_t{x.number} * 2654435761 + x.sender) % (filling_bytes - rest);
  std::memcpy(text_.data() + body_bytes_min, filling_.data() + from, rest);
  return text_;
}

} // namespace parley::peers
