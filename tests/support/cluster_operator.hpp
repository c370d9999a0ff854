#pragma once

#include "tests/support/cluster_process.hpp"
#include "tests/support/ctl.hpp"

#include <string>
#include <vector>

// What an operator of a cluster does and looks at, for the tests in which nodes
// come and go.

namespace parley::testing {

size_t count_in(const std::string& text, const std::string& what);

void wait_for_log(const node_process& node, const std::string& what);

/// The number of the node that leads the cluster map, as `asked` knows it.
size_t map_leader(const node_process& asked);

/// `parleyctl cluster ...` at whoever leads the map.
finished change(cluster_process& nodes, size_t ask_at, std::vector<std::string> what);

/// As above; throws if it was refused.
void must_change(cluster_process& nodes, size_t ask_at, std::vector<std::string> what);

/// What `asked` says once the cluster has these nodes, and each group is where
/// the map wants it.
nlohmann::json when_settled(const node_process& asked, const std::vector<size_t>& numbers);

/// How many groups a node holds by that.
size_t holds(const nlohmann::json& status, size_t number);

/// Starts a node that ends at once or soon with status 1, and gives what it
/// said. Throws if it ends otherwise.
std::string words_of_one_that_ends(node_process& node);

/// As above, with a data directory of its own.
std::string words_of_one_that_ends(std::vector<std::string> flags);

} // namespace parley::testing
