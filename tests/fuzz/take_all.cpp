#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

// Gives a fuzzer's function every file of a directory, without a fuzzer: what once was a
// finding stays mended.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc != 2)
    return 1;
  size_t taken = 0;
  for (auto& file : std::filesystem::directory_iterator{argv[1]}) {
    std::ifstream in{file.path(), std::ios::binary};
    std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    ++taken;
  }
  std::cout << taken << " inputs\n";
  return taken > 0 ? 0 : 1;
}
