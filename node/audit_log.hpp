#pragma once

#include "schema/error.hpp"

#include <filesystem>

namespace parley {

/// From now on audit() writes to `file`; older lines go to `file` with a number, and in
/// the end away (limits::audit_files). A thread of its own writes, so that nobody who has
/// clients waits for a disk; of more lines than it can write the oldest are let go.
status open_audit_log(const std::filesystem::path& file);

/// Waits until what was said is written, but not for ever. Before the process ends.
void finish_audit_log();

} // namespace parley
