#pragma once

#include "actors/directory.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <unordered_map>

namespace parley {

/// Loads what this node has no replica of: splits a load by shard, asks history
/// for what is here and the leaders for the rest, and puts the parts together.
/// What does not come within limits::fetch_within is answered with `retry`.
///
/// Lifecycle: one per node of a cluster, in the actor system of the nodes, as
/// long as the node.
struct fetcher_state {
  static constexpr const char* name = "fetcher";

  explicit fetcher_state(fetcher_actor::pointer self) : self(self) {
    // nop
  }

  void begin(load& x);
  void add(rows& x);
  void hear(const peer_letter& x);
  void give_up();

  fetcher_actor::pointer self;
  directory_ptr dir;

private:
  struct fetch {
    reader_actor reader;
    uint64_t token = 0; ///< The reader's.
    rows result;
    size_t missing = 0; ///< Parts.
    std::chrono::microseconds until{};
  };

  /// Which queries of a fetch one part answers.
  struct part {
    uint64_t fetch = 0;
    std::vector<size_t> queries;
  };

  void end(uint64_t id, ec code);

  std::unordered_map<uint64_t, fetch> fetches_;
  std::unordered_map<uint64_t, part> parts_; ///< By token.
  uint64_t tokens_ = 0;
};

/// Spawned by the composition root.
fetcher_actor::behavior_type fetcher(fetcher_actor::stateful_pointer<fetcher_state> self,
                                     directory_ptr dir);

} // namespace parley
