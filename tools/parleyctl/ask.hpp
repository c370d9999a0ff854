#pragma once

#include "schema/admin.hpp"
#include "tools/parleyctl/options.hpp"

#include <string>
#include <string_view>

namespace parley::ctl {

/// What came of a request.
struct answer {
  exit_status status = done;
  std::string text; ///< Why it is not done.
  frame bytes;      ///< What `body` points into.
  admin::reply_body body;
};

/// Connects, shows the key and asks one thing. Takes at most the time that
/// `how` allows.
answer ask(const options& how, std::string_view key, const admin::request_body& what);

} // namespace parley::ctl
