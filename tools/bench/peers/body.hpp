#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::peers {

/// What a message says of itself: 96 bits, as 16 letters that every protocol can
/// carry as text. When it was sent is known to the sender, in the same process.
struct body {
  uint32_t run = 0; ///< Tells this run's messages from those of earlier ones.
  uint32_t sender = 0;
  uint32_t number = 0;

  friend bool operator==(const body&, const body&) = default;
};

inline constexpr size_t body_bytes_min = 16;
inline constexpr size_t body_bytes_max = 64 << 10;

/// Nothing if it is none of ours. Looks at the first 16 bytes.
std::optional<body> read_body(std::string_view text) noexcept;

/// Writes bodies of one size. Behind the 16 letters come others without a
/// pattern, different ones in each message: no server can pack them.
class body_writer {
public:
  explicit body_writer(size_t size);

  /// Valid until the next.
  std::string_view write(const body& x);

private:
  std::string filling_;
  std::string text_;
};

} // namespace parley::peers
