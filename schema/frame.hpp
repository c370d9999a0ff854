#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace parley {

/// The word-aligned bytes of one Cap'n Proto message with its segment table:
/// what travels, what is stored, what is pushed. Immutable; copies share.
class frame {
public:
  static constexpr size_t word = sizeof(uint64_t);

  frame() = default;

  /// Copies `bytes` (a multiple of eight) into aligned memory.
  explicit frame(std::string_view bytes) {
    auto words = std::make_shared_for_overwrite<uint64_t[]>(bytes.size() / word);
    if (!bytes.empty())
      std::memcpy(words.get(), bytes.data(), bytes.size() / word * word);
    *this = frame{std::move(words), bytes.size() / word};
  }

  frame(std::shared_ptr<const uint64_t[]> words, size_t size)
      : words_(std::move(words)), size_(size) {
    // nop
  }

  std::span<const uint64_t> words() const noexcept {
    return {words_.get(), size_};
  }

  /// Keeps the bytes alive for a part of them.
  const std::shared_ptr<const uint64_t[]>& owner() const noexcept {
    return words_;
  }

  std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(words_.get()), size_ * word};
  }

  size_t size_bytes() const noexcept {
    return size_ * word;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

private:
  std::shared_ptr<const uint64_t[]> words_;
  size_t size_ = 0;
};

} // namespace parley
