#pragma once

#include "tools/parley/options.hpp"

namespace parley::chat {

/// Does one thing and ends, for scripts: register, send, listen, history,
/// conversations. The exit status: 0 done, 1 refused or no answer in time,
/// with one line on standard error that says why.
int run_one_shot(const options& how);

} // namespace parley::chat
