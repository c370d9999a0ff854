#pragma once

#include "persistence/raft_group.hpp"

#include <string>

namespace parley::simulation {

// For traces.
std::string in_words(const raft::message& x);
std::string in_words(const raft::write& x);
std::string in_words(raft::role x);

} // namespace parley::simulation
