#pragma once

#include "tools/parley/options.hpp"

namespace parley::chat {

/// The chat on the console, until /quit, the end of the input, or SIGINT. When
/// the input is no terminal it ends once everything typed was acknowledged.
/// The exit status is 1 if it could not log in.
int run_chat(const options& how);

} // namespace parley::chat
