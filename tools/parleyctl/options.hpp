#pragma once

#include "schema/address.hpp"
#include "schema/cluster_map.hpp"

#include <filesystem>
#include <string>

namespace parley::ctl {

/// The exit statuses of parleyctl. DO NOT CHANGE: scripts look at them.
enum exit_status : int {
  done = 0,
  failed = 1, ///< The node refused, or something here went wrong.
  bad_usage = 2,
  no_answer = 3, ///< Nobody listens there, or not in time.
};

enum class action { status, cluster_status, drain, change };

struct options {
  action what = action::status;
  cluster_change change; ///< If that is what is asked.
  std::string node_text = "127.0.0.1:7711";
  address node;
  std::filesystem::path key_file = "./parley-data/admin.key";
  bool json = false;
  double timeout = 5; ///< Seconds.
};

/// Reads the command line. Ends the program after --help, and with one line
/// and `bad_usage` when something is wrong with it.
options parse_options(int argc, char** argv);

} // namespace parley::ctl
