#include "actors/core/splitter.hpp"
#include "tests/fuzz/round_trip.hpp"

#include <algorithm>
#include <string>
#include <vector>

// However a stream is cut, the same frames come out of it, and the same error. The first
// byte says into pieces of how many bytes.

using namespace parley;
using namespace parley::fuzz;

namespace {

constexpr size_t limit = 4096;

struct cut_stream {
  std::vector<std::string> frames;
  ec error = ec::none;

  friend bool operator==(const cut_stream&, const cut_stream&) = default;
};

cut_stream cut(std::string_view stream, size_t piece) {
  splitter input{limit};
  cut_stream result;
  for (size_t at = 0; at < stream.size() && input.error() == ec::none; at += piece) {
    input.feed(stream.substr(at, piece));
    while (auto next = input.next())
      result.frames.emplace_back(next->bytes());
  }
  result.error = input.error();
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  auto stream = view(data + 1, size - 1);
  auto whole = cut(stream, std::max<size_t>(stream.size(), 1));
  if (cut(stream, data[0] + size_t{1}) != whole)
    std::abort();
  for (auto& x : whole.frames)
    if (x.size() > limit)
      std::abort();
  return 0;
}
