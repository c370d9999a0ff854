#pragma once

#include "actors/core/fetcher.hpp"
#include "actors/directory.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <unordered_map>

namespace parley {

/// Loads what this node has no replica of. core::fetcher decides, this carries:
/// to history, to the peers, to who asked.
///
/// Lifecycle: one per node of a cluster, in the actor system of the nodes, as
/// long as the node.
struct fetcher_state {
  static constexpr const char* name = "fetcher";

  explicit fetcher_state(fetcher_actor::pointer self);

  void begin(const load& x);
  void add(rows&& x);
  void hear(const peer_letter& x);
  void tick_now();

  fetcher_actor::pointer self;
  directory_ptr dir;

private:
  void carry_out(core::fetcher_actions&& out);

  core::fetcher core_;
  std::unordered_map<core::fetch_ticket, reader_actor> readers_;
  core::fetch_ticket tickets_ = 0;
};

/// Spawned by the composition root.
fetcher_actor::behavior_type fetcher(fetcher_actor::stateful_pointer<fetcher_state> self,
                                     directory_ptr dir);

} // namespace parley
