#pragma once

#include "schema/error.hpp"
#include "tools/swarm/world.hpp"

#include <string>
#include <vector>

namespace parley::swarm {

/// The names of the users of a run.
std::vector<std::string> names_of_users(const options& how);

/// Makes accounts without passwords, many at once, with the service token.
status import_accounts(world& where, const std::vector<std::string>& names,
                       std::vector<std::string>& tokens);

/// Makes the bots of a run; `twins` of the users have a second device at the
/// end of `where.bots`. Imports their accounts with the service
/// token, many at once; without a token they register when they go online.
status make_bots(world& where, size_t twins);

/// Brings all bots online, so many at once that the node is busy but not
/// flooded. An error if one is refused or if it takes too long.
status bring_online(world& where);

} // namespace parley::swarm
