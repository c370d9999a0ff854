#include "actors/shard.hpp"

#include "actors/carry.hpp"
#include "actors/spawn.hpp"
#include "schema/codec.hpp"

#include <spdlog/spdlog.h>

namespace parley {

void shard_state::start(shard_id id, directory_ptr dir) {
  id_ = id;
  dir_ = std::move(dir);
  route_.emplace(dir_->self);
  sweep_.emplace(id);
  reader_ = dir_->next_writer();
}

// -- who leads ----------------------------------------------------------------------

void shard_state::follow(const leads& x) {
  auto now = route_->follow(x.leader, x.epoch);
  if (now.ended)
    end_residents();
  if (now.lost)
    expect_leader();
  if (now.begins) {
    courier_ = spawn_courier(self, id_, {dir_->next_writer(), x.epoch}, dir_);
    self->link_to(courier_);
    sweep_->lead(now_of(self));
    arm_timer();
  }
  if (now.unsure)
    everybody_be_unsure();
  if (now.known)
    send_what_waited();
}

void shard_state::end_residents() {
  auto end = [this](const auto&, const auto& x) {
    if (!x.who)
      return; // Fenced: it is gone.
    self->demonitor(x.who.address());
    self->send_exit(x.who, caf::exit_reason::kill);
  };
  rooms_.for_each(end);
  inboxes_.for_each(end);
  rooms_ = {};
  inboxes_ = {};
  subscriptions_.clear();
  watchers_.clear();
  self->unlink_from(courier_);
  self->send_exit(courier_, caf::exit_reason::kill);
  courier_ = nullptr;
  sweep_->rest();
}

void shard_state::everybody_be_unsure() {
  unsure what{uint64_t{1} << id_.value, {}};
  tell_gates(*dir_, what);
  for (auto& x : dir_->shards)
    self->send(x, what);
}

void shard_state::handle(const relinked& x) {
  using doubt = core::shard_route::doubt;
  auto who = route_->relinked(x.peer);
  if (who == doubt::everybody)
    everybody_be_unsure();
  else if (who == doubt::own_inboxes)
    handle(unsure{0, x.peer});
}

void shard_state::handle(const unsure& x) {
  tell_inboxes(x);
}

void shard_state::handle(const reachable& x) {
  tell_inboxes(x);
}

void shard_state::tell_inboxes(const inbox_event& x) {
  std::vector<user_id> awake;
  inboxes_.for_each([&](user_id user, const auto&) { awake.push_back(user); });
  for (auto user : awake)
    forward(user, inbox_event{x});
}

template <class Mails>
bool shard_state::elsewhere(Mails& x) {
  using way = core::shard_route::way;
  constexpr auto from_node = std::is_same_v<Mails, arrived_mails>;
  auto to = route_->of_mail(from_node);
  if (to == way::here)
    return false;
  if constexpr (!from_node)
    if (to == way::to_leader) {
      send_on(x);
      return true;
    }
  if (to == way::nowhere || waiting_.size() == limits::backlog) {
    drop(x);
  } else {
    waiting_.push_back(std::move(x));
    expect_leader();
  }
  return true;
}

void shard_state::expect_leader() {
  if (drop_at_ != never)
    return;
  drop_at_ = now_of(self).steady + limits::leader_within;
  arm_timer();
}

void shard_state::send_on(room_mails& x) {
  node_mails mail;
  for (auto& item : x.items)
    mail.items.emplace_back(std::move(item));
  send_to_peer(*dir_, route_->leader(), std::move(mail));
}

void shard_state::send_on(inbox_mails& x) {
  node_mails mail;
  for (auto& item : x.items) {
    auto of_past = std::holds_alternative<hashed>(item.what); // Asked by a life that is over.
    auto of_future = std::holds_alternative<presence_note>(item.what)
                     && dir_->agreed_format < record::format_with_presence;
    if (!of_past && !of_future)
      mail.items.emplace_back(std::move(item));
  }
  send_to_peer(*dir_, route_->leader(), std::move(mail));
}

void shard_state::send_on(courier_mail& x) {
  if (!std::holds_alternative<outbox_confirmed>(x.what))
    return; // The courier that leads found the row on disk.
  node_mails mail;
  mail.items.emplace_back(std::move(x));
  send_to_peer(*dir_, route_->leader(), std::move(mail));
}

void shard_state::send_on(tell& x) {
  node_mails mail;
  mail.items.emplace_back(std::move(x));
  send_to_peer(*dir_, route_->leader(), std::move(mail));
}

void shard_state::drop(const room_mails& x) {
  for (auto& mail : x.items)
    if (auto asked = std::get_if<requests>(&mail.what))
      refuse(*asked, ec::retry);
}

void shard_state::drop(const inbox_mails& x) {
  for (auto& mail : x.items)
    if (auto asked = std::get_if<requests>(&mail.what))
      refuse(*asked, ec::retry);
}

void shard_state::drop(const courier_mail&) {
  // Couriers repeat.
}

void shard_state::drop(const tell&) {
  // Who is unsure asks for heads.
}

void shard_state::drop(const arrived_mails& x) {
  for (auto& item : x.items)
    if (auto to_room = std::get_if<room_mail>(&item))
      drop(room_mails{{*to_room}});
    else if (auto to_inbox = std::get_if<inbox_mail>(&item))
      drop(inbox_mails{{*to_inbox}});
}

void shard_state::send_what_waited() {
  drop_at_ = never;
  for (auto& batch : std::exchange(waiting_, {})) {
    if (auto mails = std::get_if<room_mails>(&batch))
      std::erase_if(mails->items, [](const room_mail& x) { return is_abandoned(x.what); });
    std::visit([this](auto& x) { forward(x); }, batch);
  }
}

void shard_state::drop_what_waited() {
  drop_at_ = never;
  for (auto& batch : std::exchange(waiting_, {}))
    std::visit([this](auto& x) { drop(x); }, batch);
  everybody_be_unsure(); // Also of what the last leader has not answered.
}

// -- forwarding ---------------------------------------------------------------------

void shard_state::forward(room_mails& x) {
  if (elsewhere(x))
    return;
  std::vector<core::subscriptions::question> questions;
  for (auto& mail : x.items) {
    if (auto wish = std::get_if<subscribe>(&mail.what)) {
      if (!subscriptions_.add(mail.to, *wish))
        continue;
      questions.push_back({mail.to, *wish});
      if (!rooms_.find(mail.to))
        continue; // A login wakes no room.
    } else if (auto gone = std::get_if<unsubscribe>(&mail.what)) {
      if (!subscriptions_.remove(mail.to, *gone) || !rooms_.find(mail.to))
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
    auto asked = std::get_if<requests>(&what);
    if (asked != nullptr && room.waiting.size() >= limits::backlog)
      refuse(*asked, ec::overloaded);
    else
      rooms_.keep(room, std::move(what));
    return;
  }
  ++room.forwarded;
  self->send(room.who, std::move(what));
}

void shard_state::refuse(const requests& what, ec code) {
  actions out;
  for (auto& x : what.items)
    out.answer(what.from->session, x.number, wire::encode_answer(x.number, wire::make_error(code)));
  carry(self, *dir_, reader_, std::move(out));
}

void shard_state::wake(conversation_id id, rooms::resident& x) {
  x.writer = dir_->next_writer();
  x.who = spawn_room(self, id, {x.writer, route_->epoch()}, dir_);
  self->monitor(x.who);
  for (auto& wish : subscriptions_.of(id)) {
    ++x.forwarded;
    self->send(x.who, room_event{wish});
  }
}

void shard_state::forward(inbox_mails& x) {
  if (elsewhere(x))
    return;
  for (auto& mail : x.items) {
    auto gone =
      std::holds_alternative<detach>(mail.what) || std::holds_alternative<head>(mail.what);
    if (gone && !inboxes_.find(mail.to))
      continue; // Nobody there who would care.
    auto note = std::get_if<presence_note>(&mail.what);
    if (note == nullptr || pass(mail.to, *note))
      forward(mail.to, std::move(mail.what));
  }
}

bool shard_state::pass(user_id to, const presence_note& x) {
  actions out;
  auto result = watchers_.pass(to, x, inboxes_.find(to) != nullptr, route_->epoch(), out);
  carry(self, *dir_, reader_, std::move(out));
  return result;
}

void shard_state::forward(user_id to, inbox_event&& what) {
  hand_over(inboxes_.find_or_wake(to, [&](inboxes::resident& x) { wake(to, x); }), std::move(what));
}

void shard_state::hand_over(inboxes::resident& inbox, inbox_event&& what) {
  if (inbox.fencing) {
    inboxes_.keep(inbox, std::move(what)); // What is too much times out.
    return;
  }
  ++inbox.forwarded;
  self->send(inbox.who, std::move(what));
}

void shard_state::wake(user_id id, inboxes::resident& x) {
  x.writer = dir_->next_writer();
  x.who = spawn_inbox(self, id, {x.writer, route_->epoch()}, dir_);
  self->monitor(x.who);
  for (auto& note : watchers_.of(id)) {
    ++x.forwarded;
    self->send(x.who, inbox_event{std::move(note)});
  }
}

void shard_state::forward(courier_mail& x) {
  if (elsewhere(x))
    return;
  self->send(courier_, std::move(x.what));
}

void shard_state::forward(tell& x) {
  if (elsewhere(x))
    return;
  room_mails strangers;
  for (auto user : x.to) {
    auto inbox = inboxes_.find(user);
    if (inbox == nullptr) {
      strangers.items.push_back({x.conversation, unsubscribe{user, route_->epoch()}});
      continue;
    }
    hand_over(*inbox, std::visit([](auto& y) { return inbox_event{y}; }, x.what));
  }
  if (!strangers.items.empty())
    self->send(dir_->shard(shard_of(x.conversation)), std::move(strangers));
}

void shard_state::forward(arrived_mails& x) {
  if (elsewhere(x))
    return;
  // Runs of one kind stay together: a login's questions become one load.
  room_mails rooms;
  inbox_mails inboxes;
  auto hand_over = [&] {
    if (!rooms.items.empty())
      forward(rooms);
    if (!inboxes.items.empty())
      forward(inboxes);
    rooms.items.clear();
    inboxes.items.clear();
  };
  for (auto& item : x.items) {
    if (auto to_room = std::get_if<room_mail>(&item)) {
      if (!inboxes.items.empty())
        hand_over();
      rooms.items.push_back(std::move(*to_room));
    } else if (auto to_inbox = std::get_if<inbox_mail>(&item)) {
      if (!rooms.items.empty())
        hand_over();
      inboxes.items.push_back(std::move(*to_inbox));
    } else {
      hand_over();
      if (auto to_courier = std::get_if<courier_mail>(&item))
        forward(*to_courier);
      else if (auto told = std::get_if<tell>(&item))
        forward(*told);
    }
  }
  hand_over();
}

void shard_state::handle(const rows& x) {
  if (core::retention_sweep::asked(x.token))
    return swept(x);
  actions out;
  subscriptions_.answered(x, out);
  carry(self, *dir_, reader_, std::move(out));
}

void shard_state::sweep() {
  auto now = now_of(self);
  if (now.steady < sweep_->next_deadline())
    return;
  if (!rules_of_rooms(*dir_).let_go)
    return sweep_->lead(now); // By then all nodes may know of it.
  actions out;
  sweep_->tick(now, out);
  carry(self, *dir_, reader_, std::move(out));
}

void shard_state::swept(const rows& x) {
  actions out;
  for (auto id : sweep_->answered(x, dir_->keep, now_of(self, *dir_), out))
    if (!rooms_.find(id))
      forward(id, tick{});
  carry(self, *dir_, reader_, std::move(out));
  arm_timer();
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
  self->send(dir_->journals[id_.value], fence{x.writer});
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
  auto now = now_of(self).steady;
  if (!alarm_.rings(now))
    return;
  if (now >= drop_at_)
    drop_what_waited();
  sweep();
  while (auto id = rooms_.take_due(now))
    forward(*id, tick{});
  while (auto id = inboxes_.take_due(now))
    forward(*id, tick{});
  arm_timer();
}

void shard_state::arm_timer() {
  auto next =
    std::min({rooms_.next_timer(), inboxes_.next_timer(), drop_at_, sweep_->next_deadline()});
  if (next == never)
    return;
  auto now = now_of(self).steady;
  auto grain = limits::timer_grain;
  alarm_.set(self, (std::max(next, now) / grain + 1) * grain, now, tick{});
}

// -- being asked ----------------------------------------------------------------------

shard_report shard_state::report(const ask_report& x) const {
  return {x.number,
          id_,
          route_->leader(),
          route_->epoch(),
          static_cast<uint32_t>(rooms_.size()),
          static_cast<uint32_t>(inboxes_.size())};
}

shard_actor::behavior_type shard(shard_actor::stateful_pointer<shard_state> self, shard_id id,
                                 directory_ptr dir) {
  self->state.start(id, std::move(dir));
  self->set_down_handler([self](const caf::down_msg& x) { self->state.crashed(x.source); });
  return {
    // What comes most, first: that is the order in which a message is matched.
    [self](room_mails& x) { self->state.forward(x); },
    [self](inbox_mails& x) { self->state.forward(x); },
    [self](courier_mail& x) { self->state.forward(x); },
    [self](tell& x) { self->state.forward(x); },
    [self](arrived_mails& x) { self->state.forward(x); },
    [self](const wake_room& x) { self->state.arm(x); },
    [self](const wake_inbox& x) { self->state.arm(x); },
    [self](tick) { self->state.wake_who_is_due(); },
    [self](const room_done& x) { self->state.done(x); },
    [self](const inbox_done& x) { self->state.done(x); },
    [self](const leads& x) { self->state.follow(x); },
    [self](const relinked& x) { self->state.handle(x); },
    [self](const reachable& x) { self->state.handle(x); },
    [self](const unsure& x) { self->state.handle(x); },
    [self](const fenced& x) { self->state.handle(x); },
    [self](const rows& x) { self->state.handle(x); },
    [self](const ask_report& x) {
      if (auto observer = caf::actor_cast<observer_actor>(self->current_sender()))
        self->send(observer, self->state.report(x));
    },
  };
}

} // namespace parley
