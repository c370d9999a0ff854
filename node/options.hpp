#pragma once

#include "actors/connector.hpp"
#include "actors/core/jwt.hpp"
#include "actors/core/login_rules.hpp"
#include "actors/core/writing.hpp"
#include "schema/ids.hpp"
#include "schema/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace parley {

/// Of the program.
inline constexpr auto version = "0.1.0";

/// PEM files for what nodes say to each other: the authority that signed every
/// node's certificate, and this node's own. All of them, or plain text.
struct node_tls {
  std::string authority;
  std::string certificate;
  std::string key;

  bool enabled() const noexcept {
    return !authority.empty();
  }
};

/// PEM files for what clients and this node say to each other. Both, or plain text.
struct client_tls {
  std::filesystem::path certificate; ///< And what lies between it and its authority.
  std::filesystem::path key;
  bool self_signed = false; ///< Makes both in the data directory, for trials.

  bool enabled() const noexcept {
    return self_signed || !certificate.empty();
  }
};

/// What an operator chooses. Every option is a flag and a line of the
/// configuration file (`--config FILE`, TOML); flags win.
struct node_options {
  std::filesystem::path data_dir = "parley-data";
  std::string host = "127.0.0.1";
  uint16_t port = 7710;

  /// Where clients reach it, for other nodes to pass on: HOST:PORT. Empty: where
  /// it listens, unless that is every address of the machine.
  std::string advertise;

  bool admin = true; ///< Whether there is an admin door.
  std::string admin_host = "127.0.0.1";
  uint16_t admin_port = 7711;

  client_tls tls;

  /// Plain text is by default spoken on loopback only.
  bool allow_plaintext = false;

  parley::writing writing = parley::writing::anyone; ///< Who may write to whom.
  bool search = false;                               ///< Whether messages are indexed.
  wire::retention keep;                              ///< How long messages are kept.
  bool notices = false;                              ///< Whether there is a feed of who was away.
  login_rules logins{};                              ///< How many devices, and for how long.
  jwt_rules jwt{};                                   ///< Its key is read from ...
  std::filesystem::path jwt_key;                     ///< ... this file, if there is one.

  size_t connections = limits::connections;                         ///< Of clients, at a time ...
  size_t connections_per_address = limits::connections_per_address; ///< ... and from one address.
  bool limit_loopback = false;                ///< Whether this machine is bounded as well.
  unsigned user_rate = limits::user_requests; ///< Requests of a user in a second; 0: any.

  size_t io_threads = 0;              ///< That serve clients; 0: one for every four cores.
  size_t workers = 0;                 ///< Scheduler threads; 0: one per core.
  size_t hashers = 1;                 ///< Threads for passwords; each needs 19 MiB.
  std::filesystem::path data_key;     ///< Encrypts the data directory, if there is one.
  std::filesystem::path old_data_key; ///< Under which it may still be.
  uint64_t disk_reserve_bytes = limits::disk_reserve_bytes;
  uint64_t file_mib = limits::file_bytes >> 20;            ///< Of one file.
  uint64_t user_files_mib = limits::user_file_bytes >> 20; ///< Of all files of a user.
  uint64_t file_grace_seconds = std::chrono::seconds{limits::file_grace}.count();
  size_t cache_mib = 64;
  std::string log_level = "info";

  // A node of a cluster; on its own without a key.
  node_id self{1};
  std::vector<cluster_node> nodes; ///< Those that make the cluster, this one among them.
  bool join = false;               ///< It is there already.
  uint8_t replicas = 3;            ///< Of everything, in a cluster that begins.
  std::filesystem::path cluster_key;
  node_tls between_nodes;

  bool clustered() const noexcept {
    return !cluster_key.empty();
  }
};

/// Reads the command line of parleyd. Prints help or one line about what is
/// wrong and gives the exit status then.
std::optional<int> parse_options(int argc, char** argv, node_options& out);

/// Whether an address is only reachable from this machine.
bool is_loopback(const std::string& host);

} // namespace parley
