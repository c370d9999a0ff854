#include "tests/support/files.hpp"

#include "schema/identity.hpp"
#include "schema/limits.hpp"

#include <algorithm>
#include <random>

namespace parley::testing {

std::string bytes_of_file(size_t size, uint64_t seed) {
  std::mt19937_64 dice{seed};
  std::string result(size, '\0');
  for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
    auto number = dice();
    result.replace(at, std::min(sizeof number, size - at),
                   std::string_view{reinterpret_cast<const char*>(&number), sizeof number}.substr(
                     0, std::min(sizeof number, size - at)));
  }
  return result;
}

file_ref ref_of(const std::string& bytes) {
  sha256 hash;
  hash.feed(bytes);
  return *file_ref::of(hash.finish(), bytes.size());
}

wire::file_state state_of(device& who, const file_ref& file) {
  return *ask_patiently<wire::file_state>(who, wire::put_file{file.hash_bytes(), file.size});
}

wire::file_state put(device& who, const std::string& bytes, size_t upto) {
  auto file = ref_of(bytes);
  auto state = state_of(who, file);
  auto end = std::min(upto, bytes.size());
  while (!state.stored && state.held < end) {
    auto size = std::min(limits::file_piece_bytes, end - state.held);
    auto piece = std::string_view{bytes}.substr(state.held, size);
    state = *ask_patiently<wire::file_state>(
      who, wire::put_file{file.hash_bytes(), file.size, state.held, piece});
  }
  return state;
}

wire::content naming(const file_ref& file, std::string_view name) {
  wire::content x;
  x.extra = std::make_shared<const wire::content_extra>(
    wire::content_extra{wire::file{name, "", file.size, file.hash_bytes()}});
  return x;
}

wire::sent send_file(device& who, const std::string& to, const file_ref& file) {
  static uint64_t counter = uint64_t{1} << 40;
  return *ask_patiently<wire::sent>(who, wire::send{{}, to, ++counter, 0, naming(file)});
}

ec get(device& who, conversation_id in, seq_t seq, std::string& out) {
  out.clear();
  for (;;) {
    auto x = who.answer(who.say(wire::get_file{in, seq, out.size()}));
    if (auto piece = x.as<wire::file_piece>()) {
      out += piece->data;
      if (out.size() == piece->size)
        return ec::none;
    } else if (auto error = x.as<wire::error>(); error == nullptr || !error->retryable) {
      return error == nullptr ? ec::internal : error->code;
    }
  }
}

} // namespace parley::testing
