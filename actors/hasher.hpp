#pragma once

#include "actors/directory.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace parley {

/// Hashes passwords (Argon2id, RFC 9106; libsodium) and checks the signatures of JSON
/// Web Tokens away from the scheduler's workers.
///
/// Lifecycle: detached, as many as there are cores to spare; holds nothing.
/// What waits longer than a client would is answered `overloaded` unhashed.
struct hasher_state {
  static constexpr const char* name = "hasher";

  explicit hasher_state(hasher_actor::pointer self) : self(self) {
    // nop
  }

  void work(const hash_job& x);

  hasher_actor::pointer self;
  directory_ptr dir;
};

/// Spawned detached by the composition root.
hasher_actor::behavior_type hasher(hasher_actor::stateful_pointer<hasher_state> self,
                                   directory_ptr dir);

/// Argon2id in PHC format; nothing if memory ran out.
std::optional<std::string> hash_password(std::string_view password);

/// Whether `hash` is of `password`. Takes as long when `hash` is no hash.
bool check_password(std::string_view password, const std::string& hash);

} // namespace parley
