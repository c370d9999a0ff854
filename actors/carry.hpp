#pragma once

#include "actors/directory.hpp"

namespace parley {

namespace detail {

/// Consecutive mail for one shard travels in one message.
template <class Batch, class Self, class Mail>
void carry_mail(Self* self, const directory& to, std::vector<Mail>& mail) {
  for (auto at = mail.begin(); at != mail.end();) {
    auto shard = shard_of(at->to);
    Batch batch;
    for (; at != mail.end() && shard_of(at->to) == shard; ++at)
      batch.items.push_back(std::move(*at));
    self->send(to.shard(shard), std::move(batch));
  }
}

} // namespace detail

/// Sends what a step wants done. `as` tells which reader serves the loads.
template <class Self>
void carry(Self* self, directory& to, writer_id as, actions&& what) {
  for (auto& x : what.appends)
    self->send(to.journal, std::move(x));
  for (auto& x : what.loads)
    self->send(to.history_of(as), std::move(x));
  if (!what.parcels.empty())
    self->send(to.gate, parcels{std::move(what.parcels)});
  for (auto& x : what.tells)
    self->send(to.shard(shard_of(x.to.front())), std::move(x));
  detail::carry_mail<room_mails>(self, to, what.rooms);
  detail::carry_mail<inbox_mails>(self, to, what.inboxes);
  for (auto& x : what.couriers)
    self->send(to.shard(x.to), std::move(x));
  to.hashes_waiting += what.hashes.size();
  for (auto& x : what.hashes)
    self->send(to.hashers[x.user.low % to.hashers.size()], std::move(x));
}

} // namespace parley
