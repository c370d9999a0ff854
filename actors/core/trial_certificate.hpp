#pragma once

#include <string>
#include <vector>

namespace parley::core {

struct trial_certificate {
  std::string certificate; ///< PEM.
  std::string key;         ///< PEM.
};

/// A certificate that nobody signed but itself, for `hosts` (names and addresses)
/// and one year: clients can be told to trust it, for a trial. A new key each time.
trial_certificate make_trial_certificate(const std::vector<std::string>& hosts);

} // namespace parley::core
