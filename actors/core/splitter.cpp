#include "actors/core/splitter.hpp"

#include "schema/limits.hpp"

#include <cstdint>
#include <cstring>

namespace parley {

namespace {

constexpr size_t entry = sizeof(uint32_t);

uint64_t entry_at(std::string_view bytes, size_t index) noexcept {
  uint32_t result;
  std::memcpy(&result, bytes.data() + index * entry, entry);
  return result;
}

} // namespace

frame_head read_frame_head(std::string_view bytes, size_t max_frame_bytes) noexcept {
  if (bytes.size() < entry)
    return {};
  auto segments = entry_at(bytes, 0) + 1;
  if (segments > limits::frame_segments)
    return {ec::too_large, 0};
  auto table = (segments / 2 + 1) * frame::word;
  if (table > max_frame_bytes)
    return {ec::too_large, 0};
  if (bytes.size() < table)
    return {};
  uint64_t size = table;
  for (size_t i = 1; i <= segments; ++i)
    size += entry_at(bytes, i) * frame::word;
  if (size > max_frame_bytes)
    return {ec::too_large, 0};
  return {ec::none, size};
}

splitter::splitter(size_t max_frame_bytes) : max_frame_bytes_(max_frame_bytes) {
  // nop
}

void splitter::limit(size_t max_frame_bytes) noexcept {
  max_frame_bytes_ = max_frame_bytes;
}

void splitter::feed(std::string_view bytes) {
  if (error_ != ec::none)
    return;
  if (read_ > 0) {
    buffer_.erase(0, read_);
    read_ = 0;
  }
  buffer_.append(bytes);
}

std::optional<frame> splitter::next() {
  auto rest = std::string_view{buffer_}.substr(read_);
  auto head = read_frame_head(rest, max_frame_bytes_);
  if (head.error != ec::none)
    fail(head.error);
  if (head.bytes == 0 || head.bytes > rest.size())
    return std::nullopt;
  frame result{rest.substr(0, head.bytes)};
  read_ += head.bytes;
  if (read_ == buffer_.size()) {
    std::string{}.swap(buffer_);
    read_ = 0;
  }
  return result;
}

void splitter::fail(ec code) {
  error_ = code;
  std::string{}.swap(buffer_);
  read_ = 0;
}

} // namespace parley
