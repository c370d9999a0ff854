#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

// What Redis speaks, without a socket.

namespace parley::peers::resp {

/// The end of the value at the start of `bytes`, 0 while it is not whole. Appends
/// the texts in it, however deep, to `texts`.
size_t end_of_value(std::string_view bytes, std::vector<std::string_view>& texts);

void put_count(std::string& out, size_t words);
void put_word(std::string& out, std::string_view x);
void put_command(std::string& out, std::initializer_list<std::string_view> words);

} // namespace parley::peers::resp
