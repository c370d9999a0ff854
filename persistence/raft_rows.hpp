#pragma once

#include "persistence/raft_group.hpp"
#include "schema/effect.hpp"

#include <optional>

// Between a group and the rows of its shard. Raft's own rows lie outside the
// shard's range; see schema/keys.hpp.

namespace parley {

class store;

namespace raft {

/// What a write changes on disk.
effect rows_of(shard_id shard, const write& x);

/// What a committed entry changes: its rows, and the note that it is applied.
/// Nothing if it is damaged; then the node must stop, for others apply it.
std::optional<effect> rows_of(shard_id shard, const committed_entry& x);

/// Founds a group with one voter, over whatever rows of the shard are there: it
/// begins with a mark, not with an entry, so that whoever joins is sent to
/// fetch them.
void found_alone(shard_id shard, node_id who, effect& out);

/// What the disk says of a group. Reads the whole log; an error's text is one
/// line for the operator. Before the journal writes anything.
status load_group(const store& from, shard_id shard, persisted& out);

} // namespace raft

} // namespace parley
