#pragma once

#include "actors/carry.hpp"

#include <optional>

namespace parley {

/// What an actor that lives in a shard - a room, an inbox - does around its
/// core: hands it events, carries out its actions, arms its timer, and tells
/// the shard when it may be let go.
///
/// `Traits` names the actor's handle, core, id, event, and the messages `wake`
/// and `done` to its shard.
template <class Traits>
struct resident_state {
  static constexpr const char* name = Traits::name;

  using pointer = typename Traits::actor::pointer;

  explicit resident_state(pointer self_ptr) : self(self_ptr) {
    // nop
  }

  void start(typename Traits::id own_id, life own_life, directory_ptr directory) {
    id = own_id;
    as = own_life.writer;
    dir = std::move(directory);
    core.emplace(id, as, own_life.epoch);
    follow_rules();
    if constexpr (requires { core->keep_notices(true); })
      core->keep_notices(dir->notices);
    if constexpr (requires { core->allow_files({}); })
      core->allow_files(dir->files);
    if constexpr (requires { core->rule_logins(dir->logins); })
      core->rule_logins(dir->logins);
    actions out;
    auto now = now_of(self, *dir);
    core->start(now, out);
    carry_out(std::move(out), now);
  }

  /// Something that the shard forwarded, and counted.
  void handle(typename Traits::event& x) {
    ++handled;
    if (std::holds_alternative<tick>(x))
      armed = never;
    step(std::move(x));
  }

  /// An answer of the journal or history, which nobody counts.
  template <class Event>
  void step(Event&& x) {
    actions out;
    auto now = now_of(self, *dir);
    follow_rules();
    core->step(std::forward<Event>(x), now, out);
    carry_out(std::move(out), now);
  }

  pointer self;

private:
  /// What nodes have agreed on may have changed.
  void follow_rules() {
    if constexpr (requires { core->rule(room_rules{}); })
      core->rule(rules_of_rooms(*dir));
  }

  void carry_out(actions&& out, moment now) {
    carry(self, *dir, as, std::move(out));
    auto& shard = dir->shard(shard_of(id));
    if (core->failed() || core->idle(now)) {
      self->send(shard, typename Traits::done{id, handled, core->failed()});
    } else if (auto next = core->next_deadline(); next < armed) {
      armed = next;
      self->send(shard, typename Traits::wake{id, next});
    }
  }

  typename Traits::id id;
  writer_id as;
  directory_ptr dir;
  std::optional<typename Traits::core> core;
  uint64_t handled = 0;
  std::chrono::microseconds armed = never;
};

/// The behaviour that goes with it.
template <class Traits, class Self>
typename Traits::actor::behavior_type resident_behavior(Self self) {
  return {
    [self](typename Traits::event& x) { self->state.handle(x); },
    [self](const committed& x) { self->state.step(x); },
    [self](rows& x) { self->state.step(std::move(x)); },
    [self](retire) { self->quit(); },
  };
}

} // namespace parley
