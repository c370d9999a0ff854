#include "actors/core/formats.hpp"

#include <algorithm>

namespace parley::core {

formats compare_formats(uint16_t own, const std::vector<peer_format>& others) {
  formats result{own, record::format_version};
  auto all_can = true;
  auto any_has = false;
  for (auto& x : others) {
    auto has = x.said ? x.said->format : record::format_without_bursts;
    result.agreed = std::min(result.agreed, has);
    auto may = x.said ? std::max(x.said->reads, has) : record::format_version;
    result.possible = std::min(result.possible, x.linked ? may : has);
    all_can = all_can && x.linked && x.said && x.said->reads >= record::format_version;
    any_has = any_has || has >= record::format_version;
  }
  result.mark = own < record::format_version && (all_can || any_has);
  return result;
}

} // namespace parley::core
