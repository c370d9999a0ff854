#pragma once

#include "tools/checker/verdict.hpp"
#include "tools/swarm/options.hpp"
#include "tools/swarm/tally.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace parley::swarm {

/// How long the parts of a run took, in seconds, and what was counted in the
/// load alone.
struct phases {
  double login_seconds = 0;
  double load_seconds = 0;
  double drain_seconds = 0;
  uint64_t initial_logins = 0;
  uint64_t acked_in_load = 0;
  uint64_t delivered_in_load = 0;
  bool drained = false;
};

/// The result as one object; see the README for its fields.
nlohmann::json to_json(const options& how, const phases& took, const tally& counted,
                       const checker::verdict& judged);

/// The result for people.
std::string to_text(const nlohmann::json& result, const checker::verdict& judged);

/// Whether every promise was kept.
bool passed(const tally& counted, const checker::verdict& judged);

} // namespace parley::swarm
