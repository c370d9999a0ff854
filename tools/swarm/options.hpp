#pragma once

#include "actors/core/tls.hpp"
#include "schema/address.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace parley::swarm {

struct options {
  std::vector<address> nodes;
  std::shared_ptr<core::tls_context> tls;
  std::string scenario = "pairs";
  size_t users = 100;
  double seconds = 10;
  double rate = 0; ///< Messages per second of all together; 0: as fast as the windows let.
  size_t window = 16;
  size_t size = 128; ///< Bytes of a text.
  size_t room_size = 20;
  size_t publishers = 2; ///< Of a room.
  size_t absent = 0;     ///< Members of each room who never come.
  double stay = 5;       ///< Seconds after which a user of a storm reconnects, on average.
  double drain_seconds = 60;
  std::string tag; ///< Of this run, in all names.
  std::filesystem::path service_token = "parley-data/service.token";
  std::filesystem::path json;
};

/// Reads the command line. Exits by itself for --help and bad options.
options parse_options(int argc, char** argv);

/// Allows as many open files as `users` connections need; whether it could.
[[nodiscard]] bool allow_connections(size_t users);

} // namespace parley::swarm
