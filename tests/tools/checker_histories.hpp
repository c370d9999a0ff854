#pragma once

#include "tools/checker/checker.hpp"
#include "tools/checker/history.hpp"

// What histories in tests are made of: three people and one chat.

namespace parley::checker {

inline constexpr device_id ada{1};
inline constexpr device_id bob{2};
inline constexpr device_id eve{3};
inline constexpr conversation_id chat{7, 7};

/// Each has one device, but for Ada, who may have another one.
inline constexpr device_id adas_phone{4};
inline constexpr user_id ada_herself{0, 1};
inline constexpr user_id bob_himself{0, 2};
inline constexpr user_id eve_herself{0, 3};

/// Counters tell the bodies.
constexpr uint64_t body(uint64_t counter) {
  return counter * 1000;
}

inline invoked sends(device_id d, uint64_t counter) {
  return {d, chat, counter, body(counter)};
}

inline acknowledged stored(device_id d, uint64_t counter, seq_t seq) {
  return {d, chat, counter, seq};
}

inline delivered gets(device_id d, seq_t seq, device_id from, uint64_t counter) {
  return {d, chat, seq, from, counter, body(counter), 0};
}

inline member in(device_id d, seq_t first = 1, seq_t last = 0) {
  return {d, chat, first, last};
}

/// Ada writes two messages to Bob, who is there from the start.
inline history good() {
  return {in(ada),           in(bob),           sends(ada, 1),        sends(ada, 2),
          stored(ada, 1, 1), stored(ada, 2, 2), gets(bob, 1, ada, 1), gets(bob, 2, ada, 2)};
}

inline history with(history x, std::initializer_list<event> more) {
  x.insert(x.end(), more);
  return x;
}

inline history without_last(history x, size_t count = 1) {
  x.resize(x.size() - count);
  return x;
}

} // namespace parley::checker
