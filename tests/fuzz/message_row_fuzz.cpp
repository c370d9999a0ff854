#include "schema/codec.hpp"
#include "schema/message_row.hpp"
#include "tests/fuzz/round_trip.hpp"

#include <algorithm>
#include <vector>

// Rows of several messages, that went bad or not: whoever walks through one comes to its
// end, and what can be read of it makes the same row again.

using namespace parley;
using namespace parley::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  frame row{view(data, size)};
  auto rest = row.bytes();
  std::vector<frame> messages;
  while (!rest.empty()) {
    auto first = first_message(rest);
    if (first.size() > rest.size() || first.size() % frame::word != 0)
      std::abort();
    if (first.empty())
      break;
    auto& message = messages.emplace_back(first);
    (void)wire::decode_server(message);
    rest.remove_prefix(first.size());
  }
  if (messages.empty())
    return 0;
  auto joined = join_messages(messages);
  if (joined.bytes() != row.bytes().substr(0, joined.size_bytes()))
    std::abort();
  return 0;
}
