#pragma once

#include "schema/wire.hpp"

#include <vector>

namespace parley::core {

/// Those of the sessions, in any order, that touch the time from `since` to `until`,
/// and for each day of UTC the seconds within it in which at least one device was
/// online.
wire::online_times online_times_of(std::vector<wire::online_session> sessions, time_us since,
                                   time_us until);

} // namespace parley::core
