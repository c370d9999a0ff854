#pragma once

#include "schema/codec.hpp"
#include "schema/record.hpp"

#include <optional>

namespace parley::core {

/// The message in a row's bytes, if it is one that somebody wrote.
std::optional<wire::message> written(const frame& bytes);

/// A message as it is now: with the edit, in `last_edit`, that has what it says.
frame present(const frame& bytes, const record::revised& now, const frame& last_edit);

} // namespace parley::core
