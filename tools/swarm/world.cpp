#include "tools/swarm/world.hpp"

#include "schema/identity.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace parley::swarm {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto tick_every = 5ms;

/// So that a load that is paced comes evenly.
constexpr auto paced_tick_every = 1ms;

} // namespace

world::world(options run)
    : how(std::move(run)), pace(how.window, how.rate), random(random_number()),
      work_(context.get_executor()) {
  // nop
}

bool world::run_until(const std::function<bool()>& done, double patience) {
  auto until = clock::now() + std::chrono::duration<double>(patience);
  while (!done()) {
    if (clock::now() >= until)
      return false;
    context.run_for(how.rate > 0 ? paced_tick_every : tick_every);
    pace.tick(clock::now());
    if (tick)
      tick();
  }
  return true;
}

void world::run_for(double seconds) {
  run_until([] { return false; }, seconds);
}

bot& world::add_bot(std::string name, std::string token) {
  auto& made = *bots.emplace_back(std::make_unique<bot>(*this, std::move(name), std::move(token)));
  by_name_.emplace(made.name(), &made);
  return made;
}

void world::say(const std::string& words) const {
  auto erase = isatty(STDERR_FILENO) != 0 ? "\r\033[K" : "";
  std::fprintf(stderr, "%s%s\n", erase, words.c_str());
}

void world::witnessed(const bot& by, const wire::message& x, const wire::event& what) {
  auto witness = witnesses.find(x.conversation);
  if (witness == witnesses.end() || witness->second != &by)
    return;
  auto leaves = what.kind == wire::event_kind::left || what.kind == wire::event_kind::removed
                || what.kind == wire::event_kind::banned;
  if (!leaves && what.kind > wire::event_kind::joined)
    return;
  for (auto name : what.members) {
    auto [begin, end] = by_name_.equal_range(std::string{name});
    for (auto at = begin; at != end; ++at)
      if (leaves)
        judge.left(at->second->device(), x.conversation, x.seq);
      else
        judge.joined(at->second->device(), x.conversation, x.seq);
  }
}

} // namespace parley::swarm
