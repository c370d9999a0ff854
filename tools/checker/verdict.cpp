#include "tools/checker/verdict.hpp"

#include <string_view>

namespace parley::checker {

std::string in_words(const verdict& x) {
  std::string words;
  auto add = [&words](std::string_view kind, uint64_t count) {
    words.append(words.empty() ? "" : ", ").append(kind).append(" ").append(std::to_string(count));
  };
  add("lost", x.lost);
  add("missing", x.missing);
  add("gaps", x.gaps);
  add("duplicated", x.duplicated);
  add("reordered", x.reordered);
  add("forged", x.forged);
  add("receipts", x.receipts);
  add("unread", x.unread);
  add("versions", x.versions);
  add("contacts", x.contacts);
  add("members", x.members);
  for (auto& example : x.examples)
    words.append("\n  ").append(example);
  return words;
}

} // namespace parley::checker
