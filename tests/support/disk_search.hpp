#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace parley::testing {

/// Files below a directory that hold these bytes, or that have them in their name, as
/// whoever finds the disk would look for them.
inline std::vector<std::string> places_of(std::string_view what, const std::filesystem::path& dir) {
  std::vector<std::string> result;
  for (auto& x : std::filesystem::recursive_directory_iterator{dir}) {
    auto name = x.path().lexically_relative(dir).string();
    std::string bytes;
    if (x.is_regular_file()) {
      std::ifstream in{x.path(), std::ios::binary};
      bytes.assign(std::istreambuf_iterator<char>{in}, {});
    }
    if (name.find(what) != std::string::npos || bytes.find(what) != std::string::npos)
      result.push_back(name);
  }
  return result;
}

} // namespace parley::testing
