#include "actors/courier.hpp"

#include "actors/carry.hpp"
#include "actors/spawn.hpp"

namespace parley {

void courier_state::start(shard_id shard, life as, directory_ptr dir) {
  writer_ = as.writer;
  dir_ = std::move(dir);
  core_.emplace(shard, as.writer, as.epoch);
  actions out;
  core_->start(out);
  carry_out(std::move(out));
}

void courier_state::handle(courier_event& x) {
  if (std::holds_alternative<tick>(x) && !alarm_.rings(now_of(self).steady))
    return;
  actions out;
  core_->step(std::move(x), now_of(self), out);
  carry_out(std::move(out));
}

void courier_state::handle(const rows& x) {
  actions out;
  core_->step(x, now_of(self), out);
  carry_out(std::move(out));
}

void courier_state::handle(const committed& x) {
  actions out;
  if (x.code != ec::none)
    writer_ = dir_->next_writer();
  core_->step(x, writer_, now_of(self), out);
  carry_out(std::move(out));
}

void courier_state::carry_out(actions&& out) {
  carry(self, *dir_, writer_, std::move(out));
  alarm_.set(self, core_->next_deadline(), now_of(self).steady, courier_event{tick{}});
}

courier_actor::behavior_type courier(courier_actor::stateful_pointer<courier_state> self,
                                     shard_id shard, life as, directory_ptr dir) {
  self->state.start(shard, as, std::move(dir));
  return {
    [self](courier_event& x) { self->state.handle(x); },
    [self](const committed& x) { self->state.handle(x); },
    [self](const rows& x) { self->state.handle(x); },
  };
}

courier_actor spawn_courier(caf::local_actor* parent, shard_id shard, life as, directory_ptr dir) {
  return parent->spawn(courier, shard, as, std::move(dir));
}

} // namespace parley
