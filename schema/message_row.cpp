#include "schema/message_row.hpp"

#include <capnp/serialize.h>

#include <cstring>

namespace parley {

frame join_messages(std::span<const frame> messages) {
  if (messages.size() == 1)
    return messages.front();
  size_t size = 0;
  for (auto& x : messages)
    size += x.words().size();
  auto words = std::make_shared_for_overwrite<uint64_t[]>(size);
  auto at = words.get();
  for (auto& x : messages) {
    std::memcpy(at, x.words().data(), x.size_bytes());
    at += x.words().size();
  }
  return {std::move(words), size};
}

std::string_view first_message(std::string_view row) noexcept {
  auto words = row.size() / frame::word;
  if (words == 0)
    return {};
  auto size =
    capnp::expectedSizeInWordsFromPrefix({reinterpret_cast<const capnp::word*>(row.data()), words});
  return size <= words ? row.substr(0, size * frame::word) : std::string_view{};
}

} // namespace parley
