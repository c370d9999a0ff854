#pragma once

#include "actors/contracts.hpp"

#include <unordered_map>
#include <utility>
#include <vector>

namespace parley {

/// What the gate knows of a session besides its handle: the narrow way to its
/// client, without a message.
class parcel_sink {
public:
  virtual ~parcel_sink() = default;

  /// Writes what is in the parcel, if nothing else is to be done and nothing is on
  /// its way to the session that must come first. If not, it must be sent.
  virtual bool take(parcel& x) = 0;
};

/// The sessions of an I/O thread, by id: they enter and leave, the gate finds
/// them. Nobody else may touch it, and no other thread.
class session_book {
public:
  struct entry {
    session_actor who;
    parcel_sink* sink;
  };

  void open(session_id id, session_actor who, parcel_sink* sink) {
    sessions_.insert_or_assign(id, entry{std::move(who), sink});
  }

  void close(session_id id) {
    sessions_.erase(id);
  }

  /// Nothing if there is no such session.
  const entry* find(session_id id) const {
    auto at = sessions_.find(id);
    return at == sessions_.end() ? nullptr : &at->second;
  }

  std::vector<session_id> all() const {
    std::vector<session_id> result;
    result.reserve(sessions_.size());
    for (auto& [id, x] : sessions_)
      result.push_back(id);
    return result;
  }

  /// Who opens from now on is to drain.
  void begin_draining() {
    draining_ = true;
  }

  bool draining() const {
    return draining_;
  }

private:
  std::unordered_map<session_id, entry> sessions_;
  bool draining_ = false;
};

} // namespace parley
