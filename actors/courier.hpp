#pragma once

#include "actors/alarm.hpp"
#include "actors/core/courier.hpp"
#include "actors/directory.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>

namespace parley {

/// The outbox of one shard. core::courier decides, this carries.
///
/// Lifecycle: spawned by its shard and linked to it. Loses nothing on death:
/// the rows are on disk, and the next one takes them up.
struct courier_state {
  static constexpr const char* name = "courier";

  explicit courier_state(courier_actor::pointer self) : self(self) {
    // nop
  }

  void start(shard_id shard, life as, directory_ptr dir);
  void handle(courier_event& x);
  void handle(const committed& x);
  void handle(const rows& x);

  courier_actor::pointer self;

private:
  void carry_out(actions&& out);

  writer_id writer_;
  directory_ptr dir_;
  std::optional<core::courier> core_;
  alarm alarm_;
};

/// Spawned by `shard`.
courier_actor::behavior_type courier(courier_actor::stateful_pointer<courier_state> self,
                                     shard_id shard, life as, directory_ptr dir);

} // namespace parley
