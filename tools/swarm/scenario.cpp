#include "tools/swarm/scenario.hpp"

#include "schema/identity.hpp"

namespace parley::swarm {

std::unique_ptr<scenario> make_scenario(world& where) {
  auto who = cast{where.bots}.first(where.how.users);
  auto& name = where.how.scenario;
  if (name == "pairs")
    return make_pairs(where, who);
  if (name == "rooms")
    return make_rooms(where, who);
  if (name == "offline")
    return make_offline(where, who);
  if (name == "storm")
    return make_storm(where, who);
  if (name == "mixed")
    return make_mixed(where, who);
  return std::make_unique<scenario>(); // idle
}

size_t twins_of(const options& how) {
  return how.scenario == "mixed" ? how.users / 10 : 0;
}

bot::flow& connect_pair(world& where, bot& from, bot& to) {
  auto chat = direct_conversation(from.user(), to.user());
  for (auto& b : where.bots)
    if (b->user() == from.user() || b->user() == to.user())
      where.judge.joined(b->device(), chat, 1);
  return where.pace.add(from, chat, to.name());
}

} // namespace parley::swarm
