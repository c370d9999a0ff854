#include "tools/bench/peers/resp.hpp"

#include <charconv>

namespace parley::peers::resp {

size_t end_of_value(std::string_view bytes, std::vector<std::string_view>& texts) {
  auto line = bytes.find("\r\n");
  if (line == std::string_view::npos)
    return 0;
  auto end = line + 2;
  long number = 0;
  std::from_chars(bytes.data() + 1, bytes.data() + line, number);
  if (bytes[0] == '$' && number >= 0) {
    auto size = static_cast<size_t>(number);
    if (bytes.size() < end + size + 2)
      return 0;
    texts.push_back(bytes.substr(end, size));
    return end + size + 2;
  }
  if (bytes[0] != '*')
    return end;
  for (long i = 0; i < number; ++i) {
    auto size = end_of_value(bytes.substr(end), texts);
    if (size == 0)
      return 0;
    end += size;
  }
  return end;
}

void put_count(std::string& out, size_t words) {
  out += '*';
  out += std::to_string(words);
  out += "\r\n";
}

void put_word(std::string& out, std::string_view x) {
  out += '$';
  out += std::to_string(x.size());
  out += "\r\n";
  out += x;
  out += "\r\n";
}

void put_command(std::string& out, std::initializer_list<std::string_view> words) {
  put_count(out, words.size());
  for (auto x : words)
    put_word(out, x);
}

} // namespace parley::peers::resp
