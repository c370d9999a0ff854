#pragma once

#include "tests/support/node_process.hpp"

// The power goes: not only does a node die, its disk also loses what was not synced.

namespace parley::testing {

/// What a disk keeps of what was not synced. It may keep any part of it.
enum class kept {
  nothing,
  all,  ///< As if only the process had been killed.
  parts ///< Names or not; of a file some of the pages behind its last sync.
};

/// Takes `dir` back to what a disk has after a power cut. `account` is that of
/// tools/faults/forgetful_disk.cpp, and the program under it must be dead. The same
/// `seed` over the same files keeps the same. Throws if a file was changed where it had
/// been synced, for which the account is not good.
void rewind(const std::filesystem::path& dir, const std::filesystem::path& account, kept how,
            uint64_t seed);

/// A node whose disk can forget.
class forgetful_node {
public:
  /// Starts the node again on such a disk; what it has already is synced.
  explicit forgetful_node(node_process& node);

  /// SIGKILL, and what the disk makes of it. Starts nothing.
  void cut_power(kept how, uint64_t seed);

private:
  temp_dir place_;
  node_process& node_;
};

} // namespace parley::testing
