#include "schema/record.hpp"
#include "tests/fuzz/round_trip.hpp"

// Rows of a store that went bad, or that another build wrote. The first byte says which
// kind of row the others are taken for.

using namespace parley;
using namespace parley::fuzz;

namespace {

template <class T>
void take_for(std::string_view bytes) {
  round_trip(
    record::decode<T>(bytes), [](const T& x) { return record::encode(x); },
    [](const frame& x) { return record::decode<T>(x.bytes()); });
}

constexpr void (*kinds[])(std::string_view) = {
  take_for<record::account>,
  take_for<record::conversation>,
  take_for<record::member>,
  take_for<record::outsider>,
  take_for<record::revised>,
  take_for<record::reacted>,
  take_for<record::mailbox>,
  take_for<record::contact>,
  take_for<record::cursor>,
  take_for<record::kept_file>,
  take_for<record::online_session>,
  take_for<record::naming>,
  take_for<record::file_usage>,
  take_for<record::outbox>,
  take_for<record::notice>,
  take_for<record::counter>,
  take_for<record::node_identity>,
  [](std::string_view bytes) { (void)record::decode_client_ids(bytes); },
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  frame bytes{view(data + 1, size - 1)};
  kinds[data[0] % std::size(kinds)](bytes.bytes());
  return 0;
}
