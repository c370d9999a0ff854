#include "actors/shard.hpp"

#include "actors/carry.hpp"
#include "actors/spawn.hpp"
#include "schema/codec.hpp"

#include <spdlog/spdlog.h>

namespace parley {

void shard_state::start(shard_id id, directory_ptr dir) {
  id_ = id;
  dir_ = std::move(dir);
  reader_ = dir_->next_writer();
  courier_ = spawn_courier(self, id_, dir_->next_writer(), dir_);
  self->link_to(courier_);
}

// -- forwarding ---------------------------------------------------------------------

void shard_state::forward(room_mails& x) {
  std::vector<core::subscriptions::question> questions;
  for (auto& mail : x.items) {
    if (auto wish = std::get_if<subscribe>(&mail.what)) {
      subscriptions_.add(mail.to, wish->user);
      questions.push_back({mail.to, *wish});
      if (!rooms_.find(mail.to))
        continue; // A login wakes no room.
    } else if (auto gone = std::get_if<unsubscribe>(&mail.what)) {
      subscriptions_.remove(mail.to, gone->user);
      if (!rooms_.find(mail.to))
        continue;
    }
    forward(mail.to, std::move(mail.what));
  }
  actions out;
  subscriptions_.ask(std::move(questions), out);
  carry(self, *dir_, reader_, std::move(out));
}

void shard_state::forward(conversation_id to, room_event&& what) {
  auto& room = rooms_.find_or_wake(to, [&](rooms::resident& x) { wake(to, x); });
  if (room.fencing) {
    if (room.waiting.size() >= limits::backlog)
      refuse(what);
    else
      rooms_.keep(room, std::move(what));
    return;
  }
  ++room.forwarded;
  self->send(room.who, std::move(what));
}

void shard_state::refuse(const room_event& what) {
  auto asked = std::get_if<requests>(&what);
  if (asked == nullptr)
    return;
  actions out;
  for (auto& x : asked->items)
    out.answer(asked->from->session, x.number,
               wire::encode_answer(x.number, wire::make_error(ec::overloaded)));
  carry(self, *dir_, reader_, std::move(out));
}

void shard_state::wake(conversation_id id, rooms::resident& x) {
  x.writer = dir_->next_writer();
  x.who = spawn_room(self, id, x.writer, dir_);
  self->monitor(x.who);
  for (auto user : subscriptions_.of(id)) {
    ++x.forwarded;
    self->send(x.who, room_event{subscribe{user}});
  }
}

void shard_state::forward(inbox_mails& x) {
  for (auto& mail : x.items) {
    auto gone =
      std::holds_alternative<detach>(mail.what) || std::holds_alternative<head>(mail.what);
    if (gone && !inboxes_.find(mail.to))
      continue; // Nobody there who would care.
    forward(mail.to, std::move(mail.what));
  }
}

void shard_state::forward(user_id to, inbox_event&& what) {
  auto& inbox = inboxes_.find_or_wake(to, [&](inboxes::resident& x) { wake(to, x); });
  if (inbox.fencing) {
    inboxes_.keep(inbox, std::move(what)); // What is too much times out.
    return;
  }
  ++inbox.forwarded;
  self->send(inbox.who, std::move(what));
}

void shard_state::wake(user_id id, inboxes::resident& x) {
  x.writer = dir_->next_writer();
  x.who = spawn_inbox(self, id, x.writer, dir_);
  self->monitor(x.who);
}

void shard_state::forward(courier_mail& x) {
  self->send(courier_, std::move(x.what));
}

void shard_state::forward(tell& x) {
  room_mails strangers;
  for (auto user : x.to) {
    auto inbox = inboxes_.find(user);
    if (inbox == nullptr) {
      strangers.items.push_back({x.conversation, unsubscribe{user}});
      continue;
    }
    auto what = std::visit([](auto& y) { return inbox_event{y}; }, x.what);
    forward(user, std::move(what));
  }
  if (!strangers.items.empty())
    self->send(dir_->shard(shard_of(x.conversation)), std::move(strangers));
}

void shard_state::handle(const rows& x) {
  actions out;
  subscriptions_.answered(x, out);
  carry(self, *dir_, reader_, std::move(out));
}

// -- letting go -----------------------------------------------------------------------

void shard_state::done(const room_done& x) {
  auto room = rooms_.find(x.id);
  if (room == nullptr || room->fencing || room->forwarded != x.handled)
    return;
  self->demonitor(room->who.address());
  self->send(room->who, retire{});
  if (x.failed)
    fence_off(*room);
  else
    rooms_.remove(x.id);
}

void shard_state::done(const inbox_done& x) {
  auto inbox = inboxes_.find(x.id);
  if (inbox == nullptr || inbox->fencing || inbox->forwarded != x.handled)
    return;
  self->demonitor(inbox->who.address());
  self->send(inbox->who, retire{});
  if (x.failed)
    fence_off(*inbox);
  else
    inboxes_.remove(x.id);
}

template <class Resident>
void shard_state::fence_off(Resident& x) {
  x.fencing = true;
  x.who = nullptr;
  self->send(dir_->journal, fence{x.writer});
}

void shard_state::handle(const fenced& x) {
  auto same = [&x](const auto& y) { return y.fencing && y.writer == x.writer; };
  if (auto id = rooms_.find_if(same)) {
    auto copy = *id;
    auto waiting = rooms_.remove(copy);
    forward(copy, tick{}); // The next life tells what this one had no time to.
    for (auto& event : waiting)
      forward(copy, std::move(event));
  } else if (auto user = inboxes_.find_if(same)) {
    auto copy = *user;
    for (auto& event : inboxes_.remove(copy))
      forward(copy, std::move(event));
  }
}

void shard_state::crashed(const caf::actor_addr& who) {
  auto same = [&who](const auto& x) { return !x.fencing && x.who.address() == who; };
  if (auto id = rooms_.find_if(same)) {
    spdlog::error("event=room-crashed shard={}", id_.value);
    fence_off(*rooms_.find(*id));
  } else if (auto user = inboxes_.find_if(same)) {
    spdlog::error("event=inbox-crashed shard={}", id_.value);
    fence_off(*inboxes_.find(*user));
  }
}

// -- timers ---------------------------------------------------------------------------

void shard_state::arm(const wake_room& x) {
  rooms_.arm(x.id, x.at);
  arm_timer();
}

void shard_state::arm(const wake_inbox& x) {
  inboxes_.arm(x.id, x.at);
  arm_timer();
}

void shard_state::wake_who_is_due() {
  armed_ = never;
  auto now = now_of(self).steady;
  while (auto id = rooms_.take_due(now))
    forward(*id, tick{});
  while (auto id = inboxes_.take_due(now))
    forward(*id, tick{});
  arm_timer();
}

void shard_state::arm_timer() {
  auto next = std::min(rooms_.next_timer(), inboxes_.next_timer());
  if (next >= armed_)
    return;
  armed_ = next;
  self->delayed_send(self, std::max(next - now_of(self).steady, limits::timer_grain), tick{});
}

shard_actor::behavior_type shard(shard_actor::stateful_pointer<shard_state> self, shard_id id,
                                 directory_ptr dir) {
  self->state.start(id, std::move(dir));
  self->set_down_handler([self](const caf::down_msg& x) { self->state.crashed(x.source); });
  return {
    [self](room_mails& x) { self->state.forward(x); },
    [self](inbox_mails& x) { self->state.forward(x); },
    [self](courier_mail& x) { self->state.forward(x); },
    [self](tell& x) { self->state.forward(x); },
    [self](const wake_room& x) { self->state.arm(x); },
    [self](const wake_inbox& x) { self->state.arm(x); },
    [self](const room_done& x) { self->state.done(x); },
    [self](const inbox_done& x) { self->state.done(x); },
    [self](const fenced& x) { self->state.handle(x); },
    [self](const rows& x) { self->state.handle(x); },
    [self](tick) { self->state.wake_who_is_due(); },
  };
}

} // namespace parley
