#pragma once

#include "actors/core/fifo.hpp"
#include "schema/record.hpp"

namespace parley {

/// The last results of one device in one conversation, refusals among them: makes
/// sends exactly once. The room writes each result in its message's own batch, so
/// the answer is the same after a restart.
class client_ids {
public:
  enum class verdict {
    fresh,        ///< Not seen: may be stored.
    duplicate,    ///< Seen with this body: answer `found` again.
    conflict,     ///< Seen with another body.
    too_old,      ///< Below the window: nothing is known of it.
    out_of_order, ///< The message before it has not arrived.
  };

  struct finding {
    client_ids::verdict verdict = verdict::fresh;
    record::client_id found;
  };

  /// Decides on a send. `previous` is the counter of the send before it, if
  /// the client has no answer to that one; else 0.
  finding check(uint64_t counter, uint64_t previous, uint64_t digest) const;

  /// Remembers a result, durable or about to be; forgets the oldest. Counters
  /// and indices must rise.
  void add(const record::client_id& result);

  /// The index of the next result.
  uint64_t next_index() const noexcept {
    return results_.empty() ? 1 : results_.back().index + 1;
  }

  /// The highest counter seen; 0 if none.
  uint64_t highest() const noexcept {
    return results_.empty() ? 0 : results_.back().counter;
  }

private:
  fifo<record::client_id> results_;
};

} // namespace parley
