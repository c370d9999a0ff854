#pragma once

#include "schema/address.hpp"
#include "tools/bench/peers/connection.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace parley::peers {

struct options {
  std::string protocol = "parley";
  std::string workload = "W1";
  std::string mode; ///< nats: core, js, jsdur.
  address server{"127.0.0.1", 0};
  std::filesystem::path tls_ca;        ///< TLS, and whom to trust; plain text if empty.
  std::filesystem::path service_token; ///< Of a parleyd.
  std::string user;                    ///< One for all; else each has its own name.
  std::string password = "p";
  std::string domain = "localhost"; ///< Of XMPP.

  size_t users = 1000;
  size_t active = 0;  ///< W1, W2: pairs that send, the others are only online; 0: all.
  size_t window = 16; ///< Unfinished messages of each sender.
  size_t payload = 128;
  size_t senders = 100;  ///< W4.
  size_t each = 100;     ///< W4: messages for each recipient.
  size_t publishers = 4; ///< W3.
  size_t at_once = 64;   ///< Logins on their way.
  size_t sources = 8;    ///< Loopback addresses to connect from; each has some 28,000 ports.
  manners receivers = manners::polite; ///< W1, W2, once they are logged in.
  bool beyond_credit = false;          ///< Parley: sends more than there is credit for, once.
  double rate = 1000;                  ///< W2, messages per second of all together.
  double warm = 2;                     ///< Seconds before what is measured.
  double seconds = 8;                  ///< That are measured.
  double settle = 8;       ///< Seconds for W3's members and W5's connections to come to rest.
  double patience = 180;   ///< Seconds after which a run has failed.
  double quiet = 6;        ///< Seconds without a message after which no more will come.
  double kill_at = 0;      ///< W4: share of acknowledgements at which the server is killed.
  std::vector<pid_t> pids; ///< Of the server, for its CPU time and memory.
  std::filesystem::path data_dir; ///< Of the server, for its size.
};

/// Reads the command line. Exits by itself for --help and bad options.
options parse_options(int argc, char** argv);

/// How many connections the workload has.
size_t connections_of(const options& how);

} // namespace parley::peers
