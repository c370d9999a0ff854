#pragma once

#include "actors/core/file_keeper.hpp"
#include "actors/directory.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <optional>

namespace parley {

/// The files of this node: core::file_keeper decides and does, in a thread that may
/// wait for the disk; this carries.
///
/// Lifecycle: detached, one per node. What it knows besides the disk is who waits; with
/// it they would get no answer and ask again. Its mailbox is bounded by what sessions
/// may ask of pieces (limits::node_piece_bytes), here and on other nodes.
struct keeper_state {
  static constexpr const char* name = "keeper";

  explicit keeper_state(keeper_actor::pointer self) : self(self) {
    // nop
  }

  void start(std::shared_ptr<file_store> files, std::shared_ptr<const store> rows,
             directory_ptr dir);
  void work(file_job& x);
  void hear(const peer_letter& x);
  void tick_now();
  void check_some();

  keeper_actor::pointer self;

private:
  void carry_out(core::keeper_actions&& out);
  void log_clock(moment now);

  std::shared_ptr<file_store> files_;
  std::shared_ptr<const store> rows_;
  directory_ptr dir_;
  std::optional<core::file_keeper> core_;
  bool checking_ = false;
  bool clock_leaps_ = false;
};

/// Spawned detached by the composition root.
keeper_actor::behavior_type keeper(keeper_actor::stateful_pointer<keeper_state> self,
                                   std::shared_ptr<file_store> files,
                                   std::shared_ptr<const store> rows, directory_ptr dir);

} // namespace parley
