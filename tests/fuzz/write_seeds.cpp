#include "schema/codec.hpp"
#include "tests/schema/samples.hpp"

#include <filesystem>
#include <fstream>

// Writes one frame of every kind into a directory, for the fuzzer to start at.

using namespace parley;
using namespace parley::testing;

int main(int argc, char** argv) {
  if (argc != 2)
    return 1;
  std::filesystem::path dir{argv[1]};
  std::filesystem::create_directories(dir);
  auto write = [&dir](const std::string& name, const frame& x) {
    std::ofstream{dir / name, std::ios::binary} << x.bytes();
  };
  for (auto& x : client_samples())
    write("client-" + std::to_string(x.request), wire::encode(x));
  for (auto& x : server_samples())
    write("server-" + std::to_string(x.request), wire::encode(x));
  for (auto& x : admin_requests())
    write("admin-request-" + std::to_string(x.number), admin::encode(x));
  for (auto& x : admin_replies())
    write("admin-reply-" + std::to_string(x.number), admin::encode(x));
  return 0;
}
