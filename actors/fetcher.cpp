#include "actors/fetcher.hpp"

#include "schema/limits.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

namespace parley {

fetcher_state::fetcher_state(fetcher_actor::pointer self)
    : self(self), core_{[this](shard_id shard) {
        auto& group = dir->groups[shard.value];
        auto leader = group.leader.load();
        return core::row_place{group.held, leader == dir->self.value, {leader}};
      }} {
  // nop
}

void fetcher_state::begin(const load& x) {
  auto reader = caf::actor_cast<reader_actor>(self->current_sender());
  if (!reader)
    return;
  readers_.emplace(++tickets_, std::move(reader));
  core::fetcher_actions out;
  core_.begin(tickets_, x, now_of(self).steady, out);
  carry_out(std::move(out));
}

void fetcher_state::add(rows&& x) {
  core::fetcher_actions out;
  core_.add(std::move(x), out);
  carry_out(std::move(out));
}

void fetcher_state::hear(const peer_letter& x) {
  if (auto found = decode_rows(x.what.bytes.bytes()))
    add(*std::move(found));
}

void fetcher_state::tick_now() {
  core::fetcher_actions out;
  core_.tick(now_of(self).steady, out);
  carry_out(std::move(out));
  self->delayed_send(self, limits::fetch_again_after, tick{});
}

void fetcher_state::carry_out(core::fetcher_actions&& out) {
  for (auto& [shard, x] : out.loads)
    if (x.latest)
      self->send(dir->replicas[shard.value], std::move(x)); // Once it is known to lead still.
    else
      self->send(dir->history_of({shard.value}), std::move(x));
  for (auto& [to, letter] : out.letters)
    if (auto peer = dir->peers.find(to))
      self->send(peer, std::move(letter));
  for (auto& [ticket, found] : out.answers)
    caf::anon_send(readers_.extract(ticket).mapped(), std::move(found));
}

fetcher_actor::behavior_type fetcher(fetcher_actor::stateful_pointer<fetcher_state> self,
                                     directory_ptr dir) {
  self->state.dir = std::move(dir);
  self->send(self, tick{});
  return {
    [self](load& x) { self->state.begin(x); },
    [self](rows& x) { self->state.add(std::move(x)); },
    [self](const peer_letter& x) { self->state.hear(x); },
    [self](tick) { self->state.tick_now(); },
  };
}

} // namespace parley
