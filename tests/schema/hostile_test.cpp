#include "schema/codec.hpp"
#include "schema/limits.hpp"
#include "tests/schema/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

// Whatever the bytes say, a decoder gives a value or nothing, and what it
// gives points into the bytes. The sanitizers' build of this test is the one
// that proves it.

using namespace parley;
using namespace parley::testing;

namespace {

std::vector<frame> frames() {
  std::vector<frame> result;
  for (auto& x : client_samples())
    result.push_back(wire::encode(x));
  for (auto& x : server_samples())
    result.push_back(wire::encode(x));
  return result;
}

/// Decodes as both sides would and encodes again, which reads every view.
void swallow(const frame& x) {
  if (auto y = wire::decode_client(x))
    BOOST_REQUIRE(!wire::encode(*y).empty());
  if (auto y = wire::decode_server(x))
    BOOST_REQUIRE(!wire::encode(*y).empty());
}

/// A frame of one segment with these words.
frame of_words(std::vector<uint64_t> words) {
  words.insert(words.begin(), uint64_t{words.size()} << 32);
  return frame{{reinterpret_cast<const char*>(words.data()), words.size() * 8}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_test)

BOOST_AUTO_TEST_CASE(a_frame_that_is_cut_off_is_swallowed) {
  for (auto& x : frames())
    for (size_t size = 0; size < x.size_bytes(); size += frame::word)
      swallow(frame{x.bytes().substr(0, size)});
}

BOOST_AUTO_TEST_CASE(a_frame_with_flipped_bits_is_swallowed) {
  std::mt19937_64 random{1};
  for (auto& x : frames())
    for (int round = 0; round < 1000; ++round) {
      std::string bytes{x.bytes()};
      for (auto flips = random() % 4 + 1; flips != 0; --flips)
        bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
      swallow(frame{bytes});
    }
}

BOOST_AUTO_TEST_CASE(a_frame_with_other_words_is_swallowed) {
  static constexpr uint64_t nasty[] = {
    0, ~0ull, 1ull << 63, 0x7fffffffull, 0xffffffff00000001, 0xfffffffffffffffd};
  for (auto& x : frames())
    for (size_t at = 0; at < x.size_bytes(); at += 8)
      for (auto word : nasty) {
        std::string bytes{x.bytes()};
        std::memcpy(bytes.data() + at, &word, sizeof word);
        swallow(frame{bytes});
      }
}

BOOST_AUTO_TEST_CASE(noise_is_swallowed) {
  std::mt19937_64 random{2};
  for (int round = 0; round < 20'000; ++round) {
    std::vector<uint64_t> words(random() % 32);
    for (auto& word : words)
      word = random() >> random() % 64;
    swallow(of_words(words));
  }
}

BOOST_AUTO_TEST_CASE(a_pointer_to_itself_is_refused) {
  auto to_itself = 0xfffffffcull | 0x0001000200000000ull; // Offset -1, the size of a ClientFrame.
  swallow(of_words({to_itself, to_itself, to_itself}));
}

BOOST_AUTO_TEST_CASE(a_list_of_nothing_does_not_become_a_large_one) {
  // An ack whose list claims half a billion cursors of no size.
  for (uint64_t elements : {1ull << 16, 1ull << 24, (1ull << 29) - 1}) {
    auto x = of_words({0x0001000200000000, // Root: two data words, one pointer.
                       1, 8,               // Request 1; the union says ack.
                       0x0001000000000000, // Ack: one pointer.
                       1 | 7ull << 32,     // A composite list of no words ...
                       elements << 2});    // ... and so many elements.
    if (auto y = wire::decode_client(x))
      if (auto ack = std::get_if<wire::ack>(&y->body))
        BOOST_TEST(ack->cursors.size() <= limits::frame_bytes / sizeof(uint64_t) * 4);
  }
}

BOOST_AUTO_TEST_SUITE_END()
