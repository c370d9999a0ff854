#include "actors/core/online_times.hpp"

#include <algorithm>

namespace parley::core {

namespace {

constexpr time_us second = 1'000'000;
constexpr time_us day = 24 * 60 * 60 * second;

/// Adds what is in [start, end), which is behind all that was added before.
void add(std::vector<std::pair<time_us, time_us>>& days, time_us start, time_us end) {
  while (start < end) {
    auto today = start - start % day;
    auto until = std::min(end, today + day);
    if (days.empty() || days.back().first != today)
      days.push_back({today, 0});
    days.back().second += until - start;
    start = until;
  }
}

} // namespace

wire::online_times online_times_of(std::vector<wire::online_session> sessions, time_us since,
                                   time_us until) {
  std::erase_if(sessions, [since, until](const wire::online_session& x) {
    return x.end < since || x.start >= until;
  });
  std::sort(sessions.begin(), sessions.end(),
            [](const auto& a, const auto& b) { return a.start < b.start; });
  std::vector<std::pair<time_us, time_us>> days;
  auto counted = since;
  for (auto& x : sessions) {
    auto end = std::min(x.end, until);
    add(days, std::max(x.start, counted), end);
    counted = std::max(counted, end);
  }
  wire::online_times result{std::move(sessions), {}};
  for (auto& [start, time] : days)
    result.days.push_back({start, static_cast<uint32_t>((time + second / 2) / second)});
  return result;
}

} // namespace parley::core
