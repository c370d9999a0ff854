#include "tools/checker/words.hpp"

#include <cstdio>

namespace parley::checker {

namespace {

std::string hexadecimal(const char* kind, std::initializer_list<uint64_t> parts) {
  std::string words = kind;
  for (auto part : parts) {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(part));
    words += digits;
  }
  return words;
}

} // namespace

std::string in_words(conversation_id x) {
  return hexadecimal("conversation ", {x.high, x.low});
}

std::string in_words(user_id x) {
  return hexadecimal("user ", {x.high, x.low});
}

std::string in_words(device_id x) {
  return hexadecimal("device ", {x.value});
}

} // namespace parley::checker
