#pragma once

#include "actors/core/mail.hpp"
#include "schema/peer_frame.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace parley::core {

/// Where the rows of one shard can be read.
struct row_place {
  bool here = false;  ///< If not quite the latest.
  bool leads = false; ///< They are the latest.
  node_id leader;     ///< 0: nobody is known.
};

/// Who waits for a fetch; the host knows.
using fetch_ticket = uint64_t;

/// What follows from steps. The host carries it out.
struct fetcher_actions {
  std::vector<std::pair<shard_id, load>> loads; ///< For history here.
  std::vector<std::pair<node_id, raft_letter>> letters;
  std::vector<std::pair<fetch_ticket, rows>> answers;
};

/// Loads what is not all on this node: splits a load by shard, asks history for
/// what is here and the leaders for the rest, and puts the parts together. Whom
/// it asks may not lead any more, or not yet: then it asks again. What does not
/// come within limits::fetch_within is answered with `retry`.
class fetcher {
public:
  using time = std::chrono::microseconds;

  explicit fetcher(std::function<row_place(shard_id)> place_of);

  void begin(fetch_ticket ticket, const load& x, time now, fetcher_actions& out);

  /// A part, of history or of another node.
  void add(rows&& x, fetcher_actions& out);

  /// Every limits::fetch_again_after.
  void tick(time now, fetcher_actions& out);

private:
  struct fetch {
    rows result;
    size_t missing = 0; ///< Parts.
    time until{};
  };

  /// Those queries of a fetch that are about one shard.
  struct part {
    fetch_ticket fetch = 0;
    load what;
    std::vector<size_t> places; ///< Of its queries in the fetch.
    bool asked = false;         ///< And not refused.
  };

  void ask(part& x, fetcher_actions& out) const;
  void end(fetch_ticket ticket, ec code, fetcher_actions& out);

  std::function<row_place(shard_id)> place_of_;
  std::map<fetch_ticket, fetch> fetches_;
  std::map<uint64_t, part> parts_; ///< By token.
  uint64_t tokens_ = 0;
};

} // namespace parley::core
