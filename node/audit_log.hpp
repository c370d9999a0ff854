#pragma once

#include "schema/error.hpp"

#include <filesystem>

namespace parley {

/// From now on audit() writes to `file`, which only its owner can read; older lines go to
/// `file` with a number, and in the end away (limits::audit_files).
status open_audit_log(const std::filesystem::path& file);

} // namespace parley
