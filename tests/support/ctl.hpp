#pragma once

#include "tests/support/node_process.hpp"

#include <nlohmann/json.hpp>

namespace parley::testing {

/// Runs parleyctl at a node's admin door.
finished ctl(const node_process& node, std::vector<std::string> words);

/// As above with --json; what it printed. Throws if it failed.
nlohmann::json ctl_json(const node_process& node, std::vector<std::string> words);

/// `parleyctl cluster status`, or nothing while the node does not answer.
nlohmann::json cluster_status(const node_process& node);

} // namespace parley::testing
