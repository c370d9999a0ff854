#pragma once

#include "persistence/store.hpp"
#include "schema/shard_read.hpp"

#include <vector>

namespace parley {

/// Reads what an actor asked of history, no more than the query allows.
status run_query(const store& from, const query& what, std::vector<row>& out);

} // namespace parley
