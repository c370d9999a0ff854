#pragma once

#include "schema/error.hpp"
#include "tools/swarm/world.hpp"

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

namespace parley::swarm {

/// What the bots do. The run calls, in this order: `prepare` when all are
/// online, `begin` when the load begins, `tick` every few milliseconds, `end`
/// when nobody sends any more (everybody must come back then), `verify` when
/// everything was received.
class scenario {
public:
  virtual ~scenario() = default;

  /// Makes flows and rooms; may run the world.
  virtual status prepare() {
    return {};
  }

  virtual void begin() {}

  /// `elapsed` is the share of the load that is over, 0 to 1.
  virtual void tick(double /*elapsed*/) {}

  virtual void end() {}

  virtual void verify() {}

  /// Adds what only this scenario measures.
  virtual void report(nlohmann::json&) const {}
};

/// The users that a scenario moves. Twins are not among them.
using cast = std::span<const std::unique_ptr<bot>>;

/// The scenario that the options name, over the first `how.users` bots; the
/// bots behind them are second devices.
std::unique_ptr<scenario> make_scenario(world& where);

/// How many users need a second device.
size_t twins_of(const options& how);

std::unique_ptr<scenario> make_pairs(world& where, cast who);
std::unique_ptr<scenario> make_social(world& where, cast who);
std::unique_ptr<scenario> make_rooms(world& where, cast who);
std::unique_ptr<scenario> make_offline(world& where, cast who);
std::unique_ptr<scenario> make_storm(world& where, cast who);
std::unique_ptr<scenario> make_mixed(world& where, cast who);

/// Makes a direct chat in which the first user of each pair writes to the
/// second, and tells the checker who is to see it.
bot::flow& connect_pair(world& where, bot& from, bot& to);

} // namespace parley::swarm
