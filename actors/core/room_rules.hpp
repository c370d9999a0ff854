#pragma once

#include "actors/core/writing.hpp"
#include "schema/wire.hpp"

namespace parley {

/// What the operator wants of rooms, and what all nodes of the cluster know.
struct room_rules {
  bool share_rows = false;    ///< Messages that are stored together share rows.
  bool keep_refusals = false; ///< What was refused for good is remembered.
  bool let_go = false;        ///< Of what is too old.
  bool serve = false;         ///< Services write where they are no members.
  bool check_files = false;   ///< Who names one must have it.
  bool search = false;        ///< What is written can be found by its words.
  bool notices = false;       ///< Who is away when something is written is noted.
  parley::writing writing = parley::writing::anyone;
  wire::retention keep{}; ///< How long messages are, unless the room lets them go sooner.
};

} // namespace parley
