#include "persistence/reclaiming.hpp"

#include "schema/keys.hpp"
#include "schema/message_row.hpp"

namespace parley {

bool is_reclaimable(std::string_view key, std::string_view value, seq_t reclaimed) {
  auto of = keys::place_of(key);
  if (!of || of->seq >= reclaimed)
    return false;
  if (!keys::is_of_messages(key::from(key)))
    return true;
  auto last = of->seq;
  for (auto bytes = first_message(value); !bytes.empty(); bytes = first_message(value)) {
    value.remove_prefix(bytes.size());
    if (value.empty())
      break;
    ++last;
  }
  return last + 1 < reclaimed;
}

} // namespace parley
